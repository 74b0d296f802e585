"""Tables of consultations and their rolls."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Organisation
from ruhrvote.db import Model, UtcDateTime


class Status(StrEnum):
    """Where a consultation stands in its life."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"


class ReleasePolicy(StrEnum):
    """When figures computed from rankings may be seen; fixed before opening."""

    IMMEDIATE = "immediate"
    AFTER_CLOSE = "after_close"


class Weighting(StrEnum):
    """How much a ballot weighs; fixed before opening."""

    ONE_VOICE = "one_voice"
    EQUAL_GROUPS = "equal_groups"


class Consultation(Model):
    """One round in which the organisations of a roll put a list of ideas in order."""

    __tablename__ = "consultation"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)
    title_de: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    intro_de: Mapped[str] = mapped_column(Text)
    intro_en: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(20), default=Status.DRAFT)
    release_policy: Mapped[str] = mapped_column(String(20), default=ReleasePolicy.IMMEDIATE)
    weighting: Mapped[str] = mapped_column(String(20), default=Weighting.ONE_VOICE)
    quorum_percent: Mapped[int] = mapped_column(default=33)
    quorum_minimum: Mapped[int] = mapped_column(default=10)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # A demonstration casts a ballot every few seconds while this is on.
    demo_activity: Mapped[bool] = mapped_column(default=False)

    @property
    def is_open(self) -> bool:
        """Whether its status is open; whether it is still in time is for the database's clock to say."""
        return self.status == Status.OPEN

    @property
    def rules(self) -> dict[str, object]:
        """Everything that is fixed at opening, as the ledger keeps it."""
        return {
            "release_policy": self.release_policy,
            "weighting": self.weighting,
            "quorum_percent": self.quorum_percent,
            "quorum_minimum": self.quorum_minimum,
            "closes_at": self.closes_at.isoformat() if self.closes_at else None,
        }


class RollEntry(Model):
    """An organisation that may take part, with the groups it counts in, fixed when it was entered."""

    __tablename__ = "roll_entry"

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    group: Mapped[str] = mapped_column(String(20))
    chamber_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))

    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])

    @property
    def cell(self) -> str:
        """Group, counting chamber and municipality in one readable value, as a ballot's commitment covers it."""
        return f"{self.group}/{self.chamber_id or '-'}/{self.municipality_id or '-'}"
