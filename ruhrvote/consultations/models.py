"""Tables of consultations and their rolls."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.db import Model, UtcDateTime
from ruhrvote.tally.disclosure import RULE


class Status(StrEnum):
    """The state of a consultation in its lifecycle."""

    DRAFT = "draft"
    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    CERTIFIED = "certified"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class Step(StrEnum):
    """A step that needs two admins: one proposes it, another confirms it."""

    CLOSE_EARLY = "close"
    CERTIFY = "certify"
    ARCHIVE = "archive"
    PAUSE = "pause"  # for more than 24 hours, or over the announced end
    UPHOLD = "uphold"
    DISMISS = "dismiss"


# The two ways to decide an objection; such a proposal names it in `object_id`.
DECISIONS = (Step.UPHOLD, Step.DISMISS)
OBJECTION_DAYS = 7


class ReleasePolicy(StrEnum):
    """When figures computed from rankings may be shown; fixed at the opening."""

    IMMEDIATE = "immediate"
    COHORTS = "cohorts"
    AFTER_CLOSE = "after_close"


class Weighting(StrEnum):
    """How ballots are weighted; fixed at the opening."""

    ONE_VOICE = "one_voice"
    EQUAL_GROUPS = "equal_groups"


class Consultation(Model):
    """One round in which the organisations on a roll rank a list of ideas."""

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
    # The version of the rule of what is shown (`tally.disclosure`), fixed at the opening.
    disclosure_rule: Mapped[int] = mapped_column(default=RULE)
    # How long after the close organisations may still object; None in a round that was opened before this rule.
    objection_days: Mapped[int | None] = mapped_column(default=OBJECTION_DAYS)
    # When the worker opens the draft; None if an admin opens it by hand.
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # After the close: the last ballot whose organisation was told that it counts; None once all are told.
    told_up_to: Mapped[int | None] = mapped_column(default=0)
    certified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    archived_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The reason for the present pause, as voters read it.
    pause_reason_de: Mapped[str] = mapped_column(String(300), default="")
    pause_reason_en: Mapped[str] = mapped_column(String(300), default="")
    # When a pause by one admin ends by itself; and whether the end is later by a pause by two, once that is over.
    paused_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pause_extends: Mapped[bool] = mapped_column(default=False)
    # A demonstration casts a ballot every few seconds while this is on.
    demo_activity: Mapped[bool] = mapped_column(default=False)

    @property
    def is_open(self) -> bool:
        """Whether its status is "open". Whether its end has passed is decided by the database's clock, not here."""
        return self.status == Status.OPEN

    @property
    def runs(self) -> bool:
        """Whether it is open, or paused and not ended."""
        return self.status in (Status.OPEN, Status.PAUSED)

    @property
    def has_long_pause(self) -> bool:
        """Whether it is paused by two, until somebody resumes it."""
        return self.status == Status.PAUSED and self.paused_until is None

    @property
    def has_closed(self) -> bool:
        """Whether it has ended, so that no submission can follow; a pause is not an end."""
        return self.status in (Status.CLOSED, Status.CERTIFIED, Status.PUBLISHED, Status.ARCHIVED)

    @property
    def objections_until(self) -> datetime | None:
        """When the period for objections ends; None before the close, and in rounds without this rule."""
        if self.closed_at is None or self.objection_days is None:
            return None
        return self.closed_at + timedelta(days=self.objection_days)

    @property
    def is_settled(self) -> bool:
        """Whether its figures are final: it has closed, and all objections have taken effect."""
        return self.has_closed and (self.objection_days is None or self.settled_at is not None)

    @property
    def has_result(self) -> bool:
        """Whether its result is published."""
        return self.status in (Status.PUBLISHED, Status.ARCHIVED)

    @property
    def has_breakdowns(self) -> bool:
        """Whether figures below the groups may be shown after the close: not where single ballots are shown live."""
        return self.release_policy != ReleasePolicy.IMMEDIATE or self.disclosure_rule == 1

    @property
    def rules(self) -> dict[str, object]:
        """The rules that are fixed at the opening, as the ledger keeps them; the first of disclosure has no number."""
        period = {} if self.objection_days is None else {"objection_days": self.objection_days}
        numbered = {} if self.disclosure_rule == 1 else {"disclosure": self.disclosure_rule}
        return (
            period
            | numbered
            | {
                "release_policy": self.release_policy,
                "weighting": self.weighting,
                "quorum_percent": self.quorum_percent,
                "quorum_minimum": self.quorum_minimum,
                "closes_at": self.closes_at.isoformat() if self.closes_at else None,
            }
        )


