"""The ballots that count, read at once: for a process that has just started, and for breakdowns after the close.

Row by row, most of a restart would be spent on making rows. So the database joins the rankings of thousands
of ballots into one text, and that text, as bytes, is the array that is counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Row, and_, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.models import ReleasedBallot, RollEntry
from ruhrvote.db import db
from ruhrvote.tally.weak_order import WIDTH, Levels, levels

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
    return _read(consultation_id, ideas, seq, _current(seq))


def _current(seq: int) -> ColumnElement[bool]:
    newer = aliased(BallotVersion)
    replaced = exists().where(
        and_(newer.ballot_id == BallotVersion.ballot_id, newer.version > BallotVersion.version, newer.seq <= seq)
    )
    return and_(BallotVersion.ranking != "", ~replaced)


class Trait(NamedTuple):
    """What the roll says of an organisation, for breakdowns."""

    kind: str
    chamber_id: int | None
    municipality_id: int | None
    sector: str | None
    size_class: str | None


def ballots_by_trait(consultation_id: int, ideas: int, seq: int) -> dict[Trait, Levels]:
    """The ballots that count after the ledger's entry `seq`, by what the roll says of those who cast them."""
    traits = (RollEntry.kind, RollEntry.chamber_id, RollEntry.municipality_id, RollEntry.sector, RollEntry.size_class)
    texts = (
        select(func.aggregate_strings(BallotVersion.ranking, ""), *traits)
        .join(Ballot, Ballot.id == BallotVersion.ballot_id)
        .join(
            RollEntry,
            and_(
                RollEntry.consultation_id == BallotVersion.consultation_id,
                RollEntry.organisation_id == Ballot.organisation_id,
            ),
        )
        .where(BallotVersion.consultation_id == consultation_id, _current(seq))
        .group_by(*traits)
    )
    parts: defaultdict[Trait, list[str]] = defaultdict(list)
    for start in range(0, seq, ENTRIES_AT_A_TIME):
        end = min(start + ENTRIES_AT_A_TIME, seq)
        for row in db.session.execute(texts.where(BallotVersion.seq > start, BallotVersion.seq <= end)):
            parts[Trait._make(row[1:])].append(row[0])
    width = ideas * WIDTH
    return {
        trait: levels([text], len(text) // width * ideas).reshape(-1, ideas)
        for trait, text in ((trait, "".join(texts)) for trait, texts in parts.items())
    }


def released_ballots(consultation_id: int, ideas: int, seq: int) -> CurrentBallots:
    """The ballots that cohorts had brought to the boards by the entry `seq`, in the versions that they brought."""
    named = select(ReleasedBallot.ballot_id, ReleasedBallot.version).where(
        ReleasedBallot.consultation_id == consultation_id, ReleasedBallot.seq <= seq
    )
    released = tuple_(BallotVersion.ballot_id, BallotVersion.version).in_(named)
    return _read(consultation_id, ideas, seq, released)


def _read(consultation_id: int, ideas: int, seq: int, which: ColumnElement[bool]) -> CurrentBallots:
    numbers: dict[str, int] = {}
    level_parts = [np.empty((0, ideas), dtype=np.uint8)]
    cell_parts = [np.empty(0, dtype=np.int64)]
    for part in _joined(consultation_id, seq, which):
        cells = part.cells.split()
        for name in dict.fromkeys(cells):
            numbers.setdefault(name, len(numbers))
        level_parts.append(levels([part.rankings], len(cells) * ideas).reshape(len(cells), ideas))
        cell_parts.append(np.fromiter(map(numbers.__getitem__, cells), dtype=np.int64, count=len(cells)))
    return CurrentBallots(np.concatenate(level_parts), np.concatenate(cell_parts), tuple(numbers))


def _joined(consultation_id: int, seq: int, which: ColumnElement[bool]) -> Iterator[Row[str, str]]:
    """Rankings one after the other, and their cells separated by blanks, in the same order in both texts."""
    texts = select(
        func.aggregate_strings(BallotVersion.ranking, "").label("rankings"),
        func.aggregate_strings(BallotVersion.cell, " ").label("cells"),
    ).where(BallotVersion.consultation_id == consultation_id, which)
    for start in range(0, seq, ENTRIES_AT_A_TIME):
        end = min(start + ENTRIES_AT_A_TIME, seq)
        part = db.session.execute(texts.where(BallotVersion.seq > start, BallotVersion.seq <= end)).one()
        if part.cells is not None:
            yield part
