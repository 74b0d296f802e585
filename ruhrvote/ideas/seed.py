"""The list of ideas that comes with RuhrVote."""

from __future__ import annotations

import tomllib
from typing import Any

from ruhrvote.config import ROOT


def read_ideas() -> dict[str, Any]:
    """The seed's tables: `consultation`, the list `theme` and the list `idea`."""
    with (ROOT / "seed" / "ideas.toml").open("rb") as file:
        return tomllib.load(file)
