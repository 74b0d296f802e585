"""The scoreboard: the tallies of a consultation, folded from its ledger and kept in this process.

A process reads only what follows the last entry that it knows; at its first look that is everything, which
is the recount. Nothing here is stored, so nothing here can disagree with the ledger.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import and_, select, true
from sqlalchemy.orm import aliased

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.queries import consultations
from ruhrvote.db import db
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.tally.tally import Tally, count, empty
from ruhrvote.tally.weak_order import levels

BATCH = 10_000  # entries folded at a time: bounds memory


@dataclass(frozen=True)
class Snapshot:
    """The tallies of the roll's groups after the ledger's entry `seq`."""

    consultation_id: int
    ideas: int
    seq: int = 0
    groups: dict[str, Tally] = field(default_factory=dict)

    def digest(self) -> str:
        """One number for all of it: equal in two processes if and only if they would show the same boards."""
        digest = hashlib.sha256(f"{self.consultation_id} {self.seq}".encode())
        for group in sorted(self.groups):
            if self.groups[group].ballots:
                digest.update(f"{group} {self.groups[group].digest()}".encode())
        return digest.hexdigest()


class Scoreboards:
    """The snapshots that this process keeps, one per consultation."""

    def __init__(self) -> None:
        self._latest: dict[int, Snapshot] = {}
        self._folding: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def catch_up(self, consultation_id: int, ideas: int) -> Snapshot:
        """The snapshot as of now; costs as much as there are entries that this process has not seen."""
        with self._folding[consultation_id]:
            known = self._latest.get(consultation_id) or Snapshot(consultation_id, ideas)
            latest = fold(known)
            self._latest[consultation_id] = latest
            return latest


def scoreboards() -> Scoreboards:
    """The scoreboards of the running application in this process."""
    kept: Scoreboards = current_app.extensions["ruhrvote_scoreboards"]
    return kept


def recount(consultation_id: int, ideas: int) -> Snapshot:
    """Count everything from the ledger's first entry, apart from what any process keeps."""
    return fold(Snapshot(consultation_id, ideas))


def fold(snapshot: Snapshot, until: int | None = None) -> Snapshot:
    """Fold the entries that follow a snapshot, up to the entry `until` or to the last one.

    A new ballot adds, a changed one is old out and new in.
    """
    seq, groups = snapshot.seq, dict(snapshot.groups)
    while rows := _entries_after(snapshot.consultation_id, seq, until):
        added: defaultdict[str, list[str]] = defaultdict(list)
        removed: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            seq = row.seq
            if row.kind == EntryKind.OPENED:
                for group in json.loads(row.payload)["roll"]["groups"]:
                    groups.setdefault(group, empty(snapshot.ideas))
            if row.kind == EntryKind.ROLL_CHANGED:
                groups.setdefault(json.loads(row.payload)["group"], empty(snapshot.ideas))
            if row.cell is None:
                continue
            group = row.cell.partition("/")[0]
            if row.ranking:
                added[group].append(row.ranking)
            if row.previous:
                removed[group].append(row.previous)
        for group in sorted(added.keys() | removed.keys()):
            groups[group] = (
                groups[group]
                + count(levels(added[group], snapshot.ideas))
                - count(levels(removed[group], snapshot.ideas))
            )
    return Snapshot(snapshot.consultation_id, snapshot.ideas, seq, groups)


def _entries_after(consultation_id: int, seq: int, until: int | None):  # type: ignore[no-untyped-def]
    """The next entries, each with the ranking that it brought and the one that this replaced."""
    brought, replaced = aliased(BallotVersion), aliased(BallotVersion)
    return db.session.execute(
        select(
            LedgerEntry.seq,
            LedgerEntry.kind,
            LedgerEntry.payload,
            brought.cell,
            brought.ranking,
            replaced.ranking.label("previous"),
        )
        .outerjoin(
            brought, and_(brought.consultation_id == LedgerEntry.consultation_id, brought.seq == LedgerEntry.seq)
        )
        .outerjoin(replaced, and_(replaced.ballot_id == brought.ballot_id, replaced.version == brought.version - 1))
        .where(
            LedgerEntry.consultation_id == consultation_id,
            LedgerEntry.seq > seq,
            LedgerEntry.seq <= until if until is not None else true(),
        )
        .order_by(LedgerEntry.seq)
        .limit(BATCH)
    ).all()


def served_digests() -> dict[str, dict[str, object]]:
    """For each consultation that has begun: the entry up to which this process has counted, and its digest."""
    result: dict[str, dict[str, object]] = {}
    for consultation in consultations():
        snapshot = scoreboards().catch_up(consultation.id, len(ideas_of(consultation.id)))
        result[consultation.key] = {"seq": snapshot.seq, "digest": snapshot.digest()}
    return result
