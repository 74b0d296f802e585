"""The attack on cell suppression: what can be computed from all shown cells; and a slow second form of the rule.

Written apart from ruhrvote/tally/suppression.py: in whole numbers of any size.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import combinations

import numpy as np

from ruhrvote.tally.suppression import pairs_of

Kind = tuple[str | None, ...]
FEW = 10
FIVE = 5


def equations(kinds: Sequence[Kind], shown: Sequence[Sequence[str]]) -> list[list[int]]:
    """What is published: the total, and each shown cell, as sums over kinds of ballots."""
    cells = [(table, label) for table, labels in enumerate(shown) for label in labels]
    return [[1] * len(kinds), *([int(kind[table] == label) for kind in kinds] for table, label in cells)]


def rest_of(row: Sequence[int], basis: Sequence[tuple[int, Sequence[int]]]) -> Sequence[int]:
    """A multiple of what is left of a row without the basis, whose rows come with the place of their first value."""
    for place, known in basis:
        if own := row[place]:
            row = [value * known[place] - own * other for value, other in zip(row, known, strict=True)]
    return row


def basis_from(rows: Iterable[Sequence[int]]) -> tuple[list[Sequence[int]], int]:
    """The rows that are no combination of those before them, and how many they are, exactly."""
    basis: list[tuple[int, Sequence[int]]] = []
    taken: list[Sequence[int]] = []
    for row in rows:
        left = rest_of(row, basis)
        if any(left):
            basis.append((next(place for place, value in enumerate(left) if value), left))
            taken.append(row)
    return taken, len(taken)


def derivable(kinds: Mapping[Kind, int], shown: Sequence[Sequence[str]]) -> list[str]:
    """The sets of fewer than FEW ballots whose sum follows from what is shown.

    Asked are all cells and all crossings of two cells, what they leave of each other and of the total, the rest of
    each breakdown, and each kind of ballot alone: for each, whether it is a combination of the published sums.
    """
    patterns = sorted(kinds, key=str)
    number = np.array([kinds[kind] for kind in patterns])
    known = np.array(equations(patterns, shown), dtype=float)
    cells = {
        (table, label): np.array([float(kind[table] == label) for kind in patterns])
        for table in range(len(shown))
        for label in {kind[table] for kind in patterns}
    }
    targets = {f"cell {name}": cell for name, cell in cells.items()}
    targets |= {f"all but {name}": 1 - cell for name, cell in cells.items()}
    for (one, first), (two, second) in combinations(cells.items(), 2):
        targets |= {f"{one} and {two}": first * second, f"{one} less {two}": first * (1 - second)}
        targets |= {f"{two} less {one}": second * (1 - first)}
        if one[0] == two[0]:
            targets[f"{one} or {two}"] = first + second
    for table, labels in enumerate(shown):
        targets[f"rest of {table}"] = 1 - sum((cells[table, label] for label in labels), np.zeros(len(patterns)))
    targets |= {f"kind {kind}": row for kind, row in zip(patterns, np.eye(len(patterns)), strict=True)}
    small = {name: target for name, target in targets.items() if 0 < target @ number < FEW}
    if not small:
        return []
    wanted = np.stack(list(small.values()))
    nearest = wanted @ np.linalg.pinv(known) @ known  # the combination of what is shown that comes closest
    return [name for name, far in zip(small, np.abs(wanted - nearest).max(axis=1), strict=True) if far < 1e-9]


def lightest(kinds: Mapping[Kind, int], shown: Sequence[Sequence[str]]) -> int | None:
    """Whether any combination at all rests on fewer than FEW ballots: on how many; None if none does.

    A combination rests on the ballots of a set alone if and only if the sums lose rank without that set. Every set of
    kinds with fewer than FEW ballots is tried that is not part of a larger one.
    """
    patterns = sorted(kinds, key=str)
    light = [place for place, kind in enumerate(patterns) if kinds[kind] < FEW]
    known = np.array(equations(patterns, shown), dtype=float)
    base = np.linalg.matrix_rank(known)
    sets = _largest(light, [kinds[kind] for kind in patterns])
    if not sets:
        return None
    without = np.stack([known * ~np.isin(np.arange(len(patterns)), chosen) for chosen in sets])
    lost = [chosen for chosen, found in zip(sets, np.linalg.matrix_rank(without), strict=True) if found < base]
    return min((sum(kinds[patterns[place]] for place in chosen) for chosen in lost), default=None)


def _largest(light: Sequence[int], number: Sequence[int]) -> list[tuple[int, ...]]:
    """The sets with fewer than FEW ballots to which nothing can be added."""
    found = []

    def grow(chosen: tuple[int, ...], weight: int, rest: Sequence[int]) -> None:
        fitting = [place for place in rest if weight + number[place] < FEW]
        if not any(weight + number[place] < FEW for place in light if place not in chosen) and chosen:
            found.append(chosen)
        for index, place in enumerate(fitting):
            grow((*chosen, place), weight + number[place], fitting[index + 1 :])

    grow((), 0, light)
    return found


def slowly_shown(kinds: Mapping[Kind, int], cohorts: Sequence[Sequence[Kind]] = ()) -> list[list[str]]:
    """The rule as docs/methodology.md states it."""
    shown: list[list[str]] = [[] for _ in next(iter(kinds))]
    ballots = [(kind, None) for kind in sorted(kinds, key=str)]
    results = _Sets(ballots, [kinds[kind] for kind, _ in ballots], FEW)
    beside = _Sets(*_items(kinds, cohorts), FIVE) if cohorts else None
    if not results.take(None, "") or (beside and not beside.take(None, "")):
        return shown
    for table, chosen in enumerate(shown):
        size: Counter[str] = Counter()
        for kind, number in kinds.items():
            size[str(kind[table])] += number if kind[table] is not None else 0
        for label, number in sorted(size.items(), key=lambda cell: (-cell[1], cell[0])):
            if number < FEW:
                continue
            if results.says_nothing_new(table, label):
                chosen.append(label)
                continue
            before = deepcopy(results)
            if results.take(table, label) and (beside is None or beside.take(table, label)):
                chosen.append(label)
            else:
                results = before
    return shown


Item = tuple[Kind, Kind | None]


def _items(kinds: Mapping[Kind, int], cohorts: Sequence[Sequence[Kind]]) -> tuple[list[Item], list[int]]:
    """What no cohort has released, one by one, and the pairs of each cohort; with how often there are such."""
    waiting = Counter(kinds)
    pairs: Counter[Item] = Counter()
    for cohort in cohorts:
        waiting.subtract(cohort)
        pairs.update(pairs_of(cohort))
    single = [kind for kind in sorted(kinds, key=str) if waiting[kind]]
    return [*((kind, None) for kind in single), *pairs], [*(waiting[kind] for kind in single), *pairs.values()]


class _Sets:
    """Sets of items with the full rank; those that have taken the same are kept once, with how many they are."""

    def __init__(self, items: Sequence[Item], left: Sequence[int], sets: int):
        self.items, self.left = list(items), list(left)
        self.columns: list[tuple[int | None, str]] = []
        self.sets: list[tuple[list[int], int]] = [([], sets)]

    def says_nothing_new(self, table: int, label: str) -> bool:
        columns = [*self.columns, (table, label)]
        taken = [self._row(item, columns) for item in self.sets[0][0]]
        return basis_from([*taken, *(self._row(item, columns) for item in range(len(self.items)))])[1] == len(taken)

    def take(self, table: int | None, label: str) -> bool:
        """Let each set take an item for one more column; False, and nothing is changed, if one of them finds none."""
        columns, left, sets = [*self.columns, (table, label)], list(self.left), []
        for taken, times in self.sets:
            number = times
            rows = [self._row(item, columns) for item in taken]
            for item in sorted(range(len(self.items)), key=lambda item: -left[item]):
                if number and left[item] and basis_from([*rows, self._row(item, columns)])[1] > len(rows):
                    fitting = min(number, left[item])
                    sets.append(([*taken, item], fitting))
                    left[item], number = left[item] - fitting, number - fitting
            if number:
                return False
        self.columns, self.left, self.sets = columns, left, sets
        return True

    def _row(self, item: int, columns: Sequence[tuple[int | None, str]]) -> list[int]:
        one, other = self.items[item]
        return [_is_in(one, *column) - (_is_in(other, *column) if other is not None else 0) for column in columns]


def _is_in(kind: Kind, table: int | None, label: str) -> int:
    return int(table is None or kind[table] == label)
