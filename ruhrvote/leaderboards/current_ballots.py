"""Bulk reads of the ballots that count: for a process that has just started, and for breakdowns after the close.

Reading row by row, most of the time would go into building rows. So the database concatenates the rankings of
thousands of ballots into one text, whose bytes are the array to count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, Row, String, and_, cast, exists, func, select, tuple_
from sqlalchemy.orm import aliased

from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.models import Objection, ReleasedBallot, RollEntry
from ruhrvote.consultations.settlement import is_void
from ruhrvote.db import db
from ruhrvote.tally.weak_order import Levels, levels

ENTRIES_AT_A_TIME = 50_000  # limits memory, does not change the result
BALLOTS_AT_A_TIME = 500  # named in one statement


@dataclass(frozen=True, eq=False)
class CurrentBallots:
    """Ballots with their cells.

    levels: as in `tally.weak_order`, shape (ballots, ideas); cell[b]: the index in `cells` of the cell of ballot b.
    """

    levels: Levels
    cell: npt.NDArray[np.int64]
    cells: tuple[str, ...]


def current_ballots(consultation_id: int, ideas: int, seq: int) -> CurrentBallots:
    """The ballots that count after the ledger entry `seq`, in no particular order.

    These are the last versions up to that entry that no objection keeps from counting, without withdrawals. Entries
    become visible in the order of their numbers and versions never change, so concurrent submissions and objections do
    not change the result.
    """
    return _read(consultation_id, ideas, seq, _current(consultation_id, seq))


def counting_rankings(consultation_id: int, ballots: Collection[int], seq: int) -> list[tuple[str, str]]:
    """Cell and ranking of those of these ballots that count after the ledger entry `seq`."""
    wanted, found = sorted(ballots), list[tuple[str, str]]()
    for start in range(0, len(wanted), BALLOTS_AT_A_TIME):
        part = BallotVersion.ballot_id.in_(wanted[start : start + BALLOTS_AT_A_TIME])
        rows = db.session.execute(
            select(BallotVersion.cell, BallotVersion.ranking).where(
                part, BallotVersion.seq <= seq, _current(consultation_id, seq)
            )
        )
        found += [(cell, ranking) for cell, ranking in rows]
    return found


def counting_ballots(consultation_id: int, seq: int) -> list[int]:
    """The numbers of the ballots that count after the ledger entry `seq`, in ascending order."""
    return list(
        db.session.scalars(
            select(BallotVersion.ballot_id)
            .where(
                BallotVersion.consultation_id == consultation_id,
                BallotVersion.seq <= seq,
                _current(consultation_id, seq),
            )
            .order_by(BallotVersion.ballot_id)
        )
    )


def _current(consultation_id: int, seq: int) -> ColumnElement[bool]:
    newer = aliased(BallotVersion)
    later = and_(newer.ballot_id == BallotVersion.ballot_id, newer.version > BallotVersion.version, newer.seq <= seq)
    # Hardly any round has objections, and asking for them takes time for each of its ballots.
    if not db.session.scalar(select(exists().where(Objection.consultation_id == consultation_id))):
        return and_(BallotVersion.ranking != "", ~exists().where(later))
    replaced = exists().where(later, ~is_void(newer.ballot_id, newer.version, seq))
    void = is_void(BallotVersion.ballot_id, BallotVersion.version, seq)
    return and_(BallotVersion.ranking != "", ~replaced, ~void)


class Trait(NamedTuple):
    """The data on the roll about an organisation by which breakdowns group."""

    kind: str
    chamber_id: int | None
    municipality_id: int | None
    sector: str | None
    size_class: str | None


@dataclass(frozen=True, eq=False)
class TraitBallots:
    """The ballots of one trait, and for each the ledger entry of the cohort that released it; 0 for none."""

    levels: Levels
    released: npt.NDArray[np.int64]


def ballots_by_trait(consultation_id: int, ideas: int, seq: int) -> dict[Trait, TraitBallots]:
    """The ballots that count after the ledger entry `seq`, by trait of the organisation."""
    traits = (RollEntry.kind, RollEntry.chamber_id, RollEntry.municipality_id, RollEntry.sector, RollEntry.size_class)
    texts = (
        select(
            func.aggregate_strings(BallotVersion.ranking, ""),
            func.aggregate_strings(cast(func.coalesce(ReleasedBallot.seq, 0), String), " "),
            *traits,
        )
        .join(Ballot, Ballot.id == BallotVersion.ballot_id)
        .outerjoin(ReleasedBallot, ReleasedBallot.ballot_id == BallotVersion.ballot_id)
        .join(
            RollEntry,
            and_(
                RollEntry.consultation_id == BallotVersion.consultation_id,
                RollEntry.organisation_id == Ballot.organisation_id,
            ),
        )
        .where(BallotVersion.consultation_id == consultation_id, _current(consultation_id, seq))
        .group_by(*traits)
    )
    rankings: defaultdict[Trait, list[str]] = defaultdict(list)
    entries: defaultdict[Trait, list[str]] = defaultdict(list)
    for start in range(0, seq, ENTRIES_AT_A_TIME):
        end = min(start + ENTRIES_AT_A_TIME, seq)
        for row in db.session.execute(texts.where(BallotVersion.seq > start, BallotVersion.seq <= end)):
            trait = Trait._make(row[2:])
            rankings[trait].append(row[0])
            entries[trait] += row[1].split()
    return {
        trait: TraitBallots(
            levels(["".join(rankings[trait])], len(entries[trait]) * ideas).reshape(-1, ideas),
            np.array(entries[trait], dtype=np.int64),
        )
        for trait in rankings
    }


def released_ballots(consultation_id: int, ideas: int, seq: int) -> CurrentBallots:
    """The ballots that cohorts have released up to the entry `seq`, in the released versions."""
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
    """Texts of concatenated rankings, and of their cells separated by spaces, in the same order."""
    texts = select(
        func.aggregate_strings(BallotVersion.ranking, "").label("rankings"),
        func.aggregate_strings(BallotVersion.cell, " ").label("cells"),
    ).where(BallotVersion.consultation_id == consultation_id, which)
    for start in range(0, seq, ENTRIES_AT_A_TIME):
        end = min(start + ENTRIES_AT_A_TIME, seq)
        part = db.session.execute(texts.where(BallotVersion.seq > start, BallotVersion.seq <= end)).one()
        if part.cells is not None:
            yield part
