"""Reads: the consultation admins, and which two of them may take a step that needs two."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.admins.models import AdminProposal
from ruhrvote.accounts.models import Account, Role
from ruhrvote.accounts.queries import is_demo, token_hash
from ruhrvote.accounts.typed_codes import read_long_code
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.db import clock, database_now, db
from ruhrvote.errors import Refused

WAITS = timedelta(days=7)  # so long after joining a new admin confirms nothing
# What makes one person's account depend on another person; the audit trail keeps each with both numbers.
IN_THE_HAND_OF = (Event.ACCOUNT_CREATED, Event.ADMIN_CONFIRMED, Event.FACTORS_RESET)

THEMSELVES = _l("You have proposed this yourself. Another consultation admin must confirm it.")
NEW = _l("New consultation admins confirm nothing for seven days. Another one must confirm it.")
DEPENDENT = _l(
    "One of you two has made, confirmed or reset the other’s account, so you do not count as two. "
    "Another consultation admin must confirm it."
)


def consultation_admins() -> Sequence[Account]:
    """All consultation admins, the first ones first."""
    there = (Account.role == Role.CONSULTATION_ADMIN) & Account.removed_at.is_(None)
    return db.session.scalars(
        select(Account).where(there).order_by(Account.id).options(joinedload(Account.organisation))
    ).all()


def proposals() -> Sequence[AdminProposal]:
    """Who is proposed, or invited and has not come yet."""
    return db.session.scalars(
        select(AdminProposal)
        .where(AdminProposal.expires_at > database_now())
        .order_by(AdminProposal.id)
        .options(joinedload(AdminProposal.organisation), joinedload(AdminProposal.proposer))
    ).all()


def find_invited(secret: str) -> AdminProposal | None:
    """The confirmed proposal with this token or code, or None."""
    known = or_(
        AdminProposal.token_hash == token_hash(secret.strip()),
        AdminProposal.code_hash == token_hash(read_long_code(secret)),
    )
    return db.session.scalar(
        select(AdminProposal)
        .where(known, AdminProposal.confirmed_by.is_not(None), AdminProposal.expires_at > database_now())
        .options(joinedload(AdminProposal.organisation))
    )


def confirms_from(account: Account) -> datetime | None:
    """When an admin whom others have made may confirm something; None for one who may now, or in a demonstration."""
    if is_demo():
        return None
    made = _of(account, (Event.ACCOUNT_CREATED,), AuditEntry.account_id.is_not(None))
    begins = account.created_at + WAITS
    return begins if made and begins > clock() else None


def why_not(proposer_id: int, confirmer_id: int) -> LazyString | None:
    """Why these two may not take a step that needs two, or None: they are two only if neither has made the other."""
    if proposer_id == confirmer_id:
        return THEMSELVES
    proposer, confirmer = (db.session.get_one(Account, number) for number in (proposer_id, confirmer_id))
    if confirms_from(confirmer) is not None:
        return NEW
    for one, other in ((proposer, confirmer), (confirmer, proposer)):
        if _of(other, IN_THE_HAND_OF, AuditEntry.account_id == one.id):
            return DEPENDENT
    return None


def require_two(proposer_id: int, confirmer_id: int) -> None:
    """Raise Refused, with what to do, unless these two may take a step that needs two."""
    obstacle = why_not(proposer_id, confirmer_id)
    if obstacle is not None:
        raise Refused(obstacle)


def two_can_act() -> bool:
    """Whether any two of the admins may take a step that needs two; else the command line makes another one."""
    numbers = [account.id for account in consultation_admins()]
    # Who is new waits for a week, and no longer.
    return any((obstacle := why_not(*pair)) is None or obstacle is NEW for pair in combinations(numbers, 2))


def _of(account: Account, events: Sequence[Event], by) -> bool:  # type: ignore[no-untyped-def]
    """Whether the trail has one of these events about an account; by its organisation, which is an index."""
    about = (AuditEntry.organisation_id == account.organisation_id) & (AuditEntry.object_id == account.id)
    entry = select(AuditEntry.id).where(about, AuditEntry.event.in_(events), by)
    return db.session.scalar(entry.limit(1)) is not None
