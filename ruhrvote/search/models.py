"""The table of searchable documents. Its migration makes the full-text index `search_index` on both databases."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model


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
