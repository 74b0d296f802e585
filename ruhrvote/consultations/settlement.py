"""The ledger's entries of objections: `contested` for each, and one `settled` in which all take effect."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation, Objection
from ruhrvote.db import clock, db
from ruhrvote.ledger.actions import append
from ruhrvote.ledger.models import ChainHead, EntryKind, LedgerEntry

Number = InstrumentedAttribute[int]  # a column that holds a ballot's number or a version


def objections_of(consultation_id: int) -> Sequence[Objection]:
    """All objections in a consultation, by ballot and version."""
    return db.session.scalars(
        select(Objection)
        .where(Objection.consultation_id == consultation_id)
        .order_by(Objection.ballot_id, Objection.version)
        .execution_options(populate_existing=True)
    ).all()


def contested_payload(ballot_id: int, version: int) -> dict[str, object]:
    """The payload of the entry of an objection: the ballot's number and the version; nobody's name, no text."""
    return {"ballot": ballot_id, "version": version}


def settled_payload(objections: Sequence[Objection]) -> dict[str, object]:
    """The payload of the settlement: of each objection the ballot, the version and whether it stands."""
    return {
        "contests": [
            contested_payload(objection.ballot_id, objection.version) | {"stands": bool(objection.upheld)}
            for objection in objections
        ]
    }


def append_settled(consultation: Consultation, head: ChainHead, objections: Sequence[Objection]) -> LedgerEntry:
    """Append the settlement and set since when versions do not count; part of the caller's transaction."""
    entry = append(head, EntryKind.SETTLED, settled_payload(objections), clock())
    consultation.settled_at = entry.recorded_at
    for objection in objections:
        if objection.upheld:
            objection.void_from = objection.void_from or entry.seq
        elif objection.void_from is not None:
            objection.void_until = entry.seq
    if objections:
        record(Event.OBJECTIONS_SETTLED, by=None, consultation_id=consultation.id, objections=len(objections))
    return entry


def is_void(ballot_id: Number, version: Number, seq: int | None = None) -> ColumnElement[bool]:
    """The condition that a version did not count after the entry `seq`, or does not count now."""
    of_it = and_(Objection.ballot_id == ballot_id, Objection.version == version)
    if seq is None:
        return exists().where(of_it, Objection.void_from.is_not(None), Objection.void_until.is_(None))
    later = or_(Objection.void_until.is_(None), Objection.void_until > seq)
    return exists().where(of_it, Objection.void_from <= seq, later)
