"""Tables of drafts and of their changes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account
from ruhrvote.db import Model, UtcDateTime


class Draft(Model):
    """What an organisation's people have prepared together; it counts nowhere until it is submitted."""

    __tablename__ = "draft"

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    ranking: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    account: Mapped[Account] = relationship()


class ChangeKind(StrEnum):
    """What somebody did to an idea of a draft."""

    ANSWER = "answer"
    MOVE = "move"
    UNDO = "undo"


class DraftChange(Model):
    """Who changed which idea of a draft, when, and from which level to which; never changed, but for `undone`."""

    __tablename__ = "draft_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["consultation_id", "organisation_id"], ["draft.consultation_id", "draft.organisation_id"]
        ),
        Index("ix_draft_change_draft", "consultation_id", "organisation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int]
    organisation_id: Mapped[int]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]
    before: Mapped[str] = mapped_column(String(2))
    after: Mapped[str] = mapped_column(String(2))
    # A move shifts others too: to undo it, the whole ranking before and after it is kept.
    ranking_before: Mapped[str | None] = mapped_column(Text)
    ranking_after: Mapped[str | None] = mapped_column(Text)
    undone: Mapped[bool] = mapped_column(default=False)

    account: Mapped[Account] = relationship()
