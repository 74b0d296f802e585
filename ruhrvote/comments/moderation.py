"""Moderation: its decisions and its queue. Each decision is in the audit trail and settles the comment's reports.

The audit trail names the organisation that decided, never that of the author, who may be shown by a label only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists, func, or_, select, true, update
from sqlalchemy.orm import joinedload, selectinload

from ruhrvote.accounts.access import reach_of
from ruhrvote.accounts.models import Account
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.comments.models import Comment, DiscussionRules, EarlierText, Report, State
from ruhrvote.comments.notifications import tell_about
from ruhrvote.comments.queries import PER_PAGE, WITH_AUTHOR
from ruhrvote.db import Page, clock, db, insert, page_of, transaction
from ruhrvote.errors import Conflict, Unknown
from ruhrvote.ideas.models import Idea
from ruhrvote.search.index import Subject, put, remove
from ruhrvote.search.terms import tokens


class QueueFilter(StrEnum):
    """The filters of the moderation queue."""

    TO_DECIDE = "to_decide"
    WAITING = "waiting"
    REPORTED = "reported"
    HIDDEN = "hidden"
    ALL = "all"


REPORTED = exists().where(Report.comment_id == Comment.id, Report.settled_at.is_(None)).correlate(Comment)
FILTERS: dict[QueueFilter, ColumnElement[bool]] = {
    QueueFilter.TO_DECIDE: or_(Comment.state == State.WAITING, REPORTED),
    QueueFilter.WAITING: Comment.state == State.WAITING,
    QueueFilter.REPORTED: REPORTED,
    QueueFilter.HIDDEN: Comment.state == State.HIDDEN,
    QueueFilter.ALL: true(),
}


def hide(comment_id: int, by: Account, reason: str) -> None:
    """Hide a comment with a reason for its author; raises Conflict if it is hidden or deleted already."""
    moderator = _Moderator(by)
    with transaction():
        comment = _locked(comment_id, State.PUBLISHED, State.WAITING)
        comment.state, comment.hidden_because = State.HIDDEN, reason
        remove(Subject.COMMENT, comment.id)
        moderator.settle(Event.COMMENT_HIDDEN, comment)


def publish(comment_id: int, by: Account) -> None:
    """Publish a comment that waits for approval, or a hidden one again; raises Conflict for any other."""
    moderator = _Moderator(by)
    words = tokens(db.session.get_one(Comment, comment_id).text)
    with transaction():
        comment = _locked(comment_id, State.HIDDEN, State.WAITING)
        event = Event.COMMENT_RESTORED if comment.state == State.HIDDEN else Event.COMMENT_APPROVED
        comment.state, comment.hidden_because = State.PUBLISHED, ""
        idea = db.session.get_one(Idea, comment.idea_id)
        put(idea.consultation_id, Subject.COMMENT, comment.id, words)
        if event == Event.COMMENT_APPROVED:
            tell_about(comment)
        moderator.settle(event, comment)


def keep(comment_id: int, by: Account) -> None:
    """Settle the reports of a published comment without changing it; raises Conflict for any other."""
    moderator = _Moderator(by)
    with transaction():
        moderator.settle(Event.COMMENT_KEPT, _locked(comment_id, State.PUBLISHED))


def set_rules(consultation_id: int, by: Account, *, approve_first: bool) -> None:
    """Set whether new comments need a moderator's approval; comments that wait already go on waiting."""
    moderator = _Moderator(by)
    with transaction() as session:
        row = insert(DiscussionRules).values(consultation_id=consultation_id, approve_first=approve_first)
        session.execute(
            row.on_conflict_do_update(index_elements=["consultation_id"], set_={"approve_first": approve_first})
        )
        record(
            Event.DISCUSSION_RULES_SET,
            by=moderator.account_id,
            organisation_id=moderator.organisation_id,
            consultation_id=consultation_id,
            approve_first=approve_first,
        )


class _Moderator:
    """The moderator as plain values, since a new transaction expires all loaded objects."""

    def __init__(self, account: Account):
        self.account_id, self.organisation_id = account.id, account.organisation_id

    def settle(self, event: Event, comment: Comment) -> None:
        """Record a decision in the audit trail and mark the comment's reports as settled."""
        open_reports = (Report.comment_id == comment.id) & Report.settled_at.is_(None)
        db.session.execute(update(Report).where(open_reports).values(settled_at=clock()))
        idea = db.session.get_one(Idea, comment.idea_id)
        record(
            event,
            by=self.account_id,
            organisation_id=self.organisation_id,
            consultation_id=idea.consultation_id,
            object_id=comment.id,
            idea=idea.number,
        )


def _locked(comment_id: int, *states: State) -> Comment:
    comment = db.session.get(Comment, comment_id, with_for_update=True)
    if comment is None or comment.state not in states:
        raise Conflict(_l("Somebody else has decided on this comment, or its author has deleted it."))
    return comment


@dataclass(frozen=True)
class Case:
    """A comment with its reports and earlier texts, for a moderator."""

    comment: Comment
    reports: Sequence[Report]
    earlier: Sequence[EarlierText]


def queue(consultation_id: int, account: Account, show: QueueFilter, idea: int | None, number: int) -> Page[Case]:
    """One page of the moderation queue, oldest first, and the number of all its comments."""
    wanted = [
        Idea.consultation_id == consultation_id,
        Comment.state != State.DELETED,
        reach_of(account).covers(Comment.organisation_id),
        FILTERS[show],
    ]
    if idea is not None:
        wanted.append(Idea.number == idea)
    chosen = select(Comment).join(Idea, Idea.id == Comment.idea_id).where(*wanted)
    first = (
        Comment.id if show in (QueueFilter.TO_DECIDE, QueueFilter.WAITING, QueueFilter.REPORTED) else Comment.id.desc()
    )
    chosen = chosen.options(*WITH_AUTHOR, selectinload(Comment.idea)).order_by(first)
    page = page_of(chosen, number, PER_PAGE)
    reports = _reports([comment.id for comment in page.rows])
    return page.showing(
        [Case(comment, [r for r in reports if r.comment_id == comment.id], ()) for comment in page.rows]
    )


def waiting_for(consultation_id: int, account: Account) -> int:
    """How many comments wait for a decision that this account may make."""
    chosen = (
        select(func.count())
        .select_from(Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(
            Idea.consultation_id == consultation_id,
            Comment.state != State.DELETED,
            reach_of(account).covers(Comment.organisation_id),
            FILTERS[QueueFilter.TO_DECIDE],
        )
    )
    return db.session.scalar(chosen) or 0


def get_case(consultation_id: int, comment_id: int, account: Account) -> Case:
    """The case of a comment that this account may moderate; raises Unknown for any other comment."""
    comment = db.session.scalar(
        select(Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(
            Comment.id == comment_id,
            Idea.consultation_id == consultation_id,
            Comment.state != State.DELETED,
            reach_of(account).covers(Comment.organisation_id),
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
