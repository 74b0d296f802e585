"""Writes of themes and ideas; each public function is one use case and one commit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from itertools import chain, count
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.actions import locked
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.consultations.versions import fingerprint, replace_texts
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import get_idea, get_theme, ideas_of, themes_of, titles_of
from ruhrvote.ledger.actions import append
from ruhrvote.ledger.models import EntryKind
from ruhrvote.search.index import SearchDocument, Subject, put, remove
from ruhrvote.search.terms import tokens
from ruhrvote.web import LANGUAGES

IDEA_TEXTS = tuple(
    f"{field}_{language}" for field in ("title", "short", "goal", "background") for language in LANGUAGES
)


def add_theme(key: str, *, name_de: str, name_en: str, ranked: bool, by: int | None = None) -> None:
    """Add a theme to the end of a draft's list."""
    with transaction() as session:
        consultation = locked_draft(key)
        themes = themes_of(consultation.id)
        name = _theme_key(name_en or name_de, {theme.key for theme in themes})
        position = themes[-1].position + 1 if themes else 0
        session.add(
            Theme(
                consultation_id=consultation.id,
                key=name,
                position=position,
                name_de=name_de,
                name_en=name_en,
                ranked=ranked,
            )
        )
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id)


def change_theme(key: str, theme_key: str, *, name_de: str, name_en: str, ranked: bool, by: int | None = None) -> None:
    """Change a draft's theme: its names and whether it is ranked; its key stays as it is."""
    with transaction():
        consultation = locked_draft(key)
        theme = get_theme(consultation.id, theme_key)
        theme.name_de, theme.name_en, theme.ranked = name_de, name_en, ranked
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id)


def move_theme(key: str, theme_key: str, up: bool, by: int | None = None) -> None:
    """Move a theme with its ideas one place up or down in a draft's list."""
    with transaction():
        consultation = locked_draft(key)
        themes = list(themes_of(consultation.id))
        _swap(themes, themes.index(get_theme(consultation.id, theme_key)), up)
        for position, theme in enumerate(themes):
            theme.position = position
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id)


def remove_theme(key: str, theme_key: str, by: int | None = None) -> None:
    """Remove an empty theme from a draft's list; raises Conflict while it has ideas."""
    with transaction() as session:
        consultation = locked_draft(key)
        theme = get_theme(consultation.id, theme_key)
        if session.scalar(select(Idea.id).where(Idea.theme_id == theme.id).limit(1)) is not None:
            raise Conflict(_l("There are ideas in this theme. Move or remove them first."))
        session.delete(theme)
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id)


def add_idea(key: str, theme_key: str, texts: Mapping[str, str], by: int | None = None) -> int:
    """Add an idea to the end of a draft's list and return its number, one more than the highest so far."""
    words = search_tokens(texts)
    with transaction() as session:
        consultation = locked_draft(key)
        theme, ideas = get_theme(consultation.id, theme_key), ideas_of(consultation.id)
        number = max((idea.number for idea in ideas), default=0) + 1
        idea = Idea(consultation_id=consultation.id, theme_id=theme.id, position=len(ideas), number=number, **texts)
        session.add(idea)
        session.flush()
        put(consultation.id, Subject.IDEA, idea.id, words)
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id, idea=number)
        return number


def change_idea(key: str, number: int, texts: Mapping[str, str], theme_key: str, by: int | None = None) -> None:
    """Change the texts of an idea; after the opening, the former texts are kept and an entry is appended to the ledger.

    Raises Conflict once the consultation has closed, and for a change of the theme once it is open, since the results
    by theme would change.
    """
    with transaction():
        consultation, head = locked(key)
        idea = get_idea(consultation.id, number)
        if consultation.has_closed:
            raise Conflict(
                _l("The consultation has ended; its ideas cannot be changed any more. A note can still be added.")
            )
        if theme_key != idea.theme.key:
            if consultation.status != Status.DRAFT:
                raise Conflict(
                    _l(
                        "Themes have been fixed since the opening, because results are counted by theme. "
                        "Change the texts only."
                    )
                )
            idea.theme_id = get_theme(consultation.id, theme_key).id
        changed = replace_texts(consultation, number, idea, texts, by)
        put(consultation.id, Subject.IDEA, idea.id, search_tokens(vars(idea)))
        if changed and consultation.status != Status.DRAFT:
            idea.changed_at = clock()
            db.session.flush()
            append(
                head,
                EntryKind.IDEA_CHANGED,
                {"position": idea.position, "ideas": fingerprint(titles_of(consultation.id))},
            )
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id, idea=number)


