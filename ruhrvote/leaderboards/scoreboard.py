"""The scoreboard: the tallies of a consultation, folded from its ledger and kept in this process.

A process reads only what follows the last entry that it knows; at its first look that is everything, which
is the recount. Nothing here is stored, so nothing here can disagree with the ledger.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from flask import current_app
from sqlalchemy import and_, func, select, true
from sqlalchemy.orm import aliased

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.queries import consultations
from ruhrvote.db import db
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.current_ballots import current_ballots
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.tally.cells import count_cells
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
    if snapshot.seq == 0:
        return _fold_all(snapshot, until)
    seq, groups = snapshot.seq, dict(snapshot.groups)
    while rows := _entries_after(snapshot.consultation_id, seq, until):
        added: defaultdict[str, list[str]] = defaultdict(list)
        removed: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            seq = row.seq
            for group in _groups_named(row.kind, row.payload):
                groups.setdefault(group, empty(snapshot.ideas))
            if row.cell is None:
                continue
            group = group_of(row.cell)
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


def _fold_all(nothing: Snapshot, until: int | None) -> Snapshot:
    """Fold what a new process finds, at once: the ballots that count after the last entry, each read once.

    Entry by entry the same would come out, as every version that was replaced goes out as it came in.
    """
    consultation_id, ideas = nothing.consultation_id, nothing.ideas
    of_this = LedgerEntry.consultation_id == consultation_id
    up_to = LedgerEntry.seq <= until if until is not None else true()
    head = db.session.scalar(select(func.max(LedgerEntry.seq)).where(of_this, up_to))
    if head is None:
        return nothing
    named = db.session.execute(
        select(LedgerEntry.kind, LedgerEntry.payload)
        .where(of_this, LedgerEntry.seq <= head, LedgerEntry.kind.in_((EntryKind.OPENED, EntryKind.ROLL_CHANGED)))
        .order_by(LedgerEntry.seq)
    )
    groups = list(dict.fromkeys(group for kind, payload in named for group in _groups_named(kind, payload)))
    ballots = current_ballots(consultation_id, ideas, head)
    group = np.array([groups.index(group_of(cell)) for cell in ballots.cells], dtype=np.int64)
    counted = count_cells(ballots.levels, group[ballots.cell], len(groups))
    return Snapshot(consultation_id, ideas, head, {name: counted.sum([number]) for number, name in enumerate(groups)})


def _groups_named(kind: str, payload: str) -> Iterable[str]:
    """The groups of the roll that an entry brings in."""
    match kind:
        case EntryKind.OPENED:
            return list(json.loads(payload)["roll"]["groups"])
        case EntryKind.ROLL_CHANGED:
            return [json.loads(payload)["group"]]
        case _:
            return []


def group_of(cell: str) -> str:
    """The group in a cell's written form, group/chamber/municipality."""
    return cell.partition("/")[0]


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
