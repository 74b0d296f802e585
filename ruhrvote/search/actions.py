"""Writes of the search index, in the same transaction as the change of the text."""

from __future__ import annotations

from sqlalchemy import delete

from ruhrvote.db import db, insert
from ruhrvote.search.models import SearchDocument, Subject


def put(consultation_id: int, subject: Subject, object_id: int, tokens: str) -> None:
    """Index a text, or index it again after a change; `tokens` are made by `terms.tokens` before the transaction."""
    row = insert(SearchDocument).values(
        consultation_id=consultation_id, subject=subject, object_id=object_id, tokens=tokens
    )
    db.session.execute(
        row.on_conflict_do_update(index_elements=["subject", "object_id"], set_={"tokens": row.excluded.tokens})
    )


def remove(subject: Subject, object_id: int) -> None:
    """Remove a text from the index."""
    db.session.execute(
        delete(SearchDocument).where(SearchDocument.subject == subject, SearchDocument.object_id == object_id)
    )
