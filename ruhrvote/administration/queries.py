"""Reads that the admins' pages put together from several features."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select

from ruhrvote.accounts.models import Account, Membership, Organisation, Role
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db

# Events whose object is a person's account.
ABOUT_PEOPLE = frozenset(
    {
        Event.ACCOUNT_CREATED,
        Event.ACCOUNT_REMOVED,
        Event.ACCOUNT_ERASED,
        Event.SIGNATORY_CHANGED,
        Event.FIRST_PLACE_HANDED_OVER,
    }
)


def trail_within_reach(account: Account) -> ColumnElement[bool] | None:
    """What an admin may see of the audit trail: the own chamber and its members, or (None) everything."""
    if account.role == Role.CONSULTATION_ADMIN:
        return None
    own = account.organisation_id
    members = select(Membership.organisation_id).where(Membership.chamber_id == own)
    return or_(AuditEntry.organisation_id == own, AuditEntry.organisation_id.in_(members))


def done_by(person: str) -> ColumnElement[bool]:
    """Entries of the audit trail by people whose name contains this text."""
    return AuditEntry.account_id.in_(select(Account.id).where(Account.person.icontains(person, autoescape=True)))


def names_in_trail(entries: Sequence[AuditEntry]) -> dict[str, dict[int, str]]:
    """What the numbers in these entries are called today: people, organisations and consultations."""
    concerned = {entry.object_id for entry in entries if entry.event in ABOUT_PEOPLE}
    wanted = (
        ("people", Account.id, Account.person, concerned | {entry.account_id for entry in entries}),
        ("organisations", Organisation.id, Organisation.name, {entry.organisation_id for entry in entries}),
        ("consultations", Consultation.id, Consultation.key, {entry.consultation_id for entry in entries}),
    )
    return {
        kind: {number: name for number, name in db.session.execute(select(key, text).where(key.in_(numbers)))}
        for kind, key, text, numbers in wanted
    }
