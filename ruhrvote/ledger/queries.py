"""Reads of the chain."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import func, select

from ruhrvote.db import db
from ruhrvote.ledger.models import ChainHead, LedgerEntry


def entries(consultation_id: int, after: int = 0) -> Iterator[LedgerEntry]:
    """The entries of a chain after a sequence number, in order, a thousand at a time."""
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.consultation_id == consultation_id, LedgerEntry.seq > after)
        .order_by(LedgerEntry.seq)
        .execution_options(yield_per=1000)
    )
    with db.session.scalars(query) as found:  # so that a reader who stops early leaves no open cursor
        yield from found


def head_of(consultation_id: int) -> tuple[int, str]:
    """Sequence number and hash of the last entry."""
    row = db.session.execute(
        select(ChainHead.seq, ChainHead.hash).where(ChainHead.consultation_id == consultation_id)
    ).one()
    return row.seq, row.hash


def heads() -> dict[int, int]:
    """The last sequence number of every consultation."""
    return {
        consultation: seq for consultation, seq in db.session.execute(select(ChainHead.consultation_id, ChainHead.seq))
    }


def entry_at(consultation_id: int, seq: int) -> LedgerEntry | None:
    """The entry with this sequence number."""
    return db.session.scalar(
        select(LedgerEntry).where(LedgerEntry.consultation_id == consultation_id, LedgerEntry.seq == seq)
    )


def count_kinds(consultation_id: int) -> dict[str, int]:
    """How many entries of each kind a chain holds."""
    rows = db.session.execute(
        select(LedgerEntry.kind, func.count())
        .where(LedgerEntry.consultation_id == consultation_id)
        .group_by(LedgerEntry.kind)
    )
    return {kind: count for kind, count in rows}
