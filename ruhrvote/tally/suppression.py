"""Which cells of breakdowns may be shown beside everything that was ever published of the same ballots. Pure.

Whoever keeps all that was published can add and subtract it: each cohort that was released while the consultation was
open, the result, and every cell shown before. Let each final ballot be a row with 1 for the result and for each shown
cell that it is in. A cell is shown only if both of these hold (docs/methodology.md, section 19, has the proofs):

1. Among the results alone: FEWEST disjoint sets of ballots exist whose rows each have the full rank of all rows. Then
   every combination of result and cells that is not 0 rests on at least FEWEST ballots.
2. With the cohorts as well: COHORT disjoint sets of *items* exist that each have that rank. An item is a ballot that no
   cohort has released, or two ballots of one cohort; its row is the ballot's, or the difference of the two. Whatever
   is subtracted of a cohort, it is the same for both ballots, so the difference remains. Then every combination of
   cohorts, result and cells that is not 0 rests on at least COHORT organisations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.disclosure import COHORT

FEWEST = 10  # ballots in a cell, and in every combination of the result and cells
PRIME = 2**31 - 1  # ranks of matrices are computed modulo this prime; the minors of these matrices are far smaller
ENOUGH_PAIRS = 40  # of one label: bounds the time for large rounds; fewer pairs can only hide more

Numbers = npt.NDArray[np.int64]
Kind = tuple[str | None, ...]


def shown_cells(kinds: Mapping[Kind, int], cohorts: Sequence[Sequence[Kind]] = ()) -> list[list[str]]:
    """For each breakdown the cells that may be shown beside the result and all released cohorts, the largest first.

    kinds: the number of final ballots of each kind; a kind is one label for each breakdown, None for no cell in it.
    cohorts: for each released cohort the kinds of those of its ballots that are among the final ones. Greedy: the
    breakdowns in their order, in each the largest cell first; a cell is shown if it may be shown beside all before it.
    """
    if not kinds:
        return []
    ordered = sorted(kinds, key=str)
    ballots = np.array([kinds[kind] for kind in ordered], dtype=np.int64)
    among_results = Cover.of_ballots(ballots, FEWEST)
    with_cohorts = Cover.of_items(ordered, ballots, cohorts, COHORT) if cohorts else None
    shown: list[list[str]] = [[] for _ in ordered[0]]
    columns: list[tuple[int, str, Numbers]] = [(-1, "", np.ones(len(ordered), dtype=np.int64))]
    for dimension, labels in enumerate(zip(*ordered, strict=True)):
        cells = {label: np.array([other == label for other in labels], dtype=np.int64) for label in set(labels)}
        cells.pop(None, None)
        largest = sorted(cells, key=lambda label: (-int(cells[label] @ ballots), label))
        columns += [(dimension, label, cells[label]) for label in largest if int(cells[label] @ ballots) >= FEWEST]
    for dimension, label, column in columns:
        if among_results.settles(column):  # a combination of what is shown: it says nothing new
            shown[dimension].append(label)
            continue
        wider = among_results.extended(column)
        wider_with_cohorts = with_cohorts.extended(column) if with_cohorts else None
        if wider and (wider_with_cohorts or not with_cohorts):
            among_results, with_cohorts = wider, wider_with_cohorts
            if dimension >= 0:
                shown[dimension].append(label)
        elif dimension < 0:
            break  # not even the result is safe beside the cohorts: nothing may be added to it
    return shown


@dataclass(frozen=True, eq=False)
class _Basis:
    """Items whose rows are linearly independent and have the full rank; parts: each item as a combination of them."""

    taken: tuple[int, ...]
    parts: Numbers

    def rest(self, values: Numbers) -> Numbers:
        """What each item has in a new column beyond what follows from the items taken."""
        rest = values % PRIME
        for place, item in enumerate(self.taken):
            if values[item]:
                rest = (rest - self.parts[:, place] * values[item]) % PRIME
        return rest

    def with_item(self, item: int, rest: Numbers) -> _Basis:
        """The basis with one more item, whose rest in the new column is not 0."""
        share = rest * pow(int(rest[item]), -1, PRIME) % PRIME
        parts = (self.parts - share[:, np.newaxis] * self.parts[item]) % PRIME
        return _Basis((*self.taken, item), np.column_stack([parts, share]))


@dataclass(frozen=True, eq=False)
class Cover:
    """Disjoint sets of items that each have the full rank of all columns shown so far.

    Each item is a ballot of the kind `plus`, less one of the kind `minus` (-1 for none). left: how many of each are in
    no set yet; sets: bases, each with the number of sets that have taken just these kinds of items.
    """

    plus: Numbers
    minus: Numbers
    left: Numbers
    sets: tuple[tuple[_Basis, int], ...]

    @staticmethod
    def of_ballots(ballots: Numbers, sets: int) -> Cover:
        """So many sets of single ballots, given how many there are of each kind."""
        none = np.full(len(ballots), -1, dtype=np.int64)
        return Cover(np.arange(len(ballots)), none, ballots.copy(), _nothing_taken(len(ballots), sets))

    @staticmethod
    def of_items(kinds: Sequence[Kind], ballots: Numbers, cohorts: Iterable[Sequence[Kind]], sets: int) -> Cover:
        """So many sets of ballots that no cohort has released, and of two ballots of one cohort."""
        number = {kind: place for place, kind in enumerate(kinds)}
        waiting = ballots.copy()
        pairs: Counter[tuple[int, int]] = Counter()
        used: Counter[tuple[int, str | None]] = Counter()
        for cohort in cohorts:
            for kind in cohort:
                waiting[number[kind]] -= 1
            for one, other in pairs_of(cohort):
                differ = [(place, label) for two in ((one, other), (other, one)) for place, label in _only_in(*two)]
                if any(used[label] < ENOUGH_PAIRS for label in differ):
                    used.update(differ)
                    pairs[number[one], number[other]] += 1
        single = np.flatnonzero(waiting)
        plus = np.array([*single, *(one for one, _ in pairs)], dtype=np.int64)
        minus = np.array([-1] * len(single) + [other for _, other in pairs], dtype=np.int64)
        left = np.array([*waiting[single], *pairs.values()], dtype=np.int64)
        return Cover(plus, minus, left, _nothing_taken(len(plus), sets))

    def settles(self, column: Numbers) -> bool:
        """Whether a column is a combination of those shown; for covers whose items are all ballots."""
        return not self.sets[0][0].rest(self._values(column)).any()

    def extended(self, column: Numbers) -> Cover | None:
        """The cover of the shown columns and one more, for which each set takes one more item; None if one cannot.

        Each takes the most frequent of the items that are left, if its row is no combination of those that it has.
        """
        values, left = self._values(column), self.left.copy()
        sets: list[tuple[_Basis, int]] = []
        for basis, number in self.sets:
            waiting = number
            rest = basis.rest(values)
            fitting = np.flatnonzero((rest != 0) & (left > 0))
            for item in fitting[np.argsort(-left[fitting], kind="stable")].tolist():
                taking = min(waiting, int(left[item]))
                left[item] -= taking
                waiting -= taking
                sets.append((basis.with_item(item, rest), taking))
                if not waiting:
                    break
            if waiting:
                return None
        return Cover(self.plus, self.minus, left, tuple(sets))

    def _values(self, column: Numbers) -> Numbers:
        """The value of each item in a column that has one for each kind of ballot."""
        return np.asarray(column[self.plus] - np.where(self.minus < 0, 0, column[self.minus]), dtype=np.int64)


def pairs_of(cohort: Sequence[Kind]) -> Iterator[tuple[Kind, Kind]]:
    """Disjoint pairs of a cohort's ballots, of kinds as different as possible; none of the same kind."""
    ordered = sorted(cohort, key=str)
    for one, other in zip(ordered, ordered[(len(ordered) + 1) // 2 :], strict=False):
        if one != other:
            yield one, other


def _only_in(one: Kind, other: Kind) -> Iterator[tuple[int, str | None]]:
    return ((place, label) for place, label in enumerate(one) if label != other[place])


def _nothing_taken(items: int, sets: int) -> tuple[tuple[_Basis, int], ...]:
    return ((_Basis((), np.zeros((items, 0), dtype=np.int64)), sets),)
