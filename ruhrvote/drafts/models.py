"""Tables of drafts and their history."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account
from ruhrvote.db import Model, UtcDateTime


class Draft(Model):
    """The ranking that the people of a circle prepare together; it does not count until it is submitted."""

    __tablename__ = "draft"

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    circle: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False
    )  # whose it is: accounts.queries.may_read
    ranking: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    account: Mapped[Account] = relationship()


class ChangeKind(StrEnum):
    """The kind of a change in a draft's history."""

    ANSWER = "answer"
    MOVE = "move"
    UNDO = "undo"


class DraftChange(Model):
    """A change in a draft's history: who, when, which idea, and its level before and after. Only `undone` changes."""

    __tablename__ = "draft_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["consultation_id", "organisation_id", "circle"],
            ["draft.consultation_id", "draft.organisation_id", "draft.circle"],
        ),
        Index("ix_draft_change_draft", "consultation_id", "organisation_id", "circle", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int]
    organisation_id: Mapped[int]
    circle: Mapped[int] = mapped_column(BigInteger)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(10))
    position: Mapped[int]
    before: Mapped[str] = mapped_column(String(2))
    after: Mapped[str] = mapped_column(String(2))
    # A move also changes other ideas, so the whole ranking before and after it is kept for undoing it.
    ranking_before: Mapped[str | None] = mapped_column(Text)
    ranking_after: Mapped[str | None] = mapped_column(Text)
    undone: Mapped[bool] = mapped_column(default=False)

    account: Mapped[Account] = relationship()
