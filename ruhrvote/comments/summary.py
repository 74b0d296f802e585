"""Summaries of discussions: counts, and the comments with most agreements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from ruhrvote.comments.models import Comment
from ruhrvote.comments.queries import OPEN_QUESTION, PUBLISHED, WITH_AUTHOR
from ruhrvote.db import db
from ruhrvote.ideas.models import Idea


@dataclass(frozen=True)
class Summary:
    """Counts of an idea's discussion (`total` includes replies), and by kind the comment with most agreements."""

    total: int = 0
    open_questions: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)
    most_agreed: Mapping[str, Comment] = field(default_factory=dict)


def summary_of(idea_id: int) -> Summary:
    """The summary of an idea's discussion."""
    here = (Comment.idea_id == idea_id, PUBLISHED)
    rows = db.session.execute(
        select(Comment.kind, func.count(), func.count().filter(OPEN_QUESTION)).where(*here).group_by(Comment.kind)
    ).all()
    place = func.row_number().over(partition_by=Comment.kind, order_by=(Comment.agreements.desc(), Comment.id.desc()))
    ranked = (
        select(Comment.id, place.label("place"))
        .where(*here, Comment.parent_id.is_(None), Comment.agreements > 0)
        .subquery()
    )
    best = select(Comment).join(ranked, ranked.c.id == Comment.id).where(ranked.c.place == 1).options(*WITH_AUTHOR)
    return Summary(
        total=sum(count for _, count, _ in rows),
        open_questions=sum(count for _, _, count in rows),
        kinds={kind: count for kind, count, _ in rows if kind},
        most_agreed={comment.kind: comment for comment in db.session.scalars(best) if comment.kind},
    )


def most_agreed_by_theme(consultation_id: int, most: int) -> dict[int, list[Comment]]:
    """By theme, the comments with most agreements (at least one), best first, at most `most`."""
    order = (Comment.agreements.desc(), Comment.id.desc())
    place = func.row_number().over(partition_by=Idea.theme_id, order_by=order)
    ranked = (
        select(Comment.id, Idea.theme_id, place.label("place"))
        .join(Idea, Idea.id == Comment.idea_id)
        .where(Idea.consultation_id == consultation_id, PUBLISHED, Comment.parent_id.is_(None), Comment.agreements > 0)
        .subquery()
    )
    rows = db.session.execute(
        select(ranked.c.theme_id, Comment)
        .join(ranked, ranked.c.id == Comment.id)
        .where(ranked.c.place <= most)
        .options(*WITH_AUTHOR, selectinload(Comment.idea))
        .order_by(*order)
    )
    found: dict[int, list[Comment]] = defaultdict(list)
    for theme_id, comment in rows:
        found[theme_id].append(comment)
    return found


def comment_counts(consultation_id: int) -> dict[int, tuple[int, int]]:
    """By idea with comments: the number of comments, and of open questions; one SQL statement."""
    rows = db.session.execute(
        select(Comment.idea_id, func.count(), func.count().filter(OPEN_QUESTION))
        .join(Idea, Idea.id == Comment.idea_id)
        .where(Idea.consultation_id == consultation_id, PUBLISHED)
        .group_by(Comment.idea_id)
    )
    return {idea_id: (comments, questions) for idea_id, comments, questions in rows}
