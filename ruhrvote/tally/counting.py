"""Counting many ballots at once, cell by cell, with whole rows of bytes instead of ballot by ballot.

A cell is a set of ballots that are counted together, such as the firms of one chamber in one municipality.
Its ballots are cut into strips of at most 255, so that no count within a strip outgrows a byte. The strips
of all cells lie side by side, and step k looks at the k-th ballot of every strip:

    level of idea i   [ 2 0 7 … ]      one byte for each strip
    level of idea j   [ 2 3 1 … ]
    i above j         [ 0 1 0 … ]      one comparison for all strips, added to their counts of (i, j)

Every count of a tally is made of such comparisons: with the other ideas (above; summed over the upper idea
they also give the position), with a constant (position, first, answered), or of the judgements (compared).
The processor takes 32 to 64 bytes in one instruction, and a few thousand ballots at a time stay in its
cache. A strip that has ended counts ballots without any judgement, which adds nothing. In the end the
counts of a cell's strips are added up in 32-bit integers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.weak_order import JUDGEMENTS, NOT_JUDGED, Levels, last_level

Bytes = npt.NDArray[np.uint8]
CellCounts = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

LONGEST_STRIP = 255  # the largest byte
SHORTEST_STRIP = 16  # few ballots are spread over more strips, down to this length: long rows are what is fast
DEPTH = 32  # steps taken together; with WIDTH it decides what stays in the cache, and changes nothing else
WIDTH = 512  # strips taken together, at most
PAIRS_TAKEN = 2**20  # pairs × strips taken together, at most: with more ideas fewer strips
MOST_IDEAS = 254  # positions are bytes, and the last byte says "not judged"


@dataclass(frozen=True, eq=False)
class CountsByCell:
    """The counts of a tally in each cell, named and defined as there; 32-bit integers, the first axis is the cell."""

    ballots: CellCounts
    placed: CellCounts
    compared: CellCounts
    above: CellCounts
    first: CellCounts
    position: CellCounts
    answered: CellCounts


@dataclass(frozen=True)
class _Strips:
    """Where each strip finds its ballots: `length` of them from `begin` in the order of the cells."""

    cell: Numbers
    begin: Numbers
    length: Numbers


class _Sums:
    """The counts of some strips in bytes; the last axis is the strip."""

    def __init__(self, ideas: int, strips: int):
        self.compared = np.zeros((ideas, ideas, strips), dtype=np.uint8)
        self.above = np.zeros((ideas, ideas, strips), dtype=np.uint8)
        self.first = np.zeros((ideas, ideas + 1, strips), dtype=np.uint8)
        self.position = np.zeros((ideas, ideas, strips), dtype=np.uint8)
        self.answered = np.zeros((ideas, len(JUDGEMENTS), strips), dtype=np.uint8)


SUMMED = ("compared", "above", "first", "position", "answered")


def count_by_cell(level: Levels, cell: npt.NDArray[np.integer], cells: int) -> CountsByCell:
    """Count ballots in each of the cells 0 … cells - 1.

    level: shape (ballots, ideas), smaller is better, NOT_JUDGED for no tier; cell: of each ballot, shape (ballots,).
    Raises ValueError for more than MOST_IDEAS ideas and for a cell that does not exist.
    """
    ballots, ideas = level.shape
    if ideas > MOST_IDEAS:
        raise ValueError(f"at most {MOST_IDEAS} ideas can be counted, not {ideas}")
    if ballots and not 0 <= int(cell.min()) <= int(cell.max()) < cells:
        raise ValueError(f"the cells are numbered from 0 to {cells - 1}")
    sizes = np.bincount(cell, minlength=cells)
    strips = _cut(sizes, ballots)
    # Small integers are sorted by counting them, which takes a third of the time.
    order = np.argsort(cell.astype(np.min_scalar_type(max(cells - 1, 0))), kind="stable")
    by_strip = {
        name: np.empty((len(strips.cell), *getattr(_Sums(ideas, 0), name).shape[:-1]), dtype=np.uint8)
        for name in SUMMED
    }
    longest_first = np.argsort(-strips.length, kind="stable")
    width = max(1, min(WIDTH, PAIRS_TAKEN // max(1, ideas * ideas)))
    for start in range(0, len(longest_first), width):
        taken = longest_first[start : start + width]
        sums = _count_strips(level, order, strips.begin[taken], strips.length[taken])
        for name in SUMMED:
            by_strip[name][taken] = np.moveaxis(getattr(sums, name), -1, 0)
    return _by_cell(by_strip, strips, sizes)


def _cut(sizes: Numbers, ballots: int) -> _Strips:
    """Cut each cell into strips, in the order of the cells."""
    longest = min(LONGEST_STRIP, max(SHORTEST_STRIP, -(-ballots // WIDTH)))
    strips = -(-sizes // longest)
    cell = np.repeat(np.arange(len(sizes)), strips)
    number = np.arange(len(cell)) - np.repeat(np.cumsum(strips) - strips, strips)  # of the strip in its cell
    begin = (np.cumsum(sizes) - sizes)[cell] + number * longest
    return _Strips(cell, begin, np.minimum(longest, sizes[cell] - number * longest))


def _count_strips(level: Levels, order: Numbers, begin: Numbers, length: Numbers) -> _Sums:
    """Count the strips, longest first, that begin there in `order` and are so long."""
    ideas = level.shape[1]
    sums = _Sums(ideas, len(begin))
    for step in range(0, int(length[0]), DEPTH):
        running = int(np.count_nonzero(length > step))  # they come first
        steps = np.arange(step, min(step + DEPTH, int(length[0])))[:, np.newaxis]
        there = steps < length[:running]
        ballot = order[np.where(there, begin[:running] + steps, 0)]
        rows = level.take(ballot.ravel(), axis=0)
        rows[~there.ravel()] = NOT_JUDGED
        _add_ballots(sums, np.ascontiguousarray(rows.T).reshape(ideas, *there.shape), running)
    return sums


def _add_ballots(sums: _Sums, level: Levels, running: int) -> None:
    """Add ballots to the sums of the first `running` strips; level: shape (ideas, steps, running)."""
    ideas = len(level)
    is_judged = level != NOT_JUDGED
    judged = is_judged.view(np.uint8)  # truth as a byte, 0 or 1
    lower = level * judged  # as the lower of a pair, what is not judged has nothing above it
    better = np.zeros_like(level)  # ideas strictly above each idea
    truth = np.empty(level.shape, dtype=np.bool_)  # reused: fresh memory would cost more than the comparison
    ones = truth.view(np.uint8)

    def ballots(of: Bytes) -> Bytes:
        """Sum over the steps."""
        return np.add.reduce(of, axis=-2, dtype=np.uint8)

    for i in range(ideas):
        np.less(level[i], lower, out=truth)
        sums.above[i, :, :running] += ballots(ones)
        better += ones
        np.bitwise_and(judged[i], judged[:i], out=ones[:i])
        sums.compared[i, :i, :running] += ballots(ones[:i])
    at_top = judged & (better == 0)
    sharing = at_top.sum(axis=0, dtype=np.uint8) * at_top  # how many share the top, for each idea there
    for k in range(1, int(sharing.max(initial=0)) + 1):
        np.equal(sharing, k, out=truth)
        sums.first[:, k, :running] += ballots(ones)
    better |= (judged ^ 1) * NOT_JUDGED
    for p in range(ideas):
        np.equal(better, p, out=truth)
        sums.position[:, p, :running] += ballots(ones)
    for a, answer in enumerate(JUDGEMENTS):
        np.less_equal(level, last_level(answer), out=truth)
        at_least = ballots(ones)
        sums.answered[:, a, :running] += at_least
        if a + 1 < len(JUDGEMENTS):
            sums.answered[:, a + 1, :running] -= at_least  # bytes wrap around, and back


def _by_cell(by_strip: dict[str, Bytes], strips: _Strips, sizes: Numbers) -> CountsByCell:
    """Add the strips of each cell; by_strip: arrays whose first axis is the strip, in the order of the cells."""
    cells = len(sizes)
    begin = np.searchsorted(strips.cell, np.arange(cells))
    end = np.searchsorted(strips.cell, np.arange(cells), side="right")
    single = np.flatnonzero(end - begin == 1)
    several = np.flatnonzero(end - begin > 1)
    counts = {}
    for name in SUMMED:
        of_strip = by_strip[name]
        total = np.zeros((cells, *of_strip.shape[1:]), dtype=np.int32)
        total[single] = of_strip[begin[single]]
        for c in several:
            np.add.reduce(of_strip[begin[c] : end[c]], axis=0, dtype=np.int32, out=total[c])
        counts[name] = total
    counts["compared"] += counts["compared"].transpose(0, 2, 1)  # so far each pair was counted once
    return CountsByCell(
        ballots=sizes.astype(np.int32),
        placed=counts["answered"].sum(axis=-1, dtype=np.int32),
        **counts,
    )
