"""The table of shortlisted ideas."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Organisation
from ruhrvote.db import Model, UtcDateTime
from ruhrvote.ideas.models import Idea


class OutcomeStatus(StrEnum):
    """The status of an idea at a chamber."""

    NOTED = "noted"
    IN_COMMITTEE = "in_committee"
    DECIDED = "decided"
    REJECTED = "rejected"


class ShortlistEntry(Model):
    """An idea on a chamber's shortlist: a note for its own staff, and a public text (`outcome`)."""

    __tablename__ = "shortlist_entry"
    __table_args__ = (
        UniqueConstraint("chamber_id", "idea_id"),
        Index("ix_shortlist_entry_published", "consultation_id", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    chamber_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"))
    step: Mapped[str] = mapped_column(String(20), default=OutcomeStatus.NOTED)
    note: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str] = mapped_column(Text, default="")
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    chamber: Mapped[Organisation] = relationship()
    idea: Mapped[Idea] = relationship()
