"""Search for ideas and comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ruhrvote.comments.models import Comment
from ruhrvote.comments.queries import PER_PAGE, PUBLISHED, WITH_AUTHOR
from ruhrvote.db import Page, db, page_of
from ruhrvote.ideas.models import Idea
from ruhrvote.search.index import Subject
from ruhrvote.search.queries import matching
from ruhrvote.search.terms import Term, terms, tokens

NOTHING: Page[Comment] = Page((), 1, PER_PAGE, 0)


@dataclass(frozen=True)
class Found:
    """The result of a search: all ideas (first those with a match in the short name) and one page of comments."""

    wanted: Sequence[Term] = ()
    ideas: Sequence[Idea] = ()
    comments: Page[Comment] = NOTHING


def find(consultation_id: int, text: str, number: int = 1) -> Found:
    """Search for ideas and comments in which every word of the text occurs, in any form; empty without words."""
    wanted = terms(text)
    if not wanted:
        return Found()
    ideas = db.session.scalars(
        select(Idea)
        .where(Idea.id.in_(matching(consultation_id, Subject.IDEA, wanted)))
        .options(joinedload(Idea.theme))
        .order_by(Idea.position)
    ).all()
    hits = (PUBLISHED, Comment.id.in_(matching(consultation_id, Subject.COMMENT, wanted)))
    comments = (
        select(Comment)
        .where(*hits)
        .options(*WITH_AUTHOR, joinedload(Comment.idea))
        .order_by(Comment.agreements.desc(), Comment.id.desc())
    )
    named = {
        idea.id
        for idea in ideas
        if all(terms_in(term, f"{idea.short_de} {idea.short_en} {idea.title_de} {idea.title_en}") for term in wanted)
    }
    return Found(wanted, sorted(ideas, key=lambda idea: idea.id not in named), page_of(comments, number, PER_PAGE))


def terms_in(term: Term, text: str) -> bool:
    """Whether a term of a query occurs in a text."""
    return term.matches(word for word in tokens(text).split())
