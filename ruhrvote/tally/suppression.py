"""Primary and complementary cell suppression: which cells of several breakdowns may be shown together. Pure.

Whoever has all shown cells can add and subtract them, also across breakdowns. In the matrix here each shown cell is a
column, and each kind of ballot is a row with 1 for the cells that it is in. Cells are shown only if FEWEST disjoint
sets of ballots exist whose rows each have the full rank of the matrix. Any FEWEST - 1 ballots leave one of these sets
untouched, and a combination of cells that is 0 for each ballot of that set is 0 for all ballots. So every combination
that is not 0 rests on at least FEWEST ballots: the cells themselves, the rest of a total, and every difference between
two breakdowns. docs/methodology.md, section 19, has the proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

FEWEST = 10  # ballots in a cell, and in every combination of cells
PRIME = 2**31 - 1  # ranks of matrices are computed modulo this prime; the minors of these 0-1 matrices are far smaller

AT_A_TIME = 256  # rows: usually the first ones are enough

Rows = npt.NDArray[np.int64]
Kind = tuple[str | None, ...]


def shown_cells(kinds: Mapping[Kind, int]) -> list[list[str]]:
    """For each breakdown the cells that may be shown beside the total of all these ballots, the largest first.

    kinds: the number of ballots of each kind; a kind is one label for each breakdown, None for no cell in it. Greedy:
    the breakdowns in their order, in each the largest cell first; a cell is shown if it may be shown beside all those
    before it.
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
    """The rank of the matrix of these columns, at most `most`, if FEWEST disjoint sets of ballots have it; else 0.

    ballots: how many of each kind, that is of each row. Each set is taken from the ballots that are left, one of each
    kind, the most frequent kind first.
    """
    patterns, kind = np.unique(np.stack(columns, axis=1), axis=0, return_inverse=True)
    left = np.bincount(kind.reshape(-1), weights=ballots).astype(np.int64)
    rank = len(independent(patterns, most))
    # Kinds with FEWEST ballots are in every set: if they have the full rank, the sets need not be built one by one.
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
    """The numbers of the rows that are linearly independent of the rows before them; the first `most` of them."""
    basis: list[tuple[int, Rows]] = []  # each row with the column of its leading 1
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
