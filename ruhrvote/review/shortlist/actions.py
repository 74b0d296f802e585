"""Writes of shortlists; each public function is one use case and one commit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.models import Account
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db, insert_if_missing, transaction
from ruhrvote.errors import Refused
from ruhrvote.ideas.queries import get_idea
from ruhrvote.review.shortlist.models import OutcomeStatus, ShortlistEntry
from ruhrvote.review.shortlist.queries import get_entry


def put_on_shortlist(consultation: Consultation, account: Account, number: int) -> None:
    """Put an idea on the chamber's shortlist; idempotent."""
    consultation_id, chamber_id, account_id = consultation.id, account.organisation_id, account.id
    with transaction():
        idea = get_idea(consultation_id, number)
        insert_if_missing(
            ShortlistEntry,
            ["chamber_id", "idea_id"],
            consultation_id=consultation_id,
            chamber_id=chamber_id,
            idea_id=idea.id,
            changed_at=clock(),
        )
        record(
            Event.SHORTLIST_CHANGED,
            by=account_id,
            organisation_id=chamber_id,
            consultation_id=consultation_id,
            object_id=idea.id,
            idea=number,
            step=str(OutcomeStatus.NOTED),
        )


def save_entry(
    consultation: Consultation,
    account: Account,
    number: int,
    *,
    step: OutcomeStatus,
    note: str,
    outcome: str,
    published: bool,
) -> None:
    """Save status, note and public text of an idea; raises Refused for publishing before the close."""
    consultation_id, ended = consultation.id, consultation.closed_at is not None
    chamber_id, account_id = account.organisation_id, account.id
    if published and not ended:
        raise Refused(_l("While votes come in, a chamber's decisions are not published. Publish this after the close."))
    with transaction():
        entry = get_entry(consultation_id, chamber_id, number)
        entry.step, entry.note, entry.outcome, entry.changed_at = step, note, outcome, clock()
        entry.published_at = (entry.published_at or clock()) if published else None
        record(
            Event.SHORTLIST_CHANGED,
            by=account_id,
            organisation_id=chamber_id,
            consultation_id=consultation_id,
            object_id=entry.idea_id,
            idea=number,
            step=str(step),
            published=published,
        )


def take_off_shortlist(consultation: Consultation, account: Account, number: int) -> None:
    """Remove an idea from the chamber's shortlist, with its note and its published text."""
    consultation_id, chamber_id, account_id = consultation.id, account.organisation_id, account.id
    with transaction():
        entry = get_entry(consultation_id, chamber_id, number)
        idea_id = entry.idea_id
        db.session.delete(entry)
        record(
            Event.SHORTLIST_CHANGED,
            by=account_id,
            organisation_id=chamber_id,
            consultation_id=consultation_id,
            object_id=idea_id,
            idea=number,
            removed=True,
        )
