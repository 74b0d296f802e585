"""Reads of objections: an organisation's versions, and what admins have to decide."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.models import Organisation
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.models import DECISIONS, Consultation, Objection, Proposal
from ruhrvote.db import db
from ruhrvote.ledger.models import EntryKind
from ruhrvote.ledger.queries import entries_of_kinds


@dataclass(frozen=True)
class Submitted:
    """A version of an organisation's ballot, without its content.

    account_id: who submitted it; counts: whether it counts now; objection: the one to it, if there is one.
    """

    version: int
    received_at: datetime
    withdrawal: bool
    account_id: int | None
    counts: bool
    objection: Objection | None


def versions_of(consultation_id: int, organisation_id: int) -> list[Submitted]:
    """The versions of an organisation's ballot, the newest first."""
    rows = db.session.execute(
        select(
            BallotVersion.version,
            BallotVersion.received_at,
            (BallotVersion.ranking == "").label("withdrawal"),
            BallotVersion.account_id,
            (BallotVersion.version == Ballot.counting_version).label("counts"),
            Objection,
        )
        .join(Ballot, Ballot.id == BallotVersion.ballot_id)
        .outerjoin(
            Objection,
            (Objection.ballot_id == BallotVersion.ballot_id) & (Objection.version == BallotVersion.version),
        )
        .where(Ballot.consultation_id == consultation_id, Ballot.organisation_id == organisation_id)
        .order_by(BallotVersion.version.desc())
    )
    return [Submitted(*row) for row in rows]


@dataclass(frozen=True)
class Case:
    """An objection with what an admin reads to decide it; the content of the ballot is not part of it."""

    objection: Objection
    organisation: Organisation
    submitted_at: datetime
    proposal: Proposal | None


def cases_of(consultation_id: int) -> list[Case]:
    """All objections of a consultation: undecided ones first, each in the order of the ledger."""
    proposals = {
        proposal.object_id: proposal
        for proposal in db.session.scalars(
            select(Proposal)
            .where(Proposal.consultation_id == consultation_id, Proposal.step.in_(DECISIONS))
            .options(joinedload(Proposal.proposer))
        )
    }
    rows = db.session.execute(
        select(Objection, Organisation, BallotVersion.received_at)
        .join(Ballot, Ballot.id == Objection.ballot_id)
        .join(Organisation, Organisation.id == Ballot.organisation_id)
        .join(
            BallotVersion,
            (BallotVersion.ballot_id == Objection.ballot_id) & (BallotVersion.version == Objection.version),
        )
        .where(Objection.consultation_id == consultation_id)
        .order_by(Objection.upheld.is_not(None), Objection.seq)
    )
    return [Case(objection, organisation, at, proposals.get(objection.id)) for objection, organisation, at in rows]


@dataclass(frozen=True)
class Numbers:
    """How many objections a consultation has, and what became of them."""

    raised: int
    undecided: int
    upheld: int


def numbers_of(consultation: Consultation) -> Numbers:
    """The numbers of objections; may always be shown. After the settlement they are those of its ledger entry."""
    settled = entries_of_kinds(consultation.id, (EntryKind.SETTLED,)) if consultation.settled_at else []
    if settled:
        stands = [contest["stands"] for contest in json.loads(settled[0].payload)["contests"]]
        return Numbers(len(stands), 0, sum(stands))
    rows = db.session.execute(
        select(Objection.upheld, func.count())
        .where(Objection.consultation_id == consultation.id)
        .group_by(Objection.upheld)
    )
    by = {upheld: number for upheld, number in rows}
    return Numbers(sum(by.values()), by.get(None, 0), by.get(True, 0))
