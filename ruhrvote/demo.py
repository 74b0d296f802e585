"""The demonstration: an invented electorate, clearly labelled and the same at every run."""

from __future__ import annotations

from collections.abc import Callable

PASSWORD = "ruhrvote-demo"


def build(progress: Callable[[int, int], None]) -> None:
    """Invent the electorate, an open and a published round, their ballots and comments."""


def act() -> None:
    """Cast one ballot where the demonstration's switch is on."""
