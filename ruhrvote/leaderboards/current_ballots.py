"""The ballots that count, read at once: for a process that has just started, and for breakdowns after the close.

Row by row, most of a restart would be spent on making rows. So the database joins the rankings of thousands
of ballots into one text, and that text, as bytes, is the array that is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy import Row, and_, exists, func, select
from sqlalchemy.orm import aliased

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.db import db
from ruhrvote.tally.weak_order import Levels, levels

ENTRIES_AT_A_TIME = 50_000  # bounds memory, changes nothing


@dataclass(frozen=True, eq=False)
class CurrentBallots:
    """Ballots with their cells: levels as in ruhrvote.tally; cell[b] is the number of ballot b's cell in `cells`."""

    levels: Levels
    cell: npt.NDArray[np.int64]
    cells: tuple[str, ...]


def current_ballots(consultation_id: int, ideas: int, seq: int) -> CurrentBallots:
    """The ballots that count after the ledger's entry `seq`, in no particular order.

    That is each ballot's last version up to there, unless it is a withdrawal. Entries become visible in the
    order of their numbers and versions never change, so the answer is the same whatever is submitted meanwhile.
    """
    numbers: dict[str, int] = {}
    level_parts = [np.empty((0, ideas), dtype=np.uint8)]
    cell_parts = [np.empty(0, dtype=np.int64)]
    for part in _joined(consultation_id, seq):
        cells = part.cells.split()
        for name in dict.fromkeys(cells):
            numbers.setdefault(name, len(numbers))
        level_parts.append(levels([part.rankings], len(cells) * ideas).reshape(len(cells), ideas))
        cell_parts.append(np.fromiter(map(numbers.__getitem__, cells), dtype=np.int64, count=len(cells)))
    return CurrentBallots(np.concatenate(level_parts), np.concatenate(cell_parts), tuple(numbers))


def _joined(consultation_id: int, seq: int) -> Iterator[Row[str, str]]:
    """Rankings one after the other, and their cells separated by blanks, in the same order in both texts."""
    newer = aliased(BallotVersion)
    replaced = exists().where(
        and_(newer.ballot_id == BallotVersion.ballot_id, newer.version > BallotVersion.version, newer.seq <= seq)
    )
    texts = select(
        func.aggregate_strings(BallotVersion.ranking, "").label("rankings"),
        func.aggregate_strings(BallotVersion.cell, " ").label("cells"),
    ).where(BallotVersion.consultation_id == consultation_id, BallotVersion.ranking != "", ~replaced)
    for start in range(0, seq, ENTRIES_AT_A_TIME):
        end = min(start + ENTRIES_AT_A_TIME, seq)
        part = db.session.execute(texts.where(BallotVersion.seq > start, BallotVersion.seq <= end)).one()
        if part.cells is not None:
            yield part
