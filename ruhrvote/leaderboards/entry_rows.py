"""Reads of ledger entries together with the ballots that they move, for the scoreboard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import takewhile
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.models import Objection, ReleasedBallot
from ruhrvote.db import db
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.ledger.queries import KINDS

BATCH = 10_000  # entries folded at a time: limits memory
NO_ENTRY_IS_LATER = 2**31 - 1  # the largest sequence number that both databases can store

# Built once: each update executes it, and building the statement takes longer than executing it.
_BROUGHT, _REPLACED = aliased(BallotVersion), aliased(BallotVersion)
_ENTRIES_AFTER = (
    select(
        LedgerEntry.seq,
        LedgerEntry.kind,
        LedgerEntry.payload,
        _BROUGHT.ballot_id,
        exists().where(Objection.ballot_id == _BROUGHT.ballot_id).label("disputed"),
        _BROUGHT.cell,
        _BROUGHT.ranking,
        _REPLACED.ranking.label("previous"),
    )
    .outerjoin(_BROUGHT, and_(_BROUGHT.consultation_id == LedgerEntry.consultation_id, _BROUGHT.seq == LedgerEntry.seq))
    .outerjoin(_REPLACED, and_(_REPLACED.ballot_id == _BROUGHT.ballot_id, _REPLACED.version == _BROUGHT.version - 1))
    .where(
        LedgerEntry.consultation_id == bindparam("consultation"),
        LedgerEntry.seq > bindparam("after"),
        LedgerEntry.seq <= bindparam("until"),
    )
    .order_by(LedgerEntry.seq)
    .limit(BATCH)
)


def entries_after(consultation_id: int, seq: int, until: int | None):  # type: ignore[no-untyped-def]
    """The next entries, each with its cell and ranking and the ranking that it replaced."""
    last = NO_ENTRY_IS_LATER if until is None else until
    rows = db.session.execute(_ENTRIES_AFTER, {"consultation": consultation_id, "after": seq, "until": last}).all()
    return list(takewhile(lambda row: row.kind in KINDS, rows))


def released_between(consultation_id: int, after: int, until: int) -> Sequence[Row[str, str]]:
    """Cell and ranking of each ballot that was released by these entries."""
    return db.session.execute(
        select(BallotVersion.cell, BallotVersion.ranking)
        .join(
            ReleasedBallot,
            and_(ReleasedBallot.ballot_id == BallotVersion.ballot_id, ReleasedBallot.version == BallotVersion.version),
        )
        .where(
            ReleasedBallot.consultation_id == consultation_id,
            ReleasedBallot.seq > after,
            ReleasedBallot.seq <= until,
        )
    ).all()


def disputed_in(rows: Sequence[Any]) -> set[int]:
    """The ballots that these entries touch and to which there is an objection."""
    ballots = {row.ballot_id for row in rows if row.disputed}
    for row in rows:
        if row.kind == EntryKind.CONTESTED:
            ballots.add(json.loads(row.payload)["ballot"])
        elif row.kind == EntryKind.SETTLED:
            ballots |= {contest["ballot"] for contest in json.loads(row.payload)["contests"]}
    return ballots
