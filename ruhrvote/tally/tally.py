"""The Tally: the one additive value from which everything shown is computed, in integers."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.weak_order import JUDGEMENTS, NOT_JUDGED, Levels, answers

Counts = npt.NDArray[np.int64]
CHUNK = 50_000  # ballots counted at a time: bounds memory, changes nothing


@dataclass(frozen=True, eq=False)
class Tally:
    """What a set of ballots over m ideas says. Tallies add, subtract and scale.

    ballots: how many; placed[i]: ballots that put i into a tier; compared[i, j]: ballots that place both;
    above[i, j]: ballots with i strictly above j; first[i, k]: ballots with i among exactly k ideas tied
    first; position[i, p]: ballots with exactly p ideas strictly above i; answered[i, a]: ballots that give
    i answer a + 1 of four. Shapes: (m,), (m, m), (m, m), (m, m + 1), (m, m), (m, 4); all 64-bit integers.
    """

    ballots: int
    placed: Counts
    compared: Counts
    above: Counts
    first: Counts
    position: Counts
    answered: Counts

    @property
    def ideas(self) -> int:
        """How many ideas the ballots were about."""
        return len(self.placed)

    @property
    def tied(self) -> Counts:
        """tied[i, j]: ballots that place both in the same tier."""
        return self.compared - self.above - self.above.T

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, field.name) - getattr(other, field.name) for field in fields(self)))

    def __mul__(self, weight: int) -> Tally:
        """Every ballot counted `weight` times."""
        return Tally(*(getattr(self, field.name) * weight for field in fields(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return all(np.array_equal(getattr(self, field.name), getattr(other, field.name)) for field in fields(self))

    __hash__ = None  # type: ignore[assignment]

    def digest(self) -> str:
        """SHA-256 over all counts: equal for equal tallies, on every machine."""
        digest = hashlib.sha256()
        for field in fields(self):
            digest.update(np.asarray(getattr(self, field.name)).astype(">i8").tobytes())
        return digest.hexdigest()


def empty(ideas: int) -> Tally:
    """The tally of no ballots."""

    def zeros(*shape: int) -> Counts:
        return np.zeros(shape, dtype=np.int64)

    return Tally(
        ballots=0,
        placed=zeros(ideas),
        compared=zeros(ideas, ideas),
        above=zeros(ideas, ideas),
        first=zeros(ideas, ideas + 1),
        position=zeros(ideas, ideas),
        answered=zeros(ideas, len(JUDGEMENTS)),
    )


def count(levels: Levels) -> Tally:
    """The tally of ballots given as levels, shape (ballots, ideas)."""
    total = empty(levels.shape[1])
    for start in range(0, len(levels), CHUNK):
        total = total + _count_chunk(levels[start : start + CHUNK])
    return total


def _count_chunk(level: Levels) -> Tally:
    ballots, ideas = level.shape
    judged = level != NOT_JUDGED
    # As the lower of a pair, an idea that is not judged gets a level that nothing is above.
    lower = np.where(judged, level, 0)
    both = judged.astype(np.float32)  # exact: a chunk is far smaller than 2**24
    above = np.empty((ideas, ideas), dtype=np.int64)
    better = np.zeros((ballots, ideas), dtype=np.int64)  # ideas strictly above each idea
    for i in range(ideas):
        strictly_above = level[:, i : i + 1] < lower
        above[i] = np.count_nonzero(strictly_above, axis=0)
        better += strictly_above
    at_top = judged & (level == level.min(axis=1, keepdims=True))
    sharing = np.where(at_top, at_top.sum(axis=1, keepdims=True), 0)
    answer = answers(level)
    return Tally(
        ballots=ballots,
        placed=judged.sum(axis=0, dtype=np.int64),
        compared=np.rint(both.T @ both).astype(np.int64) * ~np.eye(ideas, dtype=bool),
        above=above,
        first=_histogram(sharing, at_top, ideas + 1),
        position=_histogram(better, judged, ideas),
        answered=_histogram(answer - (answer > 0), judged, len(JUDGEMENTS)),
    )


def _histogram(values: npt.NDArray[np.integer], valid: npt.NDArray[np.bool_], bins: int) -> Counts:
    """For each column, how often each value occurs where it is valid; shape (columns, bins)."""
    columns = values.shape[1]
    offset = np.arange(columns) * bins
    flat = (values + offset)[valid]
    return np.bincount(flat, minlength=columns * bins).reshape(columns, bins).astype(np.int64)
