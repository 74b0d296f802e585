"""The order in which an organisation reads themes and ideas: shuffled, so that no chapter profits from fatigue. Pure.

Each organisation has an order of its own, the same at every visit and for all its people, because it follows from
the organisation and the consultation alone. It is never a vote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

Thing = TypeVar("Thing")


def shuffled(
    things: Iterable[Thing], name: Callable[[Thing], object], *, consultation_id: int, organisation_id: int
) -> list[Thing]:
    """The things in the organisation's own order; `name` tells them apart.

    They are sorted by the SHA-256 of who reads what: as good as drawn by lot, and nothing has to be stored.
    """

    def lot(thing: Thing) -> bytes:
        return hashlib.sha256(f"{consultation_id} {organisation_id} {name(thing)}".encode()).digest()

    return sorted(things, key=lot)
