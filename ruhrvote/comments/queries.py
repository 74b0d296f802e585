"""Reads of comments."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ruhrvote.comments.models import Comment
from ruhrvote.db import db

PER_PAGE = 20


def comments_on(idea_id: int, page: int = 1) -> tuple[Sequence[Comment], int]:
    """One page of the comments on an idea, newest first, and how many there are in all."""
    total = db.session.scalar(select(func.count()).where(Comment.idea_id == idea_id)) or 0
    rows = db.session.scalars(
        select(Comment)
        .where(Comment.idea_id == idea_id)
        .options(joinedload(Comment.organisation))
        .order_by(Comment.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return rows, total
