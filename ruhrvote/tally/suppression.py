"""Which cells of several breakdowns may be shown together, so that nothing rests on few ballots. Pure.

Whoever has all cells that are shown can add and subtract them, across breakdowns too. Each cell is a column here, each
kind of ballot a row: which of the cells it is in. Cells are shown only if FEWEST disjoint sets of ballots can be found
that have the full rank each. Any FEWEST - 1 ballots leave one of these sets untouched; a combination of cells that is
0 for each ballot of that set is 0 for all. So each combination that is not 0 rests on at least FEWEST ballots: the
cells themselves, what is left of a total, and every difference between two breakdowns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

FEWEST = 10  # ballots in a cell, and behind every combination of cells
PRIME = 2**31 - 1  # ranks are computed modulo this; the minors of 0 and 1 that occur are far smaller

AT_A_TIME = 256  # rows: most of the time the first ones are enough

Rows = npt.NDArray[np.int64]
Kind = tuple[str | None, ...]


def shown_cells(kinds: Mapping[Kind, int]) -> list[list[str]]:
    """The cells of each breakdown that may be shown beside the total of all these ballots, the largest first.

    kinds: how many ballots have these labels, one label for each breakdown, None for no cell of it. The breakdowns are
    taken in their order, in each the largest cells first, and a cell is shown if it may be beside those before it.
    """
    ordered = sorted(kinds, key=str)
    ballots = np.array([kinds[kind] for kind in ordered], dtype=np.int64)
    columns: list[Rows] = [np.ones(len(ordered), dtype=np.int64)]
    shown: list[list[str]] = []
    rank = 1
    for labels in zip(*ordered, strict=True):
        cells = {label: np.array([other == label for other in labels], dtype=np.int64) for label in set(labels)}
        cells.pop(None, None)
        shown.append([])
        for label in sorted(cells, key=lambda label: (-int(cells[label] @ ballots), label)):
            if int(cells[label] @ ballots) < FEWEST:
                break
            if found := covering_rank([*columns, cells[label]], ballots, rank + 1):
                rank = found
                columns.append(cells[label])
                shown[-1].append(label)
    return shown


def covering_rank(columns: Sequence[Rows], ballots: npt.NDArray[np.int64], most: int) -> int:
    """The rank of these columns, no more than `most`, if FEWEST disjoint sets of ballots have it each; else 0.

    Each set is taken from the ballots that are left, those of the most frequent kind first, one of a kind.
    """
    patterns, kind = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    left = np.bincount(kind.reshape(-1), weights=ballots).astype(np.int64)
    rank = len(independent(patterns, most))
    # Kinds of FEWEST ballots are there for every set, so that these need not be taken one after the other.
    if len(independent(patterns[left >= FEWEST], rank)) == rank:
        return rank
    for _ in range(FEWEST):
        order = np.flatnonzero(left)
        order = order[np.argsort(-left[order], kind="stable")]
        taken = order[independent(patterns[order], rank)]
        if len(taken) < rank:
            return 0
        left[taken] -= 1
    return rank


def independent(rows: Rows, most: int) -> list[int]:
    """The rows that are no combination of rows before them, by number; the first `most` of them."""
    basis: list[tuple[int, Rows]] = []  # each with the place of its first value, which is 1
    found = list[int]()
    for start in range(0, len(rows), AT_A_TIME):
        rest = rows[start : start + AT_A_TIME] % PRIME
        for column, known in basis:
            rest = (rest - rest[:, [column]] * known) % PRIME
        while len(found) < most and len(remaining := np.flatnonzero(rest.any(axis=1))):
            row = rest[int(remaining[0])]
            column = int(np.flatnonzero(row)[0])
            known = row * pow(int(row[column]), -1, PRIME) % PRIME
            rest = (rest - rest[:, [column]] * known) % PRIME
            basis.append((column, known))
            found.append(start + int(remaining[0]))
        if len(found) == most:
            break
    return found
