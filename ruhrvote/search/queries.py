"""The query of the search index: FTS5 on SQLite, tsvector on PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, bindparam, literal_column, select, text
from sqlalchemy.dialects.postgresql import TSQUERY

from ruhrvote.db import db
from ruhrvote.search.index import SearchDocument, Subject
from ruhrvote.search.terms import Term

# The same expression as in the migration's index; otherwise PostgreSQL would not use the index.
LEXEMES: ColumnElement[str] = literal_column("array_to_tsvector(string_to_array(search_document.tokens, ' '))")


def matching(consultation_id: int, subject: Subject, wanted: Sequence[Term]) -> Select[int]:
    """A subquery for the ids of the ideas or comments in which every term occurs."""
    return select(SearchDocument.object_id).where(
        SearchDocument.consultation_id == consultation_id,
        SearchDocument.subject == subject,
        _fts5(wanted) if db.engine.dialect.name == "sqlite" else _tsquery(wanted),
    )


def _fts5(wanted: Sequence[Term]) -> ColumnElement[bool]:
    # Forms consist of letters and digits, so they contain no operators or quotes.
    query = " AND ".join(
        "(" + " OR ".join([f'"{form}"' for form in sorted(term.forms)] + _beginnings(term, '"{}"*')) + ")"
        for term in wanted
    )
    rows = text("SELECT rowid FROM search_index WHERE search_index MATCH :words").bindparams(words=query)
    return SearchDocument.id.in_(rows.columns(literal_column("rowid")).subquery().select())


def _tsquery(wanted: Sequence[Term]) -> ColumnElement[bool]:
    query = " & ".join(
        "(" + " | ".join([f"'{form}'" for form in sorted(term.forms)] + _beginnings(term, "'{}':*")) + ")"
        for term in wanted
    )
    return LEXEMES.op("@@", is_comparison=True)(bindparam("words", query).cast(TSQUERY))


def _beginnings(term: Term, pattern: str) -> list[str]:
    return [pattern.format(term.beginning)] if term.beginning else []
