"""Tables of ballots, their versions, and the receipts that remain after archiving."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account
from ruhrvote.db import Model, UtcDateTime


class Ballot(Model):
    """The ballot of an organisation in a consultation: one row, however often it is submitted.

    current_version: its latest version; counting_version: the latest of those that no objection keeps from counting,
    0 if there is none. If that one is a withdrawal, nothing counts.
    """

    __tablename__ = "ballot"
    __table_args__ = (UniqueConstraint("consultation_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    current_version: Mapped[int] = mapped_column(default=0)
    counting_version: Mapped[int] = mapped_column(default=0)


class BallotVersion(Model):
    """One submission or withdrawal, never changed; a withdrawal has an empty ranking."""

    __tablename__ = "ballot_version"
    __table_args__ = (
        UniqueConstraint("ballot_id", "version"),
        UniqueConstraint("ballot_id", "idempotency_key"),
        UniqueConstraint("consultation_id", "seq"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ballot_id: Mapped[int] = mapped_column(ForeignKey("ballot.id"))
    version: Mapped[int]
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    seq: Mapped[int]  # of its ledger entry
    cell: Mapped[str] = mapped_column(String(40))
    ranking: Mapped[str] = mapped_column(Text)
    salt: Mapped[str] = mapped_column(String(64))
    receipt_id: Mapped[str] = mapped_column(String(26), unique=True)
    commitment: Mapped[str] = mapped_column(String(64))
    idempotency_key: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))

    account: Mapped[Account | None] = relationship()


class KeptReceipt(Model):
    """The data with which a receipt can be checked after archiving has deleted the submission."""

    __tablename__ = "kept_receipt"

    receipt_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    seq: Mapped[int]  # of its ledger entry
    version: Mapped[int]
    counting_version: Mapped[int]
    withdrawn: Mapped[bool]
    contested: Mapped[bool] = mapped_column(default=False)  # whether an objection to this version was upheld


class PaperNotice(Model):
    """An organisation without an e-mail address on file that a letter must tell that a version was submitted for it."""

    __tablename__ = "paper_notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    version: Mapped[int]
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
