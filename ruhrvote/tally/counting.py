"""Counting many ballots at once, cell by cell, as sizes of sets of ballots.

A cell is a set of ballots that are counted together, such as the firms of one chamber in one municipality.
Every count of a tally is the size of a set of ballots of a cell: of the ballots that have idea i above idea j, of
the ballots that place both, of the ballots with exactly p ideas above i. A set is stored as one bit for each ballot,
eight to a byte; so the intersection of two sets is one bitwise `and`, and the size of a set is its number of ones
(population count):

    ballot             0 1 2 3 …
    level of idea i  [ 2 0 7 5 … ]
    level of idea j  [ 2 3 1 8 … ]
    i above j        [ 0 1 0 1 … ]     one comparison for all ballots; as bits 0101…

The ideas form a ring, so that one comparison pairs each idea with the one that is d places further on:
d = 1, 2, … gives every ordered pair once. Meanwhile the number of ideas above each idea is added up for every ballot.
The ballots on which this number is p are then found by its binary digits, each of which is a set of ballots too.

The ballots of a cell are cut into strips of at most 255 ballots, so that a size fits a byte. Strips of similar length
are counted together, as many as fit the processor's cache; the shorter ones are padded with ballots that judge
nothing and so are in no set. Finally the sizes of a cell's strips are added up as 32-bit integers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.weak_order import JUDGEMENTS, NOT_JUDGED, Levels, last_level

Bytes = npt.NDArray[np.uint8]
CellCounts = npt.NDArray[np.int32]
Numbers = npt.NDArray[np.int64]

LONGEST_STRIP = 255  # ballots: the largest number that fits a byte
LEVELS_AT_A_TIME = 480 * 1024  # affects speed only: so many levels fit the processor's cache
MOST_IDEAS = 254  # a number of ideas must fit a byte, and 255 is NOT_JUDGED


@dataclass(frozen=True, eq=False)
class CountsByCell:
    """The counts of a `Tally` for each cell, with the same names; 32-bit integers, and the first axis is the cell."""

    ballots: CellCounts
    placed: CellCounts
    compared: CellCounts
    above: CellCounts
    first: CellCounts
    position: CellCounts
    answered: CellCounts


@dataclass(frozen=True)
class _Strips:
    """Strips of ballots: the cell of each, and its `length` ballots from `begin` on when ballots are sorted by cell."""

    cell: Numbers
    begin: Numbers
    length: Numbers

    def __getitem__(self, chosen: slice | Numbers) -> _Strips:
        return _Strips(self.cell[chosen], self.begin[chosen], self.length[chosen])


def count_by_cell(level: Levels, cell: npt.NDArray[np.integer], cells: int) -> CountsByCell:
    """Count ballots in each of the cells 0 … cells - 1.

    level: shape (ballots, ideas), smaller is better, NOT_JUDGED for an idea in no tier; cell: the cell of each ballot,
    shape (ballots,). Raises ValueError for more than MOST_IDEAS ideas and for a cell that does not exist.
    """
    ballots, ideas = level.shape
    if ideas > MOST_IDEAS:
        raise ValueError(f"at most {MOST_IDEAS} ideas can be counted, not {ideas}")
    if ballots and not 0 <= int(cell.min()) <= int(cell.max()) < cells:
        raise ValueError(f"the cells are numbered from 0 to {cells - 1}")
    sizes = np.bincount(cell, minlength=cells)
    # numpy uses a radix sort for 8- and 16-bit integers, which takes a third of the time.
    order = np.argsort(cell.astype(np.min_scalar_type(max(cells - 1, 0))), kind="stable")
    shapes = {
        "compared": (ideas, ideas),
        "above": (ideas, ideas),
        "first": (ideas, ideas + 1),
        "position": (ideas, ideas),
        "answered": (ideas, len(JUDGEMENTS)),
    }
    ends = np.cumsum([prod(shape) for shape in shapes.values()])
    total = np.zeros((cells, ends[-1]), dtype=np.int32)
    for strips in _batches(_cut(sizes), ideas):
        counted = _count(_ring(level, order, strips))
        in_columns = np.concatenate([counted[name].reshape(-1, len(strips.cell)) for name in shapes])
        for number, row in zip(strips.cell.tolist(), np.ascontiguousarray(in_columns.T), strict=True):
            np.add(total[number], row, out=total[number])
    parts = zip(shapes.items(), np.split(total, ends[:-1], axis=1), strict=True)
    counts = {name: part.reshape(cells, *shape) for (name, shape), part in parts}
    return CountsByCell(
        ballots=sizes.astype(np.int32),
        placed=counts["answered"].sum(axis=-1, dtype=np.int32),
        **counts,
    )


def _cut(sizes: Numbers) -> _Strips:
    """Cut cells of these sizes into strips, the longest first."""
    strips = -(-sizes // LONGEST_STRIP)
    cell = np.repeat(np.arange(len(sizes)), strips)
    number = np.arange(len(cell)) - np.repeat(np.cumsum(strips) - strips, strips)  # of the strip within its cell
    begin = (np.cumsum(sizes) - sizes)[cell] + number * LONGEST_STRIP
    length = np.minimum(LONGEST_STRIP, sizes[cell] - number * LONGEST_STRIP)
    return _Strips(cell, begin, length)[np.argsort(-length, kind="stable")]


def _batches(strips: _Strips, ideas: int) -> Iterator[_Strips]:
    """The strips in batches of about LEVELS_AT_A_TIME levels each; no batch if there are no ideas."""
    start = 0
    while ideas and start < len(strips.cell):
        end = start + max(1, LEVELS_AT_A_TIME // (ideas * int(strips.length[start])))
        yield strips[start:end]
        start = end


def _ring(level: Levels, order: Numbers, strips: _Strips) -> Levels:
    """The levels of these strips, with the ideas repeated once; shape (bytes, 2 · ideas, strips, 8)."""
    ideas = level.shape[1]
    eights = -(-int(strips.length[0]) // 8)
    step = np.arange(8 * eights).reshape(eights, 1, 8)
    there = step < strips.length[:, np.newaxis]
    ballot = order[np.where(there, strips.begin[:, np.newaxis] + step, 0)]
    rows = level.take(ballot.ravel(), axis=0)
    rows[~there.ravel()] = NOT_JUDGED
    ring = np.empty((eights, 2 * ideas, len(strips.cell), 8), dtype=np.uint8)
    ring[:, :ideas] = np.moveaxis(rows.reshape(*there.shape, ideas), -1, 1)
    ring[:, ideas:] = ring[:, :ideas]
    return ring


def _count(ring: Levels) -> dict[str, Bytes]:
    """The counts of each strip of a ring, by the name of the count; the last axis is the strip."""
    ideas, strips = ring.shape[1] // 2, ring.shape[2]
    level = ring[:, :ideas]
    is_judged = level != NOT_JUDGED
    judged = _as_bits(np.concatenate([is_judged, is_judged], axis=1))  # also a ring
    placed = judged[:, :ideas]
    true = np.empty(level.shape, dtype=np.bool_)  # reused: fresh memory would cost more than the comparison

    lower = level * is_judged.view(np.uint8)  # 0 for an idea that is not judged: no idea is above it
    better = np.zeros(level.shape, dtype=np.uint8)  # ideas strictly above each idea
    above = np.zeros((ideas, ideas, strips), dtype=np.uint8)  # [d, j]: the idea d places after j is above j
    for d in range(1, ideas):
        np.less(ring[:, d : d + ideas], lower, out=true)
        better += true.view(np.uint8)
        above[d] = _sizes(_as_bits(true))
    both = np.zeros((ideas // 2 + 1, ideas, strips), dtype=np.uint8)  # [d, j]: it and j are placed
    for d in range(1, ideas // 2 + 1):  # half of the ring: the other half has the same pairs
        both[d] = _sizes(judged[:, d : d + ideas] & placed)

    np.equal(better, 0, out=true)
    true &= is_judged
    at_top = _as_bits(true)
    sharing = true.sum(axis=1, keepdims=True, dtype=np.uint8)  # how many ideas share the top of each ballot
    first = np.zeros((ideas + 1, ideas, strips), dtype=np.uint8)
    for k in range(1, int(sharing.max()) + 1):
        first[k] = _sizes(at_top & _as_bits(sharing == k))

    digits = [_as_bits(better & np.uint8(1 << digit)) for digit in range((ideas - 1).bit_length())]
    position = np.empty((ideas, ideas, strips), dtype=np.uint8)
    _sizes_by_number(placed, digits, position)

    answered = np.empty((len(JUDGEMENTS), ideas, strips), dtype=np.uint8)
    for a, answer in enumerate(JUDGEMENTS):
        np.less_equal(level, last_level(answer), out=true)
        answered[a] = _sizes(_as_bits(true))
    answered[1:] -= answered[:-1]  # the counts were cumulative: each answer with all better ones

    i, j = np.ogrid[:ideas, :ideas]
    onward, back = (i - j) % ideas, (j - i) % ideas  # distances on the ring: from j to i, and from i to j
    return {
        "compared": both[np.minimum(onward, back), np.where(onward <= back, j, i)],
        "above": above[onward, j],
        "first": first.swapaxes(0, 1),
        "position": position.swapaxes(0, 1),
        "answered": answered.swapaxes(0, 1),
    }


def _as_bits(true: npt.NDArray[np.bool_ | np.uint8]) -> Bytes:
    """The set of ballots for which something is true (or not 0), as bits; drops the last axis, which has length 8."""
    return np.packbits(true).reshape(true.shape[:-1])


def _sizes(ballots: Bytes) -> Bytes:
    """The size of a set of ballots in each strip; sums over the first axis, that of the bytes."""
    return np.add.reduce(np.bitwise_count(ballots), axis=0, dtype=np.uint8)


def _sizes_by_number(ballots: Bytes, digits: list[Bytes], sizes: Bytes) -> None:
    """Write to sizes[n] how many of the ballots have the number n.

    digits: for each binary digit of the number the set of ballots that have it, the least significant first.
    """
    if not digits:
        sizes[0] = _sizes(ballots)
        return
    *smaller, largest = digits
    half = 1 << len(smaller)
    with_it = ballots & largest
    _sizes_by_number(ballots ^ with_it, smaller, sizes[:half])
    if half < len(sizes):
        _sizes_by_number(with_it, smaller, sizes[half:])
