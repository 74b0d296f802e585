"""The tallies that stay for ever: the payload of the entry that archives a consultation, written and read.

It holds what was published and nothing finer: a group that is shown together with others stands in it by its number of
ballots alone, since its own tally, less its cohorts, could be that of a single ballot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ruhrvote.tally.tally import Tally, tally_of


@dataclass(frozen=True)
class Archive:
    """What the archive says of each group on the roll: the pool in which it is shown, and its ballots received."""

    pool: dict[str, str]
    received: dict[str, int]


def payload_of(pools: Mapping[str, Tally], archive: Archive) -> dict[str, object]:
    """The payload of an archive with these tallies, which the gate has let through."""
    tallies = {name: tally.written() for name, tally in pools.items()}
    return {"pool": archive.pool, "received": archive.received, "tallies": tallies}


def read(payload: str) -> tuple[dict[str, Tally], dict[str, Tally], Archive | None]:
    """The tallies of the pools, those that cohorts had released, and what is said of the groups.

    Archives of before December 2026 have the tallies of each group instead, and say nothing more of it.
    """
    final = json.loads(payload)

    def tallies(name: str) -> dict[str, Tally]:
        return {group: tally_of(written) for group, written in final[name].items()}

    if "groups" in final:
        return tallies("groups"), tallies("released"), None
    return tallies("tallies"), {}, Archive(final["pool"], final["received"])
