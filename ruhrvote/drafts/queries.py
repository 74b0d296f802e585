"""Reads of drafts and their history."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.models import Account
from ruhrvote.ballots.actions import Voter
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.models import RollEntry
from ruhrvote.db import Page, db, page_of
from ruhrvote.drafts.models import ChangeKind, Draft, DraftChange

UNDOABLE = 10  # the last moves of a person that can be undone, one after the other


def find_draft(consultation_id: int, reader: Account) -> Draft | None:
    """The draft of somebody's circle with the account that changed it last, or None if there is no draft."""
    own = (consultation_id, reader.organisation_id, reader.circle)
    return db.session.get(Draft, own, options=[joinedload(Draft.account)])


def find_undoable(voter: Voter, answer: int) -> DraftChange | None:
    """The person's latest move among the ideas with this answer that is not undone, within the last UNDOABLE moves."""
    latest = db.session.scalars(
        select(DraftChange)
        .where(
            DraftChange.consultation_id == voter.consultation_id,
            DraftChange.organisation_id == voter.organisation_id,
            DraftChange.account_id == voter.account_id,
            DraftChange.kind == ChangeKind.MOVE,
            DraftChange.before.startswith(str(answer)),
        )
        .order_by(DraftChange.id.desc())
        .limit(UNDOABLE)
    )
    return next((change for change in latest if not change.undone), None)


def latest_changes(consultation_id: int, reader: Account) -> dict[int, DraftChange]:
    """The latest change of each idea in the own draft with the account that made it, by the idea's position."""
    latest = (
        select(func.max(DraftChange.id)).where(_of_own_draft(consultation_id, reader)).group_by(DraftChange.position)
    )
    changes = db.session.scalars(
        select(DraftChange).where(DraftChange.id.in_(latest)).options(joinedload(DraftChange.account))
    )
    return {change.position: change for change in changes}


def history(consultation_id: int, reader: Account, number: int, size: int = 50) -> Page[DraftChange]:
    """One page of the own draft's history, newest first, and the number of all changes."""
    changes = (
        select(DraftChange)
        .where(_of_own_draft(consultation_id, reader))
        .options(joinedload(DraftChange.account))
        .order_by(DraftChange.id.desc())
    )
    return page_of(changes, number, size)


def _of_own_draft(consultation_id: int, reader: Account) -> ColumnElement[bool]:
    return and_(
        DraftChange.consultation_id == consultation_id,
        DraftChange.organisation_id == reader.organisation_id,
        DraftChange.circle == reader.circle,
    )


def begun_by_group(consultation_id: int) -> dict[str, int]:
    """How many organisations of each group have a draft and no ballot that counts."""
    has_ballot = exists().where(
        Ballot.consultation_id == Draft.consultation_id,
        Ballot.organisation_id == Draft.organisation_id,
        BallotVersion.ballot_id == Ballot.id,
        BallotVersion.version == Ballot.counting_version,
        BallotVersion.ranking != "",
    )
    rows = db.session.execute(
        select(RollEntry.group, func.count(Draft.organisation_id.distinct()))
        .join(
            Draft,
            (Draft.consultation_id == RollEntry.consultation_id) & (Draft.organisation_id == RollEntry.organisation_id),
        )
        .where(RollEntry.consultation_id == consultation_id, ~has_ballot)
        .group_by(RollEntry.group)
    )
    return {group: count for group, count in rows}
