"""Reads of themes and ideas."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from ruhrvote.db import db
from ruhrvote.errors import Unknown
from ruhrvote.ideas.models import Idea, Theme


def themes_of(consultation_id: int) -> Sequence[Theme]:
    """The themes of a consultation in their order."""
    return db.session.scalars(
        select(Theme).where(Theme.consultation_id == consultation_id).order_by(Theme.position)
    ).all()


def get_theme(consultation_id: int, key: str) -> Theme:
    """The theme with this key; raises Unknown if there is none."""
    theme = db.session.scalar(select(Theme).where(Theme.consultation_id == consultation_id, Theme.key == key))
    if theme is None:
        raise Unknown(_l("This theme does not exist any more. Choose another."))
    return theme


def ideas_of(consultation_id: int) -> Sequence[Idea]:
    """All ideas of a consultation with their themes, by position, which is the order of every stored ranking."""
    return db.session.scalars(
        select(Idea)
        .where(Idea.consultation_id == consultation_id)
        .options(joinedload(Idea.theme))
        .order_by(Idea.position)
    ).all()


def titles_of(consultation_id: int) -> list[str]:
    """Number and German title of each idea by position, as the ledger's first entry fixes them."""
    return [f"{idea.number} {idea.title_de}" for idea in ideas_of(consultation_id)]


def search_ideas(consultation_id: int, text: str = "", theme_key: str = "") -> Sequence[Idea]:
    """The ideas of a theme, or of all themes, in which every word of the text occurs, in either language."""
    query = (
        select(Idea)
        .join(Theme, Theme.id == Idea.theme_id)
        .where(Idea.consultation_id == consultation_id)
        .options(joinedload(Idea.theme))
        .order_by(Idea.position)
    )
    if theme_key:
        query = query.where(Theme.key == theme_key)
    fields = [
        getattr(Idea, f"{field}_{language}")
        for field in ("title", "short", "goal", "background", "note")
        for language in ("de", "en")
    ]
    for word in text.split()[:10]:
        query = query.where(or_(*(field.icontains(word, autoescape=True) for field in fields)))
    return db.session.scalars(query).all()


def get_idea(consultation_id: int, number: int) -> Idea:
    """The idea with this number; raises Unknown if there is none."""
    idea = db.session.scalar(
        select(Idea)
        .where(Idea.consultation_id == consultation_id, Idea.number == number)
        .options(joinedload(Idea.theme))
    )
    if idea is None:
        raise Unknown(_l("There is no idea with this number."))
    return idea


def retired_positions(consultation_id: int) -> set[int]:
    """The positions of the ideas that have been withdrawn, about which nobody is asked any more."""
    own = (Idea.consultation_id == consultation_id) & Idea.retired_at.is_not(None)
    return set(db.session.scalars(select(Idea.position).where(own)))


def number_of_ideas(consultation_id: int) -> int:
    """How many ideas a consultation has, retired ones included: the length of every ranking."""
    return db.session.scalar(select(func.count()).where(Idea.consultation_id == consultation_id)) or 0
