"""The table of the discussion, attributed as it was published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import joinedload

from ruhrvote.comments.attribution import shown_as
from ruhrvote.comments.models import Comment
from ruhrvote.comments.queries import OPEN_QUESTION, PUBLISHED, WITH_AUTHOR
from ruhrvote.comments.texts import KINDS
from ruhrvote.db import db
from ruhrvote.exports.tables.scope import Asked, in_parts
from ruhrvote.files.table import Column, Format, Row, Table
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.web import TIME_ZONE, localised

COLUMNS = (
    Column("number", _l("Comment"), Format.WHOLE),
    Column("in_reply_to", _l("In reply to"), Format.WHOLE, _l("The number of the comment that this one replies to.")),
    Column("theme", _l("Theme")),
    Column("idea_number", _l("Number"), Format.WHOLE),
    Column("idea", _l("Idea")),
    Column("kind", _l("Kind")),
    Column("shown_as", _l("Shown as"), about=_l("The name or label under which everybody sees it.")),
    Column("official", _l("Official reply"), Format.FLAG),
    # Without a time: next to a label, a time could point at who was there.
    Column("written_on", _l("Written on"), Format.DAY),
    Column("edited", _l("Edited"), Format.FLAG),
    Column("agreements", _l("Agreements"), Format.WHOLE),
    Column("open_question", _l("Open question"), Format.FLAG),
    Column("text", _l("Text")),
)
_ORDER = (Theme.position, Idea.position, func.coalesce(Comment.parent_id, Comment.id), Comment.id)
_BEFORE_ALL = (-1, -1, 0, 0)


def comments_table(asked: Asked) -> Table:
    """All published comments by theme and idea, each before its replies; or those on the theme or idea asked for."""
    wanted = [Idea.consultation_id == asked.consultation.id, PUBLISHED]
    if asked.theme:
        wanted.append(Theme.key == asked.theme)
    if asked.idea is not None:
        wanted.append(Idea.number == asked.idea)
    query = (
        select(Comment, OPEN_QUESTION)
        .join(Idea, Idea.id == Comment.idea_id)
        .join(Theme, Theme.id == Idea.theme_id)
        .where(*wanted)
        .options(*WITH_AUTHOR, joinedload(Comment.idea).joinedload(Idea.theme))
        .order_by(*_ORDER)
    )
    total = db.session.scalar(
        select(func.count(Comment.id))
        .join(Idea, Idea.id == Comment.idea_id)
        .join(Theme, Theme.id == Idea.theme_id)
        .where(*wanted)
    )
    rows = in_parts(lambda last: query.where(tuple_(*_ORDER) > tuple_(*last)), _BEFORE_ALL, _place, _rows)
    return Table("comments", _l("Comments"), COLUMNS, rows, total or 0)


def _place(found: Any) -> tuple[int, int, int, int]:
    comment: Comment = found[0]
    return (comment.idea.theme.position, comment.idea.position, comment.thread_id, comment.id)


def _rows(found: Sequence[Any]) -> list[Row]:
    return [_row(comment, open_question) for comment, open_question in found]


def _row(comment: Comment, open_question: bool) -> Row:
    return [
        comment.id,
        comment.parent_id,
        localised(comment.idea.theme, "name"),
        comment.idea.number,
        localised(comment.idea, "short"),
        str(KINDS[comment.kind]) if comment.kind else _("Reply to a comment"),
        shown_as(comment),
        comment.is_official,
        comment.written_at.astimezone(TIME_ZONE).date(),
        comment.edited_at is not None,
        comment.agreements,
        bool(open_question),
        comment.text,
    ]
