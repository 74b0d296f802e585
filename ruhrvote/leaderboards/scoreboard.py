"""The scoreboard: the tallies of a consultation, folded from its ledger and kept in memory by each process.

A process reads only the entries after the last one that it knows; the first time, these are all entries, which is a
recount. Tallies are not stored in the database, so they cannot disagree with the ledger.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from sqlalchemy import select

from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import consultations
from ruhrvote.db import db
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.archive import Archive, read
from ruhrvote.leaderboards.current_ballots import (
    CurrentBallots,
    counting_rankings,
    current_ballots,
    released_ballots,
)
from ruhrvote.leaderboards.entry_rows import disputed_in, entries_after, released_between
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.ledger.queries import known_until
from ruhrvote.services import services
from ruhrvote.tally.cells import count_cells
from ruhrvote.tally.disclosure import parts
from ruhrvote.tally.tally import Tally, count, empty
from ruhrvote.tally.weak_order import levels

Rankings = defaultdict[str, list[str]]  # by group
MILESTONES = (EntryKind.OPENED, EntryKind.ROLL_CHANGED, EntryKind.CLOSED, EntryKind.SETTLED, EntryKind.ARCHIVED)


@dataclass(frozen=True)
class Snapshot:
    """The tallies of the groups on the roll after the ledger entry `seq`; the gate decides which may be shown.

    groups: by group, the ballots that count; released: by group, the ballots that cohorts have released, in the
    released versions; eligible: by group, how many organisations may take part; settles: whether the rules have a
    period for objections, so that a settlement follows the close. archive: of an archived consultation the pool of each
    group and how many ballots came in; then `groups` are those pools.
    """

    consultation_id: int
    ideas: int
    seq: int = 0
    groups: dict[str, Tally] = field(default_factory=dict)
    released: dict[str, Tally] = field(default_factory=dict)
    closed: bool = False
    settles: bool = False
    settled: bool = False
    eligible: dict[str, int] = field(default_factory=dict)
    archive: Archive | None = None

    @property
    def received(self) -> Mapping[str, int]:
        """How many organisations of each group have a ballot."""
        if self.archive is not None:
            return self.archive.received
        return {group: tally.ballots for group, tally in self.groups.items()}

    @property
    def final(self) -> bool:
        """Whether nothing can change any more: it has closed, and objections have taken effect."""
        return self.closed and (self.settled or not self.settles)

    def digest(self) -> str:
        """SHA-256 over the snapshot: equal in two processes if and only if they show the same boards."""
        digest = hashlib.sha256(f"{self.consultation_id} {self.seq} {sorted(self.eligible.items())}".encode())
        for tallies in (self.groups, self.released):
            for group in sorted(tallies):
                if tallies[group].ballots:
                    digest.update(f"{group} {tallies[group].digest()}".encode())
        return digest.hexdigest()


class Scoreboards:
    """The snapshots that this process caches: for each consultation the latest one and an earlier one."""

    def __init__(self) -> None:
        self._latest: dict[int, Snapshot] = {}
        self._earlier: dict[int, Snapshot] = {}
        self._folding: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)

    def catch_up(self, consultation_id: int, ideas: int) -> Snapshot:
        """The snapshot as of now; takes time in proportion to the entries that are new to this process."""
        with self._folding[consultation_id]:
            known = self._latest.get(consultation_id) or Snapshot(consultation_id, ideas)
            latest = fold(known)
            if latest.seq:  # 0 before the opening, when the number of ideas may still change
                self._latest[consultation_id] = latest
            return latest

    def look_back(self, consultation_id: int, ideas: int, until: int) -> Snapshot:
        """The snapshot after the entry `until`; takes time in proportion to the entries since the cached one."""
        with self._folding[consultation_id]:
            known = self._earlier.get(consultation_id)
            if known is None or known.seq > until:
                known = Snapshot(consultation_id, ideas)
            if known.seq < until:
                known = self._earlier[consultation_id] = fold(known, until)
            return known


def scoreboards() -> Scoreboards:
    """The scoreboards of the running application in this process."""
    return services().of(Scoreboards)


def recount(consultation_id: int, ideas: int) -> Snapshot:
    """The snapshot as of now, counted from the ledger's first entry, without any cache."""
    return fold(Snapshot(consultation_id, ideas))


def fold(snapshot: Snapshot, until: int | None = None) -> Snapshot:
    """The snapshot after folding the following entries, up to the entry `until` or the last one.

    It ends before an entry of a kind that this program does not know, whose effect it cannot count.
    A new ballot is added to its group's tally; for a changed one, the old version is subtracted and the new one added.
    Of ballots with an objection, what counted before these entries is subtracted and what counts after them added.
    Ballots released by a cohort are added to `released` and never changed there.
    """
    if snapshot.seq == 0:
        return _fold_all(snapshot, until)
    seq, groups, released = snapshot.seq, dict(snapshot.groups), dict(snapshot.released)
    eligible, kinds = Counter(snapshot.eligible), set[str]()
    archived: str | None = None
    while rows := entries_after(snapshot.consultation_id, seq, until):
        for row in rows:
            entered = entered_in_roll(row.kind, row.payload)
            eligible.update(entered)
            for group in entered:
                groups.setdefault(group, empty(snapshot.ideas))
                released.setdefault(group, empty(snapshot.ideas))
        added, removed = _moves(snapshot.consultation_id, seq, rows, groups)
        brought: defaultdict[str, list[str]] = defaultdict(list)
        archived = next((row.payload for row in rows if row.kind == EntryKind.ARCHIVED), archived)
        if any(row.kind == EntryKind.RELEASED for row in rows):
            group_of = groups_by_kind(groups)
            for cell, ranking in released_between(snapshot.consultation_id, seq, rows[-1].seq):
                brought[group_of[kind_of(cell)]].append(ranking)
        kinds |= {row.kind for row in rows}
        seq = rows[-1].seq
        for group in added.keys() | removed.keys():
            groups[group] += _count(added[group], snapshot.ideas) - _count(removed[group], snapshot.ideas)
        for group in brought:
            released[group] += _count(brought[group], snapshot.ideas)
    latest = replace(
        snapshot,
        seq=seq,
        groups=groups,
        released=released,
        closed=snapshot.closed or EntryKind.CLOSED in kinds,
        settled=snapshot.settled or EntryKind.SETTLED in kinds,
        eligible=dict(eligible),
    )
    return latest if archived is None else _archived(latest, archived)


