"""Tables of consultations and their rolls."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.db import Model, UtcDateTime


class Status(StrEnum):
    """Where a consultation stands in its life."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    CERTIFIED = "certified"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Step(StrEnum):
    """What needs two admins: one proposes it, another confirms."""

    CLOSE_EARLY = "close"
    CERTIFY = "certify"
    ARCHIVE = "archive"


class ReleasePolicy(StrEnum):
    """When figures computed from rankings may be seen; fixed before opening."""

    IMMEDIATE = "immediate"
    COHORTS = "cohorts"
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
    release_policy: Mapped[str] = mapped_column(String(20), default=ReleasePolicy.COHORTS)
    weighting: Mapped[str] = mapped_column(String(20), default=Weighting.ONE_VOICE)
    quorum_percent: Mapped[int] = mapped_column(default=33)
    quorum_minimum: Mapped[int] = mapped_column(default=10)
    # When the worker opens the draft; None: somebody opens it by hand.
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    certified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # Why no submission is accepted at the moment, as voters read it.
    pause_reason_de: Mapped[str] = mapped_column(String(300), default="")
    pause_reason_en: Mapped[str] = mapped_column(String(300), default="")
    # A demonstration casts a ballot every few seconds while this is on.
    demo_activity: Mapped[bool] = mapped_column(default=False)

    @property
    def is_open(self) -> bool:
        """Whether its status is open; whether it is still in time is for the database's clock to say."""
        return self.status == Status.OPEN

    @property
    def has_closed(self) -> bool:
        """Whether no submission can come any more; a pause is not the end."""
        return self.status in (Status.CLOSED, Status.CERTIFIED, Status.PUBLISHED, Status.ARCHIVED)

    @property
    def has_result(self) -> bool:
        """Whether its boards are the published result."""
        return self.status in (Status.PUBLISHED, Status.ARCHIVED)

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
    """An organisation that may take part, with the groups it counts in, fixed when it was entered.

    Under cohorts small groups are merged: then `group` is the merged one, and `kind` still says which.
    """

    __tablename__ = "roll_entry"
    __table_args__ = (Index("ix_roll_entry_cell", "consultation_id", "group", "municipality_id"),)

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    group: Mapped[str] = mapped_column(String(40))
    chamber_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    # For breakdowns: a firm that moved to another sector after the close would stand alone between two of them.
    sector: Mapped[str | None] = mapped_column(String(60))
    size_class: Mapped[str | None] = mapped_column(String(20))

    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])

    @property
    def cell(self) -> str:
        """Kind, counting chamber and municipality in one readable value, as a ballot's commitment covers it."""
        return f"{self.kind}/{self.chamber_id or '-'}/{self.municipality_id or '-'}"


class WaitingBallot(Model):
    """A first ballot in the queue of its group under cohorts, with its latest version; `seq` gives its place.

    Touched only under the lock of the chain's head. Here and in ReleasedBallot no foreign key leads to the ballot:
    PostgreSQL would lock its row, whose owner may be waiting for the head that we hold.
    """

    __tablename__ = "waiting_ballot"

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    group: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    version: Mapped[int]


class ReleasedBallot(Model):
    """A ballot that a cohort brought to the boards: the version shown until the close, and the cohort's entry."""

    __tablename__ = "released_ballot"
    __table_args__ = (Index(None, "consultation_id", "seq"),)

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    seq: Mapped[int]
    version: Mapped[int]


class Proposal(Model):
    """A step that one admin proposes and another confirms; it is gone once it is done, withdrawn or replaced.

    confirmed_by is set where the worker carries the step out; fault is what then kept it from doing so.
    """

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("consultation_id", "step"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    step: Mapped[str] = mapped_column(String(20))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    fault: Mapped[str] = mapped_column(String(300), default="")

    proposer: Mapped[Account] = relationship(foreign_keys=[proposed_by])


class TextVersion(Model):
    """What texts said before they were changed after the opening: of the consultation, or of the idea `idea_number`.

    Or, as `closes_at`, which end was announced before it was postponed. `before` is JSON of the fields that changed.
    The account is a number only: a person may be erased.
    """

    __tablename__ = "text_version"
    __table_args__ = (Index(None, "consultation_id", "idea_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    idea_number: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account_id: Mapped[int | None]
    before: Mapped[str] = mapped_column(Text)

    @property
    def texts(self) -> dict[str, str]:
        """The former texts by field."""
        return {name: text for name, text in json.loads(self.before).items() if name != "closes_at"}

    @property
    def end(self) -> datetime | None:
        """The former end, if that is what changed."""
        written = json.loads(self.before).get("closes_at")
        return datetime.fromisoformat(written) if written else None
