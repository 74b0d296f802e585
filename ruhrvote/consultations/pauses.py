"""Writes of pauses: a short one by one admin, which ends by itself, and a long one by two; each function is one commit.

While a consultation is paused no ballot is accepted, so whoever pauses it takes time from voters. One person alone
takes 24 hours at most in the whole round, and none of the last hour; two may pause for as long as they want, and then
the announced end moves by as much, unless both say that it stays.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l

from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.actions import Pair, in_pair, locked
from ruhrvote.consultations.models import Consultation, Proposal, Status
from ruhrvote.consultations.versions import keep_former_texts
from ruhrvote.db import clock, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.ledger.actions import append
from ruhrvote.ledger.models import ChainHead, EntryKind
from ruhrvote.ledger.queries import entries_of_kinds

ALONE = timedelta(hours=24)  # all pauses by one person together
LAST = timedelta(hours=1)  # before the announced end, of which one person alone takes nothing


def pause_consultation(key: str, *, reason_de: str, reason_en: str, by: int | None = None) -> None:
    """Pause: accept no submission until the consultation is resumed. Boards stay; voters read the reason.

    By one admin it ends by itself (see `alone_until`); raises Refused if there is no time left for that.
    """
    with transaction():
        consultation, head = locked(key)
        if consultation.status != Status.OPEN:
            raise Conflict(_l("Only an open consultation can be paused."))
        until = alone_until(consultation)
        if by is not None and until <= clock():
            raise Refused(
                _l(
                    "One admin alone pauses for 24 hours in all, and not in the hour before the announced end. "
                    "Propose a long pause instead."
                )
            )
        _stop(consultation, reason_de, reason_en)
        consultation.paused_until = until if by is not None else None
        append(head, EntryKind.PAUSED, {})
        record(Event.CONSULTATION_PAUSED, by=by, consultation_id=consultation.id)


def keep_paused(consultation: Consultation, head: ChainHead, proposal: Proposal, pair: Pair) -> None:
    """Begin a long pause, or make one of a pause by one admin; part of the caller's transaction."""
    if consultation.status == Status.OPEN:
        _stop(consultation, proposal.reason_de, proposal.reason_en)
    consultation.paused_until = None
    consultation.pause_extends = proposal.extends
    append(head, EntryKind.PAUSED, {**in_pair(pair), "extends": proposal.extends})
    record(Event.CONSULTATION_PAUSED, by=pair[1], consultation_id=consultation.id)


def resume_consultation(key: str, by: int | None = None) -> None:
    """End a pause: accept submissions again. After a long one the announced end is later by the pause."""
    with transaction():
        consultation, head = locked(key)
        if consultation.status != Status.PAUSED:
            raise Conflict(_l("The consultation is not paused; somebody may have resumed it meanwhile."))
        extends, ends = consultation.pause_extends, consultation.closes_at
        lasted = _lasted(consultation)
        consultation.status = Status.OPEN
        consultation.paused_until, consultation.pause_extends = None, False
        append(head, EntryKind.RESUMED, {})
        record(Event.CONSULTATION_RESUMED, by=by, consultation_id=consultation.id)
        if extends and ends is not None:
            keep_former_texts(consultation, None, {"closes_at": ends.isoformat()}, by)
            consultation.closes_at = _next_minute(ends + lasted)
            append(head, EntryKind.EXTENDED, {"closes_at": consultation.closes_at.isoformat()})
            record(Event.END_EXTENDED, by=by, consultation_id=consultation.id)


def alone_until(consultation: Consultation) -> datetime:
    """Until when one admin alone may pause an open consultation now; the past if there is no time left."""
    latest = clock() + ALONE - _paused_alone(consultation)
    return latest if consultation.closes_at is None else min(latest, consultation.closes_at - LAST)


def _stop(consultation: Consultation, reason_de: str, reason_en: str) -> None:
    consultation.status = Status.PAUSED
    consultation.pause_reason_de, consultation.pause_reason_en = reason_de, reason_en


def _paused_alone(consultation: Consultation) -> timedelta:
    """How long pauses by one admin have lasted in all, those that two have made long counted until then."""
    took, since = timedelta(0), None
    for entry in entries_of_kinds(consultation.id, (EntryKind.PAUSED, EntryKind.RESUMED)):
        if since is not None:
            took, since = took + (entry.recorded_at - since), None
        elif entry.kind == EntryKind.PAUSED and "by" not in json.loads(entry.payload):
            since = entry.recorded_at
    return took


def _lasted(consultation: Consultation) -> timedelta:
    """How long the present pause has lasted, from when the first of two, or one alone, began it."""
    since = None
    for entry in entries_of_kinds(consultation.id, (EntryKind.PAUSED, EntryKind.RESUMED)):
        since = None if entry.kind == EntryKind.RESUMED else since or entry.recorded_at
    now = clock()
    return now - (since or now)


def _next_minute(moment: datetime) -> datetime:
    whole = moment.replace(second=0, microsecond=0)
    return whole if whole == moment else whole + timedelta(minutes=1)
