"""The search index: its table, and writing to it in the transaction of the change."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import String, Text, UniqueConstraint, delete
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model, db, insert


class Subject(StrEnum):
    """The kind of object that a document is about."""

    IDEA = "idea"
    COMMENT = "comment"


class SearchDocument(Model):
    """The indexed words of one idea or comment, which is referred to by its id only."""

    __tablename__ = "search_document"
    __table_args__ = (UniqueConstraint("subject", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int]
    subject: Mapped[str] = mapped_column(String(10))
    object_id: Mapped[int]
    tokens: Mapped[str] = mapped_column(Text)


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
