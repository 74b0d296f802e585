"""The script of the demonstration: reads seed/demo.toml, which describes all that is invented."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from ruhrvote.seeding import SEED


@cache
def script() -> dict[str, Any]:
    """The content of seed/demo.toml."""
    with (SEED / "demo.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def numbered(table: str, name: str) -> dict[int, float]:
    """The values of `[table.name]` in the script by the ideas' numbers; empty if there is no such table."""
    return {int(number): float(value) for number, value in script()[table].get(name, {}).items()}
