"""Reads of ballots and receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, func, select, true
from sqlalchemy.orm import aliased, joinedload

from ruhrvote.accounts.models import Account, Membership
from ruhrvote.accounts.queries import may_read
from ruhrvote.ballots.models import Ballot, BallotVersion, KeptReceipt
from ruhrvote.ballots.receipts import typed_receipt_id
from ruhrvote.consultations.models import Consultation, Objection
from ruhrvote.consultations.settlement import is_void
from ruhrvote.db import db
from ruhrvote.ledger.models import LedgerEntry


@dataclass(frozen=True)
class Submission:
    """An organisation's latest version as one person sees it.

    own: the version itself, with its content and receipt, if the person may read it; else there is only the fact.
    """

    version: int
    received_at: datetime
    withdrawn: bool
    own: BallotVersion | None


def submission_for(reader: Account, consultation_id: int) -> Submission | None:
    """The latest version of somebody's organisation as they may see it; None if nothing was ever submitted."""
    latest = submitted_version(consultation_id, reader.organisation_id)
    if latest is None:
        return None
    own = latest if may_read(reader, latest.account) else None
    return Submission(latest.version, latest.received_at, latest.ranking == "", own)


def submitted_version(consultation_id: int, organisation_id: int) -> BallotVersion | None:
    """The organisation's version that counts unless it is a withdrawal; None if there is none.

    It is the latest of those that no objection keeps from counting. Pages ask `submission_for`.
    """
    return db.session.scalar(
        select(BallotVersion)
        .join(Ballot, Ballot.id == BallotVersion.ballot_id)
        .where(
            Ballot.consultation_id == consultation_id,
            Ballot.organisation_id == organisation_id,
            BallotVersion.version == Ballot.counting_version,
        )
        .options(joinedload(BallotVersion.account))
    )


def is_asked_to_answer(consultation_id: int, account_id: int) -> bool:
    """Whether an open objection is to a version that this account has submitted, and waits for an answer."""
    waits = exists().where(
        Objection.consultation_id == consultation_id,
        Objection.answered_at.is_(None),
        Objection.upheld.is_(None),
        BallotVersion.ballot_id == Objection.ballot_id,
        BallotVersion.version == Objection.version,
        BallotVersion.account_id == account_id,
    )
    return bool(db.session.scalar(select(waits)))


def received_from_members(consultation_id: int, chamber_id: int) -> int:
    """How many members of a chamber have a ballot that is not withdrawn."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(Ballot)
            .join(Membership, Membership.organisation_id == Ballot.organisation_id)
            .join(BallotVersion, BallotVersion.ballot_id == Ballot.id)
            .where(
                Ballot.consultation_id == consultation_id,
                Membership.chamber_id == chamber_id,
                BallotVersion.version == Ballot.counting_version,
                BallotVersion.ranking != "",
            )
        )
        or 0
    )


# The columns of KeptReceipt.
RECEIPT_COLUMNS = ("receipt_id", "consultation_id", "seq", "version", "counting_version", "withdrawn", "contested")


@dataclass(frozen=True)
class Inclusion:
    """The proof that a submission is in the ledger: its version, its entry, and whether it counts.

    counting_version: the version of the same ballot that counts, 0 if none does; withdrawn: whether that one is a
    withdrawal; contested: whether an objection keeps this version from counting.
    """

    version: int
    counting_version: int
    withdrawn: bool
    contested: bool
    entry: LedgerEntry
    consultation: Consultation

    @property
    def counts(self) -> bool:
        """Whether this version is the one that counts."""
        return self.version == self.counting_version and not self.withdrawn


def find_inclusion(typed: str) -> Inclusion | None:
    """The inclusion of the submission with this receipt number, as typed; None for an unknown number."""
    receipt_id = typed_receipt_id(typed)
    there = receipt_columns_of(BallotVersion.receipt_id == receipt_id).subquery()
    kept = (
        select(*(getattr(KeptReceipt, name) for name in RECEIPT_COLUMNS))
        .where(KeptReceipt.receipt_id == receipt_id)
        .subquery()
    )
    for found in (there, kept):
        row = db.session.execute(
            select(
                found.c.version,
                found.c.counting_version,
                found.c.withdrawn,
                found.c.contested,
                LedgerEntry,
                Consultation,
            )
            .join(Consultation, Consultation.id == found.c.consultation_id)
            .join(
                LedgerEntry, (LedgerEntry.consultation_id == found.c.consultation_id) & (LedgerEntry.seq == found.c.seq)
            )
        ).one_or_none()
        if row:
            return Inclusion(*row)
    return None


def receipt_columns_of(condition: ColumnElement[bool]) -> Select[str, int, int, int, int, bool, bool]:
    """A query for the submissions that meet a condition, with the columns of KeptReceipt: nothing about the content."""
    current = aliased(BallotVersion)
    return (
        select(
            BallotVersion.receipt_id,
            BallotVersion.consultation_id,
            BallotVersion.seq,
            BallotVersion.version,
            Ballot.counting_version,
            func.coalesce(current.ranking == "", true()).label("withdrawn"),
            is_void(BallotVersion.ballot_id, BallotVersion.version).label("contested"),
        )
        .join(Ballot, Ballot.id == BallotVersion.ballot_id)
        .outerjoin(current, (current.ballot_id == Ballot.id) & (current.version == Ballot.counting_version))
        .where(condition)
    )
