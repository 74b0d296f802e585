"""Tables of the ledger. Triggers, made by the first migration, refuse to change or delete an entry."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model, UtcDateTime


class EntryKind(StrEnum):
    """What an entry records."""

    OPENED = "opened"
    ROLL_CHANGED = "roll_changed"
    CAST = "cast"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    RELEASED = "released"
    PAUSED = "paused"
    RESUMED = "resumed"
    EXTENDED = "extended"
    TEXTS_CHANGED = "texts_changed"
    IDEA_CHANGED = "idea_changed"
    IDEA_RETIRED = "idea_retired"
    CONTESTED = "contested"
    CLOSED = "closed"
    SETTLED = "settled"
    CERTIFIED = "certified"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class LedgerEntry(Model):
    """One event that can change a result, chained to the entry before it."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("consultation_id", "seq"),
        UniqueConstraint("consultation_id", "previous_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int]
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    payload: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class ChainHead(Model):
    """The last entry of a chain. Its row is the lock under which entries are appended; no foreign key refers to it."""

    __tablename__ = "chain_head"

    consultation_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
