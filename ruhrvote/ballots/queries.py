"""Reads of ballots and receipts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

from ruhrvote.accounts.models import Membership
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.ballots.receipts import typed_receipt_id
from ruhrvote.consultations.models import Consultation, RollEntry
from ruhrvote.db import db
from ruhrvote.ledger.models import LedgerEntry


def submitted_version(consultation_id: int, organisation_id: int) -> BallotVersion | None:
    """The version that counts (or the withdrawal that ended it), or None if nothing was ever submitted."""
    return db.session.scalar(
        select(BallotVersion)
        .join(Ballot, Ballot.id == BallotVersion.ballot_id)
        .where(
            Ballot.consultation_id == consultation_id,
            Ballot.organisation_id == organisation_id,
            BallotVersion.version == Ballot.current_version,
        )
        .options(joinedload(BallotVersion.account))
    )


def received_by_group(consultation_id: int) -> dict[str, int]:
    """How many organisations of each group have a ballot that is not withdrawn."""
    rows = db.session.execute(
        select(RollEntry.group, func.count())
        .join(Ballot, Ballot.organisation_id == RollEntry.organisation_id)
        .join(BallotVersion, BallotVersion.ballot_id == Ballot.id)
        .where(
            RollEntry.consultation_id == consultation_id,
            Ballot.consultation_id == consultation_id,
            BallotVersion.version == Ballot.current_version,
            BallotVersion.ranking != "",
        )
        .group_by(RollEntry.group)
    )
    return {group: count for group, count in rows}


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
                BallotVersion.version == Ballot.current_version,
                BallotVersion.ranking != "",
            )
        )
        or 0
    )


@dataclass(frozen=True)
class Inclusion:
    """What the check of a receipt says: the submission, its entry in the ledger, and whether it counts."""

    submission: BallotVersion
    entry: LedgerEntry
    consultation: Consultation
    current_version: int
    withdrawn: bool

    @property
    def counts(self) -> bool:
        """Whether this submission is the one that counts."""
        return self.submission.version == self.current_version and not self.withdrawn


def find_inclusion(typed: str) -> Inclusion | None:
    """Where the submission with this receipt number stands in the ledger, or None for an unknown number."""
    current = aliased(BallotVersion)
    row = db.session.execute(
        select(BallotVersion, LedgerEntry, Consultation, current.version, current.ranking == "")
        .join(Ballot, Ballot.id == BallotVersion.ballot_id)
        .join(current, (current.ballot_id == Ballot.id) & (current.version == Ballot.current_version))
        .join(Consultation, Consultation.id == BallotVersion.consultation_id)
        .join(
            LedgerEntry,
            (LedgerEntry.consultation_id == BallotVersion.consultation_id) & (LedgerEntry.seq == BallotVersion.seq),
        )
        .where(BallotVersion.receipt_id == typed_receipt_id(typed))
    ).one_or_none()
    return Inclusion(*row) if row else None
