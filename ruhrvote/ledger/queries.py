"""Reads of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlalchemy import case, func, select

from ruhrvote.db import db
from ruhrvote.ledger.models import ChainHead, EntryKind, LedgerEntry

KINDS = tuple(map(str, EntryKind))  # that this program knows


def entries(consultation_id: int, after: int = 0) -> Iterator[LedgerEntry]:
    """The entries after a sequence number, in order; a thousand at a time are in memory."""
    query = (
        select(LedgerEntry)
        .where(LedgerEntry.consultation_id == consultation_id, LedgerEntry.seq > after)
        .order_by(LedgerEntry.seq)
        .execution_options(yield_per=1000)
    )
    with db.session.scalars(query) as found:  # closes the cursor also if the caller stops early
        yield from found


def known_until(consultation_id: int, until: int | None = None) -> int:
    """The last entry, up to `until`, before which this program knows the kind of every entry; 0 without any.

    A later program may write kinds that this process cannot count: what comes after the first of them is not for it.
    """
    wanted = LedgerEntry.consultation_id == consultation_id
    if until is not None:
        wanted &= LedgerEntry.seq <= until
    unknown = func.min(case((LedgerEntry.kind.not_in(KINDS), LedgerEntry.seq)))
    last, first_unknown = db.session.execute(select(func.max(LedgerEntry.seq), unknown).where(wanted)).one()
    return (last or 0) if first_unknown is None else first_unknown - 1


def head_of(consultation_id: int) -> tuple[int, str]:
    """Sequence number and hash of the last entry, as the chain's head has them."""
    row = db.session.execute(
        select(ChainHead.seq, ChainHead.hash).where(ChainHead.consultation_id == consultation_id)
    ).one()
    return row.seq, row.hash


def last_change(consultation_id: int) -> datetime | None:
    """When the last entry was recorded; None before the first."""
    return db.session.scalar(
        select(LedgerEntry.recorded_at)
        .where(LedgerEntry.consultation_id == consultation_id)
        .order_by(LedgerEntry.seq.desc())
        .limit(1)
    )


def heads() -> dict[int, int]:
    """The last sequence number of every consultation."""
    return {
        consultation: seq for consultation, seq in db.session.execute(select(ChainHead.consultation_id, ChainHead.seq))
    }


def last_before(consultation_id: int, moment: datetime) -> int:
    """The sequence number of the last entry recorded before a moment, 0 if there is none."""
    return (
        db.session.scalar(
            select(LedgerEntry.seq)
            .where(LedgerEntry.consultation_id == consultation_id, LedgerEntry.recorded_at < moment)
            .order_by(LedgerEntry.seq.desc())
            .limit(1)
        )
        or 0
    )


def entry_at(consultation_id: int, seq: int) -> LedgerEntry | None:
    """The entry with this sequence number, or None."""
    return db.session.scalar(
        select(LedgerEntry).where(LedgerEntry.consultation_id == consultation_id, LedgerEntry.seq == seq)
    )


def entries_of_kinds(consultation_id: int, kinds: Collection[str], after: int = 0) -> Sequence[LedgerEntry]:
    """The entries of these kinds after a sequence number, in order."""
    return db.session.scalars(
        select(LedgerEntry)
        .where(LedgerEntry.consultation_id == consultation_id, LedgerEntry.kind.in_(kinds), LedgerEntry.seq > after)
        .order_by(LedgerEntry.seq)
    ).all()
