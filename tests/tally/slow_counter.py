"""A second counter, in plain Python from the definitions, with exact fractions; it shares nothing with the product."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, pairwise, permutations

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


# Methods on pairs. `last` reads an idea that is not placed as tied behind all others; otherwise it is ignored.


def prefers(order: Order, i: int, j: int, last: bool) -> bool:
    one, other = level(order, i), level(order, j)
    if last:
        one, other = (len(order) if one is None else one), (len(order) if other is None else other)
    return one is not None and other is not None and one < other


def says_about(order: Order, i: int, j: int, last: bool) -> bool:
    return last or (level(order, i) is not None and level(order, j) is not None)


def preferring(orders: Sequence[Order], i: int, j: int, last: bool) -> int:
    return sum(prefers(order, i, j, last) for order in orders)


def points(orders: Sequence[Order], i: int, ideas: int, last: bool) -> Fraction:
    """One point for each idea that a ballot puts behind i, half a point for each tied with it."""
    total = Fraction(0)
    for order in orders:
        for j in range(ideas):
            if j != i and says_about(order, i, j, last):
                total += 1 if prefers(order, i, j, last) else 0 if prefers(order, j, i, last) else Fraction(1, 2)
    return total


def first_places(orders: Sequence[Order], i: int) -> Fraction:
    return sum((Fraction(1, len(order[0])) for order in orders if order and i in order[0]), Fraction(0))


def victories(orders: Sequence[Order], ideas: int, last: bool) -> dict[tuple[int, int], int]:
    """Of each pair that the first wins, the votes of the winner."""
    votes = {(i, j): preferring(orders, i, j, last) for i in range(ideas) for j in range(ideas) if i != j}
    return {(i, j): n for (i, j), n in votes.items() if n > votes[j, i]}


def strongest_path(strength: dict[tuple[int, int], int], ideas: int, start: int, end: int) -> int:
    """Over every way without a detour, by trying them all: the best of the weakest links; 0 without a way."""
    best = 0
    between = [idea for idea in range(ideas) if idea not in {start, end}]
    for length in range(len(between) + 1):
        for stops in permutations(between, length):
            way = [start, *stops, end]
            best = max(best, min(strength.get(link, 0) for link in pairwise(way)))
    return best


def levels(beats: set[tuple[int, int]], ideas: int) -> list[set[int]]:
    remaining, result = set(range(ideas)), []
    while remaining:
        result.append({i for i in remaining if not any((j, i) in beats for j in remaining)})
        remaining -= result[-1]
    return result


# Agreement.


def standing(order: Order, i: int) -> Fraction | None:
    """The part of the other placed ideas that are behind i, ties half."""
    others = [j for tier in order for j in tier if j != i]
    if level(order, i) is None or not others:
        return None
    won = [1 if prefers(order, i, j, False) else 0 if prefers(order, j, i, False) else Fraction(1, 2) for j in others]
    return sum(won, Fraction(0)) / len(others)


def fifth(value: Fraction) -> int:
    """Fifths count from the lowest; a border belongs to the one nearer to the middle."""
    for number, (low, high) in enumerate([(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]):
        lowest, highest = Fraction(low, 5), Fraction(high, 5)
        if {
            0: value < highest,
            1: lowest <= value < highest,
            2: lowest <= value <= highest,
            3: lowest < value <= highest,
            4: value > lowest,
        }[number]:
            return number
    raise AssertionError(value)
