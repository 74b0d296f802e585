"""What is invented, as seed/demo.toml writes it down."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from ruhrvote.seeding import SEED


@cache
def script() -> dict[str, Any]:
    """The whole of seed/demo.toml."""
    with (SEED / "demo.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def numbered(table: str, name: str) -> dict[int, float]:
    """A table of the script that is keyed by the ideas' numbers; empty if there is none of this name."""
    return {int(number): float(value) for number, value in script()[table].get(name, {}).items()}
