"""Reads of consultations and rolls."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.models import Account, Membership, Organisation, Role
from ruhrvote.consultations.models import (
    Consultation,
    Proposal,
    RollEntry,
    Status,
    Step,
    TextVersion,
    WaitingBallot,
)
from ruhrvote.db import database_now, db
from ruhrvote.errors import Unknown

VISIBLE = tuple(status for status in Status if status != Status.DRAFT)


def get_consultation(key: str, drafts: bool = False) -> Consultation:
    """The consultation with this key; raises Unknown if there is none, or if it is a draft and `drafts` is false."""
    consultation = db.session.scalar(select(Consultation).where(Consultation.key == key))
    if consultation is None or (consultation.status == Status.DRAFT and not drafts):
        raise Unknown(_l("There is no consultation at this address."))
    return consultation


def consultations(drafts: bool = False) -> Sequence[Consultation]:
    """All consultations, with drafts if wanted: open ones first, then drafts, then the others, newest first."""
    query = select(Consultation).order_by(
        Consultation.status != Status.OPEN, Consultation.status != Status.DRAFT, Consultation.id.desc()
    )
    return db.session.scalars(query if drafts else query.where(Consultation.status.in_(VISIBLE))).all()


def current_consultation() -> Consultation | None:
    """The consultation that the start page shows: the newest open one, else the newest that has ended, else None."""
    visible = consultations()
    return visible[0] if visible else None


def due() -> Sequence[tuple[str, bool]]:
    """The keys of consultations to open or close now, by the database's clock, each with whether it is to be opened."""
    opens = (Consultation.status == Status.DRAFT) & (Consultation.opens_at <= database_now())
    runs = Consultation.status.in_((Status.OPEN, Status.PAUSED))
    # While a long pause goes on, the end moves with it.
    moves = (Consultation.status == Status.PAUSED) & Consultation.pause_extends
    closes = runs & ~moves & (Consultation.closes_at <= database_now())
    rows = db.session.execute(select(Consultation.key, Consultation.status).where(opens | closes))
    return [(key, status == Status.DRAFT) for key, status in rows]


def over_pauses() -> Sequence[str]:
    """The keys of consultations whose pause by one admin is over now, by the database's clock."""
    over = (Consultation.status == Status.PAUSED) & (Consultation.paused_until <= database_now())
    return db.session.scalars(select(Consultation.key).where(over)).all()


def find_proposal(consultation_id: int) -> Proposal | None:
    """The proposal of a consultation that is not carried out yet, or None."""
    return db.session.scalar(
        select(Proposal)
        .where(Proposal.consultation_id == consultation_id, Proposal.object_id == 0)
        .options(joinedload(Proposal.proposer))
    )


def confirmed_steps() -> Sequence[tuple[str, Step, tuple[int, int]]]:
    """The confirmed steps for the worker: the consultation's key, the step, and who proposed and confirmed it."""
    rows = db.session.execute(
        select(Consultation.key, Proposal.step, Proposal.proposed_by, Proposal.confirmed_by)
        .join(Proposal, Proposal.consultation_id == Consultation.id)
        .where(Proposal.confirmed_by.is_not(None), Proposal.fault == "")
    )
    return [(key, Step(step), (proposer, confirmer)) for key, step, proposer, confirmer in rows if confirmer]


def text_versions(consultation_id: int, idea_number: int | None = None) -> Sequence[TextVersion]:
    """The former texts of a consultation, or of one of its ideas; the latest change first."""
    return db.session.scalars(
        select(TextVersion)
        .where(
            TextVersion.consultation_id == consultation_id, TextVersion.idea_number.is_not_distinct_from(idea_number)
        )
        .order_by(TextVersion.id.desc())
    ).all()


def kinds_of_organisations() -> dict[str, int]:
    """How many organisations of each kind would be on the roll if a consultation opened now."""
    rows = db.session.execute(select(Organisation.kind, func.count()).group_by(Organisation.kind))
    return {kind: count for kind, count in rows}


def roll_entry(consultation_id: int, organisation_id: int) -> RollEntry | None:
    """The organisation's entry on the roll, or None if it may not take part."""
    return db.session.get(RollEntry, (consultation_id, organisation_id))


def waiting_by_group(consultation_id: int) -> dict[str, int]:
    """How many first ballots of each group wait for their release; groups without any are left out."""
    rows = db.session.execute(
        select(WaitingBallot.group, func.count())
        .where(WaitingBallot.consultation_id == consultation_id)
        .group_by(WaitingBallot.group)
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


def consultation_for(key: str, account: Account) -> Consultation:
    """The consultation with this key as far as this person may see it; raises Unknown for somebody else's draft."""
    return get_consultation(key, drafts=may_see_drafts(account))


def may_see_drafts(account: Account | None) -> bool:
    """Whether this person may see drafts: consultation admins may."""
    return account is not None and account.role == Role.CONSULTATION_ADMIN
