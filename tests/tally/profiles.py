"""Ballots for the tests of the methods: orders as tiers of numbers, and as the arrays that the product counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from ruhrvote.tally.tally import Tally, count
from ruhrvote.tally.weak_order import NOT_JUDGED, Levels
from tests.tally.slow_counter import Order


@st.composite
def orders(draw: st.DrawFn, ideas: int, complete: bool = False, strict: bool = False) -> Order:
    """One ballot: tiers, best first; unless it must be complete, some ideas stand in none."""
    if strict:
        sequence = draw(st.permutations(range(ideas)))
        kept = ideas if complete else draw(st.integers(0, ideas))
        return [{idea} for idea in sequence[:kept]]
    lowest = 0 if complete else -1
    wishes = draw(st.lists(st.integers(lowest, ideas - 1), min_size=ideas, max_size=ideas))
    return [{i for i in range(ideas) if wishes[i] == wish} for wish in sorted({wish for wish in wishes if wish >= 0})]


def levels_of(given: Sequence[Order], ideas: int) -> Levels:
    array = np.full((len(given), ideas), NOT_JUDGED, dtype=np.uint8)
    for row, order in enumerate(given):
        for number, tier in enumerate(order):
            array[row, sorted(tier)] = number
    return array


def tally_of(given: Sequence[Order], ideas: int) -> Tally:
    return count(levels_of(given, ideas))


def order_of(text: str) -> Order:
    """`A>B=C` as tiers of numbers, A being 0."""
    return [{ord(letter) - ord("A") for letter in tier.split("=")} for tier in text.split(">")]


def election(**votes: int) -> list[Order]:
    """Strict orders, each as often as it was cast: election(ABC=8, BCA=7)."""
    return [[{ord(letter) - ord("A")} for letter in text] for text, number in votes.items() for _ in range(number)]
