"""Writes of themes and ideas; each public function is one use case and one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ruhrvote.db import clock, transaction
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import get_idea


def add_list(consultation_id: int, themes: Sequence[Mapping[str, Any]], ideas: Sequence[Mapping[str, Any]]) -> None:
    """Give a draft its themes and ideas; an idea names its theme by key, and its position is its place in the list."""
    with transaction() as session:
        by_key = {}
        for position, theme in enumerate(themes):
            by_key[theme["key"]] = Theme(consultation_id=consultation_id, position=position, **theme)
        session.add_all(by_key.values())
        session.flush()
        for position, idea in enumerate(ideas):
            fields = {name: value for name, value in idea.items() if name != "theme"}
            theme_id = by_key[idea["theme"]].id
            session.add(Idea(consultation_id=consultation_id, theme_id=theme_id, position=position, **fields))


def set_note(consultation_id: int, number: int, note_de: str, note_en: str) -> None:
    """Set or clear the note on what has happened since the source document was written."""
    with transaction():
        idea = get_idea(consultation_id, number)
        idea.note_de, idea.note_en = note_de, note_en
        idea.note_at = clock() if note_de or note_en else None
