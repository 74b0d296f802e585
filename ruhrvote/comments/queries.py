"""Reads of the discussion; the number of SQL statements does not depend on the number of comments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload, selectinload

from ruhrvote.accounts.models import Account, Membership, Organisation
from ruhrvote.accounts.queries import TEAM
from ruhrvote.comments.models import Agreement, Attribution, Comment, CommentKind, DiscussionRules, State
from ruhrvote.db import Page, count, db, page_of, window
from ruhrvote.errors import Unknown
from ruhrvote.ideas.models import Idea

PER_PAGE = 20
REPLIES_SHOWN = 5  # below each comment; its own page has the others


class Sort(StrEnum):
    """The order of the comments on an idea."""

    NEWEST = "newest"
    AGREEMENT = "agreement"
    UNANSWERED = "unanswered"  # only the questions that no chamber has answered


@dataclass(frozen=True)
class Thread:
    """A comment, its replies that are shown, the number of all, and whether a chamber has replied officially."""

    comment: Comment
    replies: Sequence[Comment]
    total: int
    answered: bool


_Reply = aliased(Comment)
PUBLISHED = Comment.state == State.PUBLISHED
ANSWERED = (
    exists()
    .where(_Reply.parent_id == Comment.id, _Reply.attribution == Attribution.OFFICIAL, _Reply.state == State.PUBLISHED)
    .correlate(Comment)
)
OPEN_QUESTION = and_(PUBLISHED, Comment.kind == CommentKind.QUESTION, ~ANSWERED)
WITH_AUTHOR = (joinedload(Comment.organisation).joinedload(Organisation.municipality),)


def visible_to(organisation_id: int | None) -> ColumnElement[bool]:
    """The condition for comments that an organisation may see.

    These are published comments, deleted ones with a published reply (as a placeholder), and the organisation's own
    waiting or hidden ones.
    """
    replied = exists().where(_Reply.parent_id == Comment.id, _Reply.state == State.PUBLISHED).correlate(Comment)
    own = and_(Comment.organisation_id == organisation_id, Comment.state.in_((State.WAITING, State.HIDDEN)))
    placeholder = and_(Comment.state != State.PUBLISHED, replied)
    return or_(PUBLISHED, placeholder) if organisation_id is None else or_(PUBLISHED, own, placeholder)


def threads_on(
    idea_id: int,
    organisation_id: int | None = None,
    *,
    sort: Sort = Sort.NEWEST,
    kind: str = "",
    number: int = 1,
) -> Page[Thread]:
    """One page of the threads on an idea as this organisation may see them, and the number of all threads."""
    wanted = [Comment.idea_id == idea_id, Comment.parent_id.is_(None), visible_to(organisation_id)]
    if kind:
        wanted.append(Comment.kind == kind)
    if sort == Sort.UNANSWERED:
        wanted.append(OPEN_QUESTION)
    order = (Comment.agreements.desc(), Comment.id.desc()) if sort == Sort.AGREEMENT else (Comment.id.desc(),)
    chosen = select(Comment).where(*wanted)
    shown = chosen.add_columns(ANSWERED).options(*WITH_AUTHOR).order_by(*order)
    rows = db.session.execute(window(shown, number, PER_PAGE)).all()
    return Page(_threads(rows, organisation_id), number, PER_PAGE, count(chosen))


def thread(comment_id: int, organisation_id: int | None, number: int = 1) -> Thread:
    """A comment with one page of its replies."""
    rows = db.session.execute(select(Comment, ANSWERED).where(Comment.id == comment_id).options(*WITH_AUTHOR)).all()
    first = (number - 1) * PER_PAGE
    return _threads(rows, organisation_id, first, first + PER_PAGE)[0]


def _threads(
    rows: Iterable[Any], organisation_id: int | None, first: int = 0, last: int = REPLIES_SHOWN
) -> list[Thread]:
    """Comments with their replies from `first` to `last`: official replies first, then the oldest first."""
    parents = [(comment, answered) for comment, answered in rows]
    official = (Comment.attribution != Attribution.OFFICIAL, Comment.id)
    numbered = (
        select(
            Comment.id,
            func.row_number().over(partition_by=Comment.parent_id, order_by=official).label("place"),
            func.count().over(partition_by=Comment.parent_id).label("total"),
        )
        .where(Comment.parent_id.in_([comment.id for comment, _ in parents]), visible_to(organisation_id))
        .subquery()
    )
    replies: dict[int | None, list[Comment]] = defaultdict(list)
    totals: dict[int | None, int] = {}
    shown = (
        select(Comment, numbered.c.total)
        .join(numbered, numbered.c.id == Comment.id)
        .where(numbered.c.place > first, numbered.c.place <= last)
        .options(*WITH_AUTHOR)
        .order_by(Comment.parent_id, numbered.c.place)
    )
    for reply, total in db.session.execute(shown):
        replies[reply.parent_id].append(reply)
        totals[reply.parent_id] = total
    return [Thread(comment, replies[comment.id], totals.get(comment.id, 0), answered) for comment, answered in parents]


def agreed_with(organisation_id: int, comment_ids: Collection[int]) -> set[int]:
    """The ids of those of these comments with which the organisation agrees."""
    return set(
        db.session.scalars(
            select(Agreement.comment_id).where(
                Agreement.organisation_id == organisation_id, Agreement.comment_id.in_(comment_ids)
            )
        )
    )


def get_comment(idea_id: int, comment_id: int, organisation_id: int | None) -> Comment:
    """A comment on an idea, with its author; raises Unknown unless this organisation may see it."""
    comment = db.session.scalar(
        select(Comment)
        .where(Comment.id == comment_id, Comment.idea_id == idea_id, visible_to(organisation_id))
        .options(*WITH_AUTHOR, joinedload(Comment.parent))
    )
    if comment is None:
        raise Unknown(_l("This comment does not exist any more."))
    return comment


def written_by(reader: Account, comment: type[Comment]) -> ColumnElement[bool]:
    """The condition for comments that somebody may know to be their organisation's.

    A comment need not show its author. The people of a chamber write for it; others know what their circle wrote.
    """
    ours = comment.organisation_id == reader.organisation_id
    if reader.role not in TEAM:
        return ours
    return and_(ours, comment.account_id.in_(select(Account.id).where(Account.circle == reader.circle)))


def own_comments(consultation_id: int, reader: Account, number: int = 1) -> Page[Comment]:
    """One page of the comments of somebody's circle that are not deleted, newest first, and the number of all."""
    wanted = (
        select(Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(
            Idea.consultation_id == consultation_id,
            written_by(reader, Comment),
            Comment.state != State.DELETED,
        )
    )
    return _page(wanted, number)


def replies_to(consultation_id: int, reader: Account) -> Sequence[Comment]:
    """The latest hundred published replies of others to the comments of somebody's circle, newest first."""
    parent = aliased(Comment)
    return db.session.scalars(
        select(Comment)
        .join(parent, parent.id == Comment.parent_id)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(
            Idea.consultation_id == consultation_id,
            written_by(reader, parent),
            Comment.organisation_id != reader.organisation_id,
            PUBLISHED,
        )
        .options(*WITH_AUTHOR, joinedload(Comment.parent), joinedload(Comment.idea))
        .order_by(Comment.id.desc())
        .limit(100)
    ).all()


def open_questions(consultation_id: int, chamber_id: int | None = None, number: int = 1) -> Page[Comment]:
    """One page of the questions without an official reply, of a chamber's members or of all, oldest first."""
    wanted = (
        select(Comment)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(Idea.consultation_id == consultation_id, OPEN_QUESTION)
    )
    if chamber_id is not None:
        wanted = wanted.where(Comment.organisation_id.in_(members_of(chamber_id)))
    return _page(wanted, number, newest_first=False)


def members_of(chamber_id: int) -> Select[int]:
    """A subquery for the ids of a chamber's members, without the chamber itself."""
    return select(Membership.organisation_id).where(Membership.chamber_id == chamber_id)


def _page(wanted: Select[Comment], number: int, *, newest_first: bool = True) -> Page[Comment]:
    wanted = wanted.options(*WITH_AUTHOR, selectinload(Comment.idea))
    return page_of(wanted.order_by(Comment.id.desc() if newest_first else Comment.id), number, PER_PAGE)


def approves_first(consultation_id: int) -> bool:
    """Whether comments of a consultation need a moderator's approval."""
    return bool(
        db.session.scalar(
            select(DiscussionRules.approve_first).where(DiscussionRules.consultation_id == consultation_id)
        )
    )


def written_since(account_id: int, since: datetime) -> int:
    """How many comments and replies a person has written since a moment, deleted ones included."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Comment)
            .where(Comment.account_id == account_id, Comment.written_at > since)
        )
        or 0
    )


def find_same(comment: Comment, since: datetime) -> Comment | None:
    """A comment equal to this one (person, thread, text, attribution) that was written since a moment, or None."""
    alike = (Comment.idea_id, Comment.parent_id, Comment.kind, Comment.attribution, Comment.text)
    same = [column.is_not_distinct_from(getattr(comment, column.key)) for column in alike]
    recent = (Comment.account_id == comment.account_id, Comment.written_at > since)
    return db.session.scalars(select(Comment).where(*recent, *same).limit(1)).first()