class RollEntry(Model):
    """An organisation that may take part, with all that decides where it counts, fixed when it was entered.

    Under cohorts, small groups are merged: then `group` is the merged group, and `kind` the organisation's own.
    """

    __tablename__ = "roll_entry"
    __table_args__ = (Index("ix_roll_entry_cell", "consultation_id", "group", "municipality_id"),)

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(20))
    group: Mapped[str] = mapped_column(String(40))
    chamber_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    # Fixed too, for breakdowns: if a firm changed its sector after the close, the difference would reveal its ballot.
    sector: Mapped[str | None] = mapped_column(String(60))
    size_class: Mapped[str | None] = mapped_column(String(20))

    organisation: Mapped[Organisation] = relationship(foreign_keys=[organisation_id])

    @property
    def cell(self) -> str:
        """Kind, counting chamber and municipality as one text, `kind/chamber/municipality`; part of the commitment."""
        return f"{self.kind}/{self.chamber_id or '-'}/{self.municipality_id or '-'}"


class WaitingBallot(Model):
    """A first ballot that waits in the queue of its group under cohorts; the queue is ordered by `seq`.

    Changed only under the lock of the chain's head. Neither this table nor ReleasedBallot has a foreign key to the
    ballot: for it PostgreSQL would lock the ballot's row, whose holder may wait for the head, which is a deadlock.
    """

    __tablename__ = "waiting_ballot"

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    group: Mapped[str] = mapped_column(String(40))
    seq: Mapped[int]
    version: Mapped[int]


class ReleasedBallot(Model):
    """A ballot that was released in a cohort: the version shown until the close, and the entry of the release."""

    __tablename__ = "released_ballot"
    __table_args__ = (Index(None, "consultation_id", "seq"),)

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    seq: Mapped[int]
    version: Mapped[int]


class Objection(Model):
    """An organisation's statement that a version of its ballot is not its own; the ledger calls the version contested.

    The version does not count from the ledger entry `void_from` on, until before the entry `void_until`. `upheld` is
    what two admins have decided; it takes effect in the entry `settled`. Like WaitingBallot it has no foreign key to
    the ballot, and its row is written under the lock of the chain's head only.
    """

    __tablename__ = "objection"
    __table_args__ = (UniqueConstraint("ballot_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    ballot_id: Mapped[int]
    version: Mapped[int]
    seq: Mapped[int]  # of the entry `contested`
    void_from: Mapped[int | None]
    void_until: Mapped[int | None]
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when the account that submitted said: it was us
    upheld: Mapped[bool | None]


class Proposal(Model):
    """A step that one admin has proposed; deleted once it is done, withdrawn or replaced.

    object_id: the objection that it decides, 0 for a step of the consultation itself.
    confirmed_by: the second admin, if the worker is to carry the step out; fault: why the worker could not do it.
    """

    __tablename__ = "proposal"
    __table_args__ = (UniqueConstraint("consultation_id", "step", "object_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    step: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[int] = mapped_column(default=0)
    proposed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    fault: Mapped[str] = mapped_column(String(300), default="")
    # Of a pause: its reason, and whether the announced end is later by it.
    reason_de: Mapped[str] = mapped_column(String(300), default="")
    reason_en: Mapped[str] = mapped_column(String(300), default="")
    extends: Mapped[bool] = mapped_column(default=True)

    proposer: Mapped[Account] = relationship(foreign_keys=[proposed_by])


class TextVersion(Model):
    """The former texts of a change after the opening: of the consultation, or of its idea `idea_number`.

    `before` is JSON of the changed fields; the field `closes_at` is the end that was announced before it was postponed.
    `account_id` is no foreign key, since a person may be erased.
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
        """The former announced end, if the end was changed; else None."""
        written = json.loads(self.before).get("closes_at")
        return datetime.fromisoformat(written) if written else None
