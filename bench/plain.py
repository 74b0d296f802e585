"""The same counts with plain dictionaries, in the most obvious way: a second comparison for the recount."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from ruhrvote.tally.weak_order import NOT_JUDGED, TIERS_PER_ANSWER

Counted = dict[tuple[int, ...], int]


def count_plainly(levels: Sequence[Sequence[int]], cells: Sequence[int]) -> dict[str, Counted]:
    """The seven counts of a tally in each cell; the keys begin with the cell."""
    names = ("ballots", "placed", "compared", "above", "first", "position", "answered")
    counts: dict[str, Counted] = {name: defaultdict(int) for name in names}
    compared, above = counts["compared"], counts["above"]
    for level, cell in zip(levels, cells, strict=True):
        counts["ballots"][cell,] += 1
        judged = [i for i in range(len(level)) if level[i] != NOT_JUDGED]
        better = dict.fromkeys(judged, 0)
        for i, j in combinations(judged, 2):
            compared[cell, i, j] += 1
            if level[i] < level[j]:
                above[cell, i, j] += 1
                better[j] += 1
            elif level[j] < level[i]:
                above[cell, j, i] += 1
                better[i] += 1
        top = [i for i in judged if better[i] == 0]
        for i in judged:
            counts["placed"][cell, i] += 1
            counts["position"][cell, i, better[i]] += 1
            counts["answered"][cell, i, level[i] // TIERS_PER_ANSWER] += 1
        for i in top:
            counts["first"][cell, i, len(top)] += 1
    return counts
