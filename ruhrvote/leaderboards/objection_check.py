"""The part of the recount that verifies objections: each is in the ledger, they settle once, and versions count so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.models import Consultation, Objection, Status
from ruhrvote.db import db
from ruhrvote.ledger.models import EntryKind
from ruhrvote.ledger.queries import entries
from ruhrvote.tally.versions import Change, Contested, Versions


def replayed(consultation: Consultation) -> Versions | str:
    """The versions as the ledger has them; or a sentence on its first objection or settlement against the rule.

    Needs a sound chain.
    """
    versions, rule = Versions(), _Rule()
    for entry in entries(consultation.id):
        payload = json.loads(entry.payload)
        fault = rule.broken_by(versions, entry.kind, payload, entry.recorded_at)
        if fault:
            return f"entry {entry.seq} {fault}"
        try:
            replay(versions, entry.kind, entry.seq, payload)
        except ValueError:
            return f"entry {entry.seq} contests a version that is unknown, contested already, or settled"
    return versions


@dataclass
class _Rule:
    """What the opening says about objections, and when the consultation was closed."""

    days: int | None = None
    closed_at: datetime | None = None

    def broken_by(self, versions: Versions, kind: str, payload: dict[str, Any], moment: datetime) -> str:
        """What an entry does against the rule, given the versions before it; empty if nothing."""
        if kind == EntryKind.OPENED:
            self.days = payload["rules"].get("objection_days")
        elif kind == EntryKind.CLOSED:
            self.closed_at = moment
        elif kind == EntryKind.SETTLED:
            named = [(contest["ballot"], contest["version"]) for contest in payload["contests"]]
            if versions.settled or self.closed_at is None or self.days is None or named != sorted(versions.contested):
                return "does not settle the objections before it"
            if moment < self.closed_at + timedelta(days=self.days):
                return "settles objections before their period is over"
        elif kind == EntryKind.CERTIFIED and self.days is not None and not versions.settled:
            return "certifies a result whose objections are not settled"
        return ""


def replay(versions: Versions, kind: str, seq: int, payload: dict[str, Any]) -> list[Change]:
    """Apply an entry to the versions; returns the ballots that it names. Raises ValueError for a wrong objection."""
    match kind:
        case EntryKind.CAST | EntryKind.REPLACED | EntryKind.WITHDRAWN:
            ranked = kind != EntryKind.WITHDRAWN
            return [versions.submit(payload["ballot"], payload["version"], ranked=ranked)]
        case EntryKind.CONTESTED:
            return [versions.contest(seq, Contested(payload["ballot"], payload["version"]))]
        case EntryKind.CLOSED:
            versions.close()
        case EntryKind.SETTLED:
            contests = payload["contests"]
            return versions.settle(
                seq, {Contested(contest["ballot"], contest["version"]) for contest in contests if contest["stands"]}
            )
    return []


def stored_fault(consultation: Consultation, versions: Versions) -> str | None:
    """A sentence on tables that say something else than the ledger about what counts; None if they are equal."""
    if consultation.status == Status.ARCHIVED:  # ballots and objections are deleted
        return None
    found = db.session.scalars(select(Objection).where(Objection.consultation_id == consultation.id))
    stored = {Contested(row.ballot_id, row.version): (row.seq, row.void_from, row.void_until) for row in found}
    if stored != {
        contested: (seq, *versions.void.get(contested, (None, None))) for contested, seq in versions.contested.items()
    }:
        return "the objections are not those that the ledger names"
    counting = db.session.execute(
        select(Ballot.id, Ballot.counting_version).where(Ballot.consultation_id == consultation.id)
    )
    if {ballot: version for ballot, version in counting if version} != {
        ballot: version for ballot in versions.ballots() if (version := versions.counting(ballot))
    }:
        return "the versions that count are not those that follow from the ledger"
    return None
