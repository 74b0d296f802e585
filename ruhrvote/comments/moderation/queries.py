"""Reads for those who moderate: everything for a consultation admin, the own chamber's members for a chamber.

A comment under a label stays under it here: its organisation is named to nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import joinedload, selectinload

from ruhrvote.accounts.models import Account, Role
from ruhrvote.comments.models import Comment, EarlierText, Report, State
from ruhrvote.comments.queries import PER_PAGE, WITH_AUTHOR, members_of
from ruhrvote.db import db
from ruhrvote.errors import Unknown
from ruhrvote.ideas.models import Idea

REPORTED = exists().where(Report.comment_id == Comment.id, Report.settled_at.is_(None)).correlate(Comment)


class Show(StrEnum):
    """Which comments the queue shows."""

    TO_DECIDE = "to_decide"
    WAITING = "waiting"
    REPORTED = "reported"
    HIDDEN = "hidden"
    ALL = "all"


FILTERS: dict[Show, ColumnElement[bool]] = {
    Show.TO_DECIDE: or_(Comment.state == State.WAITING, REPORTED),
    Show.WAITING: Comment.state == State.WAITING,
    Show.REPORTED: REPORTED,
    Show.HIDDEN: Comment.state == State.HIDDEN,
    Show.ALL: true(),
}


@dataclass(frozen=True)
class Case:
    """A comment as a moderator judges it."""

    comment: Comment
    reports: Sequence[Report]
    earlier: Sequence[EarlierText]


def within_reach(account: Account) -> ColumnElement[bool]:
    """The comments that an account may moderate."""
    if account.role == Role.CONSULTATION_ADMIN:
        return true()
    own = account.organisation_id
    return or_(Comment.organisation_id == own, Comment.organisation_id.in_(members_of(own)))


def queue(
    consultation_id: int, account: Account, show: Show, idea: int | None, page: int
) -> tuple[Sequence[Case], int]:
    """One page of the comments to moderate, those that wait longest first, and how many there are."""
    wanted = [
        Idea.consultation_id == consultation_id,
        Comment.state != State.DELETED,
        within_reach(account),
        FILTERS[show],
    ]
    if idea is not None:
        wanted.append(Idea.number == idea)
    chosen = select(Comment).join(Idea, Idea.id == Comment.idea_id).where(*wanted)
    total = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    first = Comment.id if show in (Show.TO_DECIDE, Show.WAITING, Show.REPORTED) else Comment.id.desc()
    rows = db.session.scalars(
        chosen.options(*WITH_AUTHOR, selectinload(Comment.idea))
        .order_by(first)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    reports = _reports([comment.id for comment in rows])
    return [Case(comment, [r for r in reports if r.comment_id == comment.id], ()) for comment in rows], total


def waiting_for(consultation_id: int, account: Account) -> int:
    """How many comments this account has to decide on."""
    chosen = (
        select(func.count())
        .select_from(Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(
            Idea.consultation_id == consultation_id,
            Comment.state != State.DELETED,
            within_reach(account),
            FILTERS[Show.TO_DECIDE],
        )
    )
    return db.session.scalar(chosen) or 0


def get_case(consultation_id: int, comment_id: int, account: Account) -> Case:
    """A comment within the account's reach, with its reports and earlier texts; raises Unknown otherwise."""
    comment = db.session.scalar(
        select(Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(
            Comment.id == comment_id,
            Idea.consultation_id == consultation_id,
            Comment.state != State.DELETED,
            within_reach(account),
        )
        .options(*WITH_AUTHOR, joinedload(Comment.idea), joinedload(Comment.parent))
    )
    if comment is None:
        raise Unknown(_l("This comment does not exist any more."))
    earlier = db.session.scalars(
        select(EarlierText).where(EarlierText.comment_id == comment_id).order_by(EarlierText.id)
    ).all()
    return Case(comment, _reports([comment_id]), earlier)


def _reports(comment_ids: Sequence[int]) -> Sequence[Report]:
    return db.session.scalars(select(Report).where(Report.comment_id.in_(comment_ids)).order_by(Report.id)).all()
