"""The recount of one consultation: verifies chain, rules, ballots, objections and releases, and counts all ballots."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.ballots.receipts import commitment
from ruhrvote.consultations.cohorts import release_payload
from ruhrvote.consultations.models import (
    Consultation,
    ReleasedBallot,
    ReleasePolicy,
    Status,
    WaitingBallot,
)
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.consultations.versions import fingerprint, texts_digest
from ruhrvote.db import consistent_read, db
from ruhrvote.ideas.queries import ideas_of, titles_of
from ruhrvote.leaderboards.objection_check import replay, replayed, stored_fault
from ruhrvote.leaderboards.scoreboard import Snapshot, entered_in_roll, groups_by_kind, kind_of, recount
from ruhrvote.ledger.chain import first_fault
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.ledger.queries import entries, entry_at, head_of
from ruhrvote.tally.disclosure import Cohorts
from ruhrvote.tally.versions import Versions

_CHANGES = (EntryKind.IDEA_CHANGED, EntryKind.IDEA_RETIRED, EntryKind.EXTENDED, EntryKind.TEXTS_CHANGED)


@dataclass(frozen=True)
class Recounted:
    """The result of the recount of one consultation: the tallies, and sentences on faults; none if all is verified."""

    key: str
    snapshot: Snapshot
    faults: tuple[str, ...]

    @property
    def ballots(self) -> int:
        """How many ballots count."""
        return sum(self.snapshot.received.values())


def recount_one(key: str) -> Recounted:
    """Verify one consultation and count it from its first entry, in one consistent read."""
    with consistent_read():  # consistent although ballots are submitted meanwhile
        consultation = get_consultation(key)
        checks = (_chain_fault, _opening_fault, _ballot_fault)
        faults = tuple(fault for check in checks if (fault := check(consultation)))
        if not faults and (fault := _rule_fault(consultation)):
            faults = (fault,)
        snapshot = recount(consultation.id, len(ideas_of(consultation.id)))
    return Recounted(key, snapshot, faults)


def _chain_fault(consultation: Consultation) -> str | None:
    """A sentence on what is wrong with the chain or its head; None if nothing is."""
    fault = first_fault(entries(consultation.id))
    if fault:
        return fault
    seq, last_hash = head_of(consultation.id)
    last = entry_at(consultation.id, seq)
    if last is None:
        return f"the chain has lost its end: entry {seq} is missing"
    if last.hash != last_hash or entry_at(consultation.id, seq + 1) is not None:
        return "the chain's head does not name its last entry"
    return None


def _opening_fault(consultation: Consultation) -> str | None:
    """A sentence on ideas, texts or rules that are not as the ledger fixed them; None if all are."""
    opening = entry_at(consultation.id, 1)
    fixed = json.loads(opening.payload) if opening else {}
    changes = [
        (kind, json.loads(payload))
        for kind, payload in db.session.execute(
            select(LedgerEntry.kind, LedgerEntry.payload)
            .where(
                LedgerEntry.consultation_id == consultation.id,
                LedgerEntry.kind.in_(_CHANGES),
            )
            .order_by(LedgerEntry.seq)
        )
    ]
    as_written = [change["ideas"] for kind, change in changes if kind == EntryKind.IDEA_CHANGED]
    if (as_written[-1] if as_written else fixed.get("ideas")) != fingerprint(titles_of(consultation.id)):
        return "the ideas or their order were changed after the opening"
    retired = {change["position"] for kind, change in changes if kind == EntryKind.IDEA_RETIRED}
    if retired != {idea.position for idea in ideas_of(consultation.id) if idea.retired_at is not None}:
        return "the retired ideas are not those that the ledger names"
    ends = [{"closes_at": change["closes_at"]} for kind, change in changes if kind == EntryKind.EXTENDED]
    if fixed.get("rules", {}) | (ends[-1] if ends else {}) != consultation.rules:
        return "the rules were changed after the opening"
    texts = [change["digest"] for kind, change in changes if kind == EntryKind.TEXTS_CHANGED]
    if texts and texts[-1] != texts_digest(consultation):
        return "the texts are not those of their last change"
    return None


def _ballot_fault(consultation: Consultation) -> str | None:
    """A sentence on the first submission that does not match its ledger entry; None if all match."""
    if consultation.status == Status.ARCHIVED:
        left = db.session.scalar(_of(consultation, BallotVersion.id).limit(1))
        return None if left is None else "there are rankings left although the consultation is archived"
    # Entries and submissions in the same order, a thousand at a time: all at once would take hundreds of megabytes.
    every = select(BallotVersion).where(BallotVersion.consultation_id == consultation.id).order_by(BallotVersion.seq)
    unknown = 0
    with db.session.scalars(every.execution_options(yield_per=1000)) as submissions:
        for entry in entries(consultation.id):
            if entry.kind not in (EntryKind.CAST, EntryKind.REPLACED, EntryKind.WITHDRAWN):
                continue
            submission = next(submissions, None)
            while submission is not None and submission.seq < entry.seq:
                unknown += 1
                submission = next(submissions, None)
            if submission is None or submission.seq > entry.seq:
                return f"the submission of entry {entry.seq} is missing"
            if not _is_committed(submission, json.loads(entry.payload)):
                return f"the submission of entry {entry.seq} was changed after it was received"
        unknown += sum(1 for _ in submissions)
    return f"{unknown} submissions are in no ledger entry" if unknown else None


def _is_committed(submission: BallotVersion, written: dict[str, object]) -> bool:
    """Whether a submission matches the commitment in its ledger entry."""
    committed = commitment(
        consultation_id=submission.consultation_id,
        receipt_id=submission.receipt_id,
        version=submission.version,
        cell=submission.cell,
        salt=submission.salt,
        ranking=submission.ranking,
    )
    # The ballot's id is not part of the commitment: receipts must not reveal which versions belong together.
    return (committed, submission.ballot_id) == (written.get("commitment"), written.get("ballot"))


def _rule_fault(consultation: Consultation) -> str | None:
    """A sentence on the first objection or release that does not follow the rules; None if all do.

    Needs a sound chain.
    """
    versions = replayed(consultation)
    if isinstance(versions, str):
        return versions
    return _release_fault(consultation) or stored_fault(consultation, versions)


def _release_fault(consultation: Consultation) -> str | None:
    """A sentence on the first release that does not follow the release rule; None if all do. Needs a sound chain."""
    if consultation.status == Status.ARCHIVED:  # the ballots that the releases name are deleted
        return None
    rule, group_of, versions = Cohorts(), dict[str, str](), Versions()
    released: list[tuple[int, int, int]] = []
    cells: dict[int, str] = {}
    if consultation.release_policy == ReleasePolicy.COHORTS:
        found = db.session.execute(_of(consultation, BallotVersion.ballot_id, BallotVersion.cell))
        cells = {ballot: cell for ballot, cell in found}
    due: dict[str, object] | None = None
    for entry in entries(consultation.id):
        payload = json.loads(entry.payload)
        if due != (payload if entry.kind == EntryKind.RELEASED else None):
            return f"entry {entry.seq} is not what the rule of release says"
        if due:
            released += [(ballot["ballot"], ballot["version"], entry.seq) for ballot in payload["ballots"]]
            due = None
        group_of |= groups_by_kind(entered_in_roll(entry.kind, entry.payload))
        for ballot, before, after in replay(versions, entry.kind, entry.seq, payload) if cells else []:
            group = group_of[kind_of(cells[ballot])]
            if after == before:
                continue
            if not after:
                rule.withdraw(group, ballot)
            else:
                rule.submit(group, ballot, after)
            cohort = () if versions.closed else rule.release(group)
            due = release_payload(group, cohort) if cohort else None
    if due:
        return "the release that was due last is missing"
    return _queue_fault(consultation, rule, released)


def _queue_fault(consultation: Consultation, rule: Cohorts, released: list[tuple[int, int, int]]) -> str | None:
    """A sentence on a queue or released ballots that differ from what the ledger implies; None if they are equal."""
    queue = _of(consultation, WaitingBallot.group, WaitingBallot.ballot_id, WaitingBallot.version)
    waiting: dict[str, list[tuple[int, int]]] = {}
    for group, ballot, version in db.session.execute(queue.order_by(WaitingBallot.seq, WaitingBallot.ballot_id)):
        waiting.setdefault(group, []).append((ballot, version))
    if waiting != {group: list(ballots.items()) for group, ballots in rule.waiting.items() if ballots}:
        return "the ballots that wait are not those that the ledger leaves waiting"
    known = _of(consultation, ReleasedBallot.ballot_id, ReleasedBallot.version, ReleasedBallot.seq)
    if sorted(tuple(row) for row in db.session.execute(known)) != sorted(released):
        return "the released ballots are not those that the ledger names"
    return None


def _of(consultation: Consultation, *columns: InstrumentedAttribute[Any]) -> Select[Any]:
    """A query for columns of one table, restricted to one consultation."""
    return select(*columns).where(columns[0].class_.consultation_id == consultation.id)
