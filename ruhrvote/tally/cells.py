"""Tallies by cell: each ballot is counted once, in its cell, and the tally of a group is the sum of its cells.

A ballot's cell is its group, counting chamber and municipality, as the roll has them. The tally of any of these,
or of a combination, is a sum of cells: one count of all ballots serves every breakdown.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.counting import CellCounts, CountsByCell, count_by_cell
from ruhrvote.tally.tally import Counts, Tally
from ruhrvote.tally.weak_order import Levels

Label = TypeVar("Label", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Cells:
    """The counts of a tally in each cell; the cells are numbered from 0."""

    counts: CountsByCell

    def __len__(self) -> int:
        return len(self.counts.ballots)

    def sum(self, chosen: Sequence[int] | npt.NDArray[np.integer]) -> Tally:
        """The tally of these cells together; a cell that is named twice counts once."""
        numbers = np.unique(np.asarray(chosen, dtype=np.int64))
        ballots, *others = (_sum(getattr(self.counts, field.name), numbers) for field in fields(self.counts))
        return Tally(int(ballots), *others)

    def total(self) -> Tally:
        """The tally of all ballots."""
        return self.sum(np.arange(len(self)))

    def by(self, labels: Sequence[Label]) -> dict[Label, Tally]:
        """The tally of each label; labels[c] is the label of cell c, such as its chamber."""
        members: dict[Label, list[int]] = {}
        for number, label in enumerate(labels):
            members.setdefault(label, []).append(number)
        return {label: self.sum(numbers) for label, numbers in members.items()}


def count_cells(levels: Levels, cell: npt.NDArray[np.integer], cells: int) -> Cells:
    """Count ballots in each of the cells 0 … cells - 1.

    levels: shape (ballots, ideas); cell: the cell of each ballot, shape (ballots,). Raises ValueError as
    `count_by_cell` does.
    """
    return Cells(count_by_cell(levels, cell, cells))


def _sum(counts: CellCounts, numbers: npt.NDArray[np.int64]) -> Counts:
    """The sum over some cells. No count exceeds the number of ballots, which fits 32 bits."""
    adjacent = len(numbers) > 0 and numbers[-1] - numbers[0] == len(numbers) - 1
    # Most groups are adjacent cells: numpy takes them as a slice, without a copy.
    part = counts[numbers[0] : numbers[-1] + 1] if adjacent else counts[numbers]
    return np.add.reduce(part, axis=0, dtype=np.int32).astype(np.int64)
