"""Reads of consultations and rolls."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from ruhrvote.accounts.models import Account, Membership, Role
from ruhrvote.consultations.models import Consultation, RollEntry, Status
from ruhrvote.db import database_now, db
from ruhrvote.errors import Unknown

VISIBLE = (Status.OPEN, Status.CLOSED, Status.PUBLISHED)


def get_consultation(key: str, drafts: bool = False) -> Consultation:
    """The consultation with this key; raises Unknown if there is none or it is a draft."""
    consultation = db.session.scalar(select(Consultation).where(Consultation.key == key))
    if consultation is None or (consultation.status == Status.DRAFT and not drafts):
        raise Unknown(_l("There is no consultation at this address."))
    return consultation


def consultations(drafts: bool = False) -> Sequence[Consultation]:
    """All consultations: open ones first, then drafts, then the newest."""
    query = select(Consultation).order_by(
        Consultation.status != Status.OPEN, Consultation.status != Status.DRAFT, Consultation.id.desc()
    )
    return db.session.scalars(query if drafts else query.where(Consultation.status.in_(VISIBLE))).all()


def current_consultation() -> Consultation | None:
    """The consultation that a visitor most likely came for: the newest open one, else the newest that ended."""
    visible = consultations()
    return visible[0] if visible else None


def due_to_close() -> Sequence[str]:
    """Keys of the open consultations whose last moment is over by the database's clock."""
    return db.session.scalars(
        select(Consultation.key).where(Consultation.status == Status.OPEN, Consultation.closes_at <= database_now())
    ).all()


def roll_entry(consultation_id: int, organisation_id: int) -> RollEntry | None:
    """The organisation's place on the roll, or None if it may not take part."""
    return db.session.get(RollEntry, (consultation_id, organisation_id))


def eligible_by_group(consultation_id: int) -> dict[str, int]:
    """How many organisations of each group may take part."""
    rows = db.session.execute(
        select(RollEntry.group, func.count())
        .where(RollEntry.consultation_id == consultation_id)
        .group_by(RollEntry.group)
    )
    return {group: count for group, count in rows}


def eligible_members(consultation_id: int, chamber_id: int) -> int:
    """How many members of a chamber may take part."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(RollEntry)
            .join(Membership, Membership.organisation_id == RollEntry.organisation_id)
            .where(RollEntry.consultation_id == consultation_id, Membership.chamber_id == chamber_id)
        )
        or 0
    )


def may_see_drafts(account: Account | None) -> bool:
    """Whether this person prepares consultations."""
    return account is not None and account.role == Role.CONSULTATION_ADMIN