def _moves(consultation_id: int, seq: int, rows: Sequence[Any], groups: Iterable[str]) -> tuple[Rankings, Rankings]:
    """By group, the rankings that these entries, the next after `seq`, add to what counts, and those that they take."""
    group_of, disputed = groups_by_kind(groups), disputed_in(rows)
    added: Rankings = defaultdict(list)
    removed: Rankings = defaultdict(list)
    for ballots, at in ((removed, seq), (added, rows[-1].seq)):
        for cell, ranking in counting_rankings(consultation_id, disputed, at):
            ballots[group_of[kind_of(cell)]].append(ranking)
    for row in rows:
        if row.ballot_id in disputed:
            continue
        if row.ranking:
            added[group_of[kind_of(row.cell)]].append(row.ranking)
        if row.previous:
            removed[group_of[kind_of(row.cell)]].append(row.previous)
    return added, removed


def _count(rankings: list[str], ideas: int) -> Tally:
    return count(levels(rankings, ideas))


def _fold_all(nothing: Snapshot, until: int | None) -> Snapshot:
    """The same as `fold` from an empty snapshot, in bulk: counts only the ballots that count after the last entry.

    The result is equal to that of folding entry by entry, since each replaced version is subtracted exactly.
    """
    consultation_id, ideas = nothing.consultation_id, nothing.ideas
    of_this = LedgerEntry.consultation_id == consultation_id
    head = known_until(consultation_id, until)
    if not head:
        return nothing
    milestones = db.session.execute(
        select(LedgerEntry.kind, LedgerEntry.payload)
        .where(of_this, LedgerEntry.seq <= head, LedgerEntry.kind.in_(MILESTONES))
        .order_by(LedgerEntry.seq)
    ).all()
    eligible: Counter[str] = Counter()
    for kind, payload in milestones:
        eligible.update(entered_in_roll(kind, payload))
    groups = list(eligible)
    kinds = {kind for kind, _ in milestones}
    known = Snapshot(
        consultation_id,
        ideas,
        head,
        closed=EntryKind.CLOSED in kinds,
        settles=any(_has_period(kind, payload) for kind, payload in milestones),
        settled=EntryKind.SETTLED in kinds,
        eligible=dict(eligible),
    )
    kind, payload = milestones[-1]
    if kind == EntryKind.ARCHIVED:  # the ballots are deleted; this entry contains the final tallies
        return _archived(known, payload)
    current = _by_group(current_ballots(consultation_id, ideas, head), groups)
    released = {group: empty(ideas) for group in groups}
    if any(_opens_under_cohorts(kind, payload) for kind, payload in milestones):
        released = _by_group(released_ballots(consultation_id, ideas, head), groups)
    return replace(known, groups=current, released=released)


def _archived(latest: Snapshot, payload: str) -> Snapshot:
    """The snapshot after the entry that archives it."""
    groups, released, archive = read(payload)
    return replace(latest, groups=groups, released=released, archive=archive)


def _by_group(ballots: CurrentBallots, groups: list[str]) -> dict[str, Tally]:
    group_of = groups_by_kind(groups)
    number = np.array([groups.index(group_of[kind_of(cell)]) for cell in ballots.cells], dtype=np.int64)
    counted = count_cells(ballots.levels, number[ballots.cell], len(groups))
    return {name: counted.sum([number]) for number, name in enumerate(groups)}


def entered_in_roll(kind: str, payload: str) -> dict[str, int]:
    """How many organisations a ledger entry adds to the roll, by group."""
    match kind:
        case EntryKind.OPENED:
            groups: dict[str, int] = json.loads(payload)["roll"]["groups"]
            return groups
        case EntryKind.ROLL_CHANGED:
            change = json.loads(payload)
            return {change["group"]: change["organisations"]}
        case _:
            return {}


def _opens_under_cohorts(kind: str, payload: str) -> bool:
    return kind == EntryKind.OPENED and json.loads(payload)["rules"]["release_policy"] == ReleasePolicy.COHORTS


def _has_period(kind: str, payload: str) -> bool:
    return kind == EntryKind.OPENED and "objection_days" in json.loads(payload).get("rules", {})


def kind_of(cell: str) -> str:
    """The kind of organisation in a cell's text form, `kind/chamber/municipality`."""
    return cell.partition("/")[0]


def groups_by_kind(groups: Iterable[str]) -> dict[str, str]:
    """For each kind of organisation the group in which it counts: its own, or a merged one."""
    return {kind: group for group in groups for kind in parts(group)}


def served_digests() -> dict[str, dict[str, object]]:
    """By key of each consultation that has opened: the last entry counted by this process (`seq`) and the `digest`."""
    result: dict[str, dict[str, object]] = {}
    for consultation in consultations():
        snapshot = scoreboards().catch_up(consultation.id, len(ideas_of(consultation.id)))
        result[consultation.key] = {"seq": snapshot.seq, "digest": snapshot.digest()}
    return result
