"""A second counter, in plain Python from the definitions, with exact fractions; it shares nothing with the product."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations

Order = Sequence[set[int]]  # tiers, best first; an idea in no tier is not judged


def level(order: Order, idea: int) -> int | None:
    for number, tier in enumerate(order):
        if idea in tier:
            return number
    return None


def placed(orders: Sequence[Order], idea: int) -> int:
    return sum(level(order, idea) is not None for order in orders)


def compared(orders: Sequence[Order], i: int, j: int) -> int:
    return sum(level(order, i) is not None and level(order, j) is not None for order in orders)


def above(orders: Sequence[Order], i: int, j: int) -> int:
    found = 0
    for order in orders:
        one, other = level(order, i), level(order, j)
        found += one is not None and other is not None and one < other
    return found


def first(orders: Sequence[Order], idea: int, shared_by: int) -> int:
    return sum(bool(order) and idea in order[0] and len(order[0]) == shared_by for order in orders)


def position(orders: Sequence[Order], idea: int, ideas_above: int) -> int:
    found = 0
    for order in orders:
        own = level(order, idea)
        found += own is not None and sum(len(tier) for tier in order[:own]) == ideas_above
    return found


def share(orders: Sequence[Order], i: int, j: int) -> Fraction | None:
    both = compared(orders, i, j)
    if both == 0:
        return None
    tied = both - above(orders, i, j) - above(orders, j, i)
    return (Fraction(above(orders, i, j)) + Fraction(tied, 2)) / both


def score(orders: Sequence[Order], idea: int, among: Sequence[int]) -> Fraction | None:
    known = [s for j in among if j != idea and (s := share(orders, idea, j)) is not None]
    return 100 * sum(known, Fraction(0)) / len(known) if known else None


def theme_score(orders: Sequence[Order], inside: set[int], ideas: int) -> Fraction | None:
    outside = [j for j in range(ideas) if j not in inside]
    known = [s for i in inside for j in outside if (s := share(orders, i, j)) is not None]
    return 100 * sum(known, Fraction(0)) / len(known) if known else None


def borda(orders: Sequence[Order], idea: int, ideas: int) -> Fraction:
    """Borda points on complete ballots: m - 1 for the first … 0 for the last, ties share the average."""
    points = Fraction(0)
    for order in orders:
        below = ideas
        for tier in order:
            below -= len(tier)
            if idea in tier:
                points += Fraction(sum(range(below, below + len(tier))), len(tier))
    return points


def pairs(ideas: int) -> list[tuple[int, int]]:
    return list(combinations(range(ideas), 2))
