"""Writes of whole lists of themes and ideas: adding, replacing and copying them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete

from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.config import ROOT
from ruhrvote.consultations.actions import add_draft
from ruhrvote.consultations.models import OBJECTION_DAYS, Consultation
from ruhrvote.consultations.versions import TEXTS
from ruhrvote.db import db, transaction
from ruhrvote.ideas.actions import IDEA_TEXTS, locked_draft, search_tokens
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import ideas_of, themes_of
from ruhrvote.search.index import Subject, put, remove

THEME_FIELDS = ("key", "name_de", "name_en", "ranked")


def add_list(consultation_id: int, themes: Sequence[Mapping[str, Any]], ideas: Sequence[Mapping[str, Any]]) -> None:
    """Add themes and ideas to an empty draft; an idea names its theme by key, and its position is its index here."""
    words = [search_tokens(idea) for idea in ideas]
    with transaction():
        _add_list(consultation_id, themes, ideas, words)


def replace_list(
    key: str, themes: Sequence[Mapping[str, Any]], ideas: Sequence[Mapping[str, Any]], by: int | None = None
) -> None:
    """Replace a draft's list of themes and ideas, all or nothing; raises Conflict once it is open."""
    words = [search_tokens(idea) for idea in ideas]
    with transaction() as session:
        consultation = locked_draft(key)
        for idea in ideas_of(consultation.id):
            remove(Subject.IDEA, idea.id)
        session.execute(delete(Idea).where(Idea.consultation_id == consultation.id))
        session.execute(delete(Theme).where(Theme.consultation_id == consultation.id))
        session.expire_all()
        _add_list(consultation.id, themes, ideas, words)
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id, ideas=len(ideas))


def copied_list(consultation_id: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The themes and the ideas (without retired ones) of a consultation, as `add_list` takes them; numbers are kept."""
    themes = [{name: getattr(theme, name) for name in THEME_FIELDS} for theme in themes_of(consultation_id)]
    kept = ("number", "page", "note_de", "note_en", "note_at", *IDEA_TEXTS)
    ideas = [
        {"theme": idea.theme.key} | {name: getattr(idea, name) for name in kept}
        for idea in ideas_of(consultation_id)
        if idea.retired_at is None
    ]
    return themes, ideas


def follow_up(earlier: Consultation, *, key: str, by: int | None = None) -> int:
    """Create a draft with texts, rules, themes and ideas of an earlier round, without dates; return its id."""
    with transaction() as session:
        earlier = session.get_one(Consultation, earlier.id)
        same = (*TEXTS, "release_policy", "weighting", "quorum_percent", "quorum_minimum")
        days = OBJECTION_DAYS if earlier.objection_days is None else earlier.objection_days
        copied = {name: getattr(earlier, name) for name in same}
        draft = add_draft(Consultation(key=key, objection_days=days, **copied), by)
        themes, ideas = copied_list(earlier.id)
        _add_list(draft.id, themes, ideas, [search_tokens(idea) for idea in ideas])
        return draft.id


def _add_list(
    consultation_id: int,
    themes: Sequence[Mapping[str, Any]],
    ideas: Sequence[Mapping[str, Any]],
    words: Sequence[str],
) -> None:
    by_key = {}
    for position, theme in enumerate(themes):
        by_key[theme["key"]] = Theme(consultation_id=consultation_id, position=position, **theme)
    db.session.add_all(by_key.values())
    db.session.flush()
    added = []
    for position, idea in enumerate(ideas):
        fields = {name: value for name, value in idea.items() if name != "theme"}
        theme_id = by_key[idea["theme"]].id
        added.append(Idea(consultation_id=consultation_id, theme_id=theme_id, position=position, **fields))
    db.session.add_all(added)
    db.session.flush()
    for row, found_by in zip(added, words, strict=True):
        put(consultation_id, Subject.IDEA, row.id, found_by)


def read_ideas() -> dict[str, Any]:
    """The seed's tables: `consultation`, the list `theme` and the list `idea`."""
    with (ROOT / "seed" / "ideas.toml").open("rb") as file:
        return tomllib.load(file)