def remove_idea(key: str, number: int, by: int | None = None) -> None:
    """Remove an idea from a draft's list; raises Conflict once it is open (then `retire_idea`)."""
    with transaction() as session:
        consultation = locked_draft(key)
        idea = get_idea(consultation.id, number)
        remove(Subject.IDEA, idea.id)
        session.delete(idea)
        session.flush()
        _number_positions(ideas_of(consultation.id))
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id, idea=number)


def retire_idea(key: str, number: int, by: int | None = None) -> None:
    """Retire an idea of an open consultation: voters are not asked about it any more, and it is not ranked.

    It keeps its position, and ballots that judge it stay as they are. Raises Conflict unless the consultation is open
    or paused, or if fewer than two ideas would be left.
    """
    with transaction():
        consultation, head = locked(key)
        idea = get_idea(consultation.id, number)
        if consultation.status == Status.DRAFT:
            raise Conflict(_l("The consultation is not open yet. Remove the idea instead."))
        if consultation.has_closed:
            raise Conflict(
                _l("The consultation has ended; its ideas cannot be changed any more. A note can still be added.")
            )
        if idea.retired_at is not None:
            raise Conflict(_l("The idea is withdrawn already."))
        if sum(other.retired_at is None for other in ideas_of(consultation.id)) <= 2:
            raise Conflict(_l("At least two ideas must remain. Close the consultation instead."))
        idea.retired_at = clock()
        append(head, EntryKind.IDEA_RETIRED, {"position": idea.position})
        record(Event.IDEA_RETIRED, by=by, consultation_id=consultation.id, idea=number)


def move_idea(key: str, number: int, up: bool, by: int | None = None) -> None:
    """Move an idea of a draft one place up or down within its theme; raises Conflict once it is open."""
    with transaction():
        consultation = locked_draft(key)
        ideas, moved = list(ideas_of(consultation.id)), get_idea(consultation.id, number)
        own = [place for place, idea in enumerate(ideas) if idea.theme_id == moved.theme_id]
        within = [ideas[place] for place in own]
        _swap(within, within.index(moved), up)
        for place, idea in zip(own, within, strict=True):
            ideas[place] = idea
        _number_positions(ideas)
        record(Event.IDEAS_CHANGED, by=by, consultation_id=consultation.id, idea=number)


def set_note(consultation_id: int, number: int, note_de: str, note_en: str, by: int | None = None) -> None:
    """Set or clear an idea's note, which says what has happened since the source document was written."""
    with transaction():
        idea = get_idea(consultation_id, number)
        idea.note_de, idea.note_en = note_de, note_en
        idea.note_at = clock() if note_de or note_en else None
        put(consultation_id, Subject.IDEA, idea.id, search_tokens(vars(idea)))
        record(Event.NOTE_CHANGED, by=by, consultation_id=consultation_id, object_id=idea.id, idea=number)


def index_missing() -> None:
    """Add to the search index the ideas that are not in it, such as those of an older version of the program."""
    known = select(SearchDocument.object_id).where(SearchDocument.subject == Subject.IDEA)
    missing = db.session.scalars(select(Idea).where(Idea.id.not_in(known))).all()
    ready = [(idea.consultation_id, idea.id, search_tokens(vars(idea))) for idea in missing]
    with transaction():
        for consultation_id, idea_id, words in ready:
            put(consultation_id, Subject.IDEA, idea_id, words)


def search_tokens(idea: Mapping[str, Any]) -> str:
    """The search tokens of an idea: the words of all its texts in both languages."""
    fields = ("title", "short", "goal", "background", "note")
    return tokens(*(idea.get(f"{field}_{language}", "") for field in fields for language in ("de", "en")))


def locked_draft(key: str) -> Consultation:
    """A draft, locked; raises Conflict once it is open, since ballots depend on the list of ideas then."""
    consultation, _ = locked(key)
    if consultation.status != Status.DRAFT:
        raise Conflict(
            _l(
                "Since the opening, ballots depend on this list: nothing can be added, removed or moved. "
                "Change an idea's texts or withdraw it instead."
            )
        )
    return consultation


def _swap(things: list[Any], place: int, up: bool) -> None:
    """Swap one with its neighbour above or below; at an end nothing happens."""
    other = place - 1 if up else place + 1
    if 0 <= other < len(things):
        things[place], things[other] = things[other], things[place]


def _number_positions(ideas: Sequence[Idea]) -> None:
    """Number the positions of the ideas in this order, such that no two ideas ever have the same position."""
    for position, idea in enumerate(ideas):
        idea.position = -1 - position
    db.session.flush()
    for position, idea in enumerate(ideas):
        idea.position = position
    db.session.flush()


def _theme_key(name: str, taken: Container[str]) -> str:
    """The key of a theme in addresses: its name in plain letters, with a number if that is taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode())
    plain = plain.strip("-")[:30] or "theme"
    return next(key for key in chain([plain], (f"{plain}-{number}" for number in count(2))) if key not in taken)
