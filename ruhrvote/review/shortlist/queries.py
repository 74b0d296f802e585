"""Reads of shortlists."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ruhrvote.db import db
from ruhrvote.errors import Unknown
from ruhrvote.ideas.models import Idea
from ruhrvote.review.shortlist.models import ShortlistEntry

WITH_IDEA = joinedload(ShortlistEntry.idea).joinedload(Idea.theme)


def shortlist_of(consultation_id: int, chamber_id: int) -> Sequence[ShortlistEntry]:
    """A chamber's shortlist in the order of the ideas' numbers."""
    return db.session.scalars(
        select(ShortlistEntry)
        .join(ShortlistEntry.idea)
        .where(ShortlistEntry.consultation_id == consultation_id, ShortlistEntry.chamber_id == chamber_id)
        .options(WITH_IDEA)
        .order_by(Idea.number)
    ).all()


def get_entry(consultation_id: int, chamber_id: int, number: int) -> ShortlistEntry:
    """The chamber's entry for the idea with this number; raises Unknown if it is not on the list."""
    entry = db.session.scalar(
        select(ShortlistEntry)
        .join(ShortlistEntry.idea)
        .where(
            ShortlistEntry.consultation_id == consultation_id,
            ShortlistEntry.chamber_id == chamber_id,
            Idea.number == number,
        )
        .options(WITH_IDEA)
    )
    if entry is None:
        raise Unknown(_l("This idea is not on your shortlist any more."))
    return entry


def published_outcomes(consultation_id: int) -> Sequence[ShortlistEntry]:
    """The published entries of all shortlists, sorted by idea, each with its chamber."""
    return db.session.scalars(
        select(ShortlistEntry)
        .join(ShortlistEntry.idea)
        .where(ShortlistEntry.consultation_id == consultation_id, ShortlistEntry.published_at.is_not(None))
        .options(WITH_IDEA, joinedload(ShortlistEntry.chamber))
        .order_by(Idea.number, ShortlistEntry.id)
    ).all()
