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

import numpy as np
from sqlalchemy import Row, and_, bindparam, func, select, true
from sqlalchemy.orm import aliased

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.models import ReleasedBallot, ReleasePolicy
from ruhrvote.consultations.queries import consultations
from ruhrvote.db import db
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.current_ballots import CurrentBallots, current_ballots, released_ballots
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.services import services
from ruhrvote.tally.cells import count_cells
from ruhrvote.tally.disclosure import parts
from ruhrvote.tally.tally import Tally, count, empty, tally_of
from ruhrvote.tally.weak_order import levels

BATCH = 10_000  # entries folded at a time: limits memory
NO_ENTRY_IS_LATER = 2**31 - 1  # the largest sequence number that both databases can store
MILESTONES = (EntryKind.OPENED, EntryKind.ROLL_CHANGED, EntryKind.CLOSED, EntryKind.ARCHIVED)


@dataclass(frozen=True)
class Archive:
    """What the archive says of each group on the roll: the pool in which it is shown, and its ballots received."""

    pool: dict[str, str]
    received: dict[str, int]


@dataclass(frozen=True)
class Snapshot:
    """The tallies of the groups on the roll after the ledger entry `seq`; the gate decides which may be shown.

    groups: by group, the ballots that count; released: by group, the ballots that cohorts have released, in the
    released versions; eligible: by group, how many organisations may take part. archive: of an archived consultation
    the pool of each group and how many ballots came in; then `groups` are those pools.
    """

    consultation_id: int
    ideas: int
    seq: int = 0
    groups: dict[str, Tally] = field(default_factory=dict)
    released: dict[str, Tally] = field(default_factory=dict)
    closed: bool = False
    eligible: dict[str, int] = field(default_factory=dict)
    archive: Archive | None = None

    @property
    def received(self) -> Mapping[str, int]:
        """How many organisations of each group have a ballot."""
        if self.archive is not None:
            return self.archive.received
        return {group: tally.ballots for group, tally in self.groups.items()}

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

    A new ballot is added to its group's tally; for a changed one, the old version is subtracted and the new one added.
    Ballots released by a cohort are added to `released` and never changed there.
    """
    if snapshot.seq == 0:
        return _fold_all(snapshot, until)
    seq, groups, released, closed = snapshot.seq, dict(snapshot.groups), dict(snapshot.released), snapshot.closed
    eligible = Counter(snapshot.eligible)
    archived: str | None = None
    while rows := _entries_after(snapshot.consultation_id, seq, until):
        added: defaultdict[str, list[str]] = defaultdict(list)
        removed: defaultdict[str, list[str]] = defaultdict(list)
        brought: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            entered = entered_in_roll(row.kind, row.payload)
            eligible.update(entered)
            for group in entered:
                groups.setdefault(group, empty(snapshot.ideas))
                released.setdefault(group, empty(snapshot.ideas))
        group_of = groups_by_kind(groups)
        for row in rows:
            closed = closed or row.kind == EntryKind.CLOSED
            archived = row.payload if row.kind == EntryKind.ARCHIVED else archived
            if row.ranking:
                added[group_of[kind_of(row.cell)]].append(row.ranking)
            if row.previous:
                removed[group_of[kind_of(row.cell)]].append(row.previous)
        if any(row.kind == EntryKind.RELEASED for row in rows):
            for cell, ranking in _released_between(snapshot.consultation_id, seq, rows[-1].seq):
                brought[group_of[kind_of(cell)]].append(ranking)
        seq = rows[-1].seq
        for group in added.keys() | removed.keys():
            groups[group] += _count(added[group], snapshot.ideas) - _count(removed[group], snapshot.ideas)
        for group in brought:
            released[group] += _count(brought[group], snapshot.ideas)
    latest = replace(snapshot, seq=seq, groups=groups, released=released, closed=closed, eligible=dict(eligible))
    return latest if archived is None else _archived(latest, archived)


def _count(rankings: list[str], ideas: int) -> Tally:
    return count(levels(rankings, ideas))


def _fold_all(nothing: Snapshot, until: int | None) -> Snapshot:
    """The same as `fold` from an empty snapshot, in bulk: counts only the ballots that count after the last entry.

    The result is equal to that of folding entry by entry, since each replaced version is subtracted exactly.
    """
    consultation_id, ideas = nothing.consultation_id, nothing.ideas
    of_this = LedgerEntry.consultation_id == consultation_id
    up_to = LedgerEntry.seq <= until if until is not None else true()
    head = db.session.scalar(select(func.max(LedgerEntry.seq)).where(of_this, up_to))
    if head is None:
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
    closed = any(kind == EntryKind.CLOSED for kind, _ in milestones)
    kind, payload = milestones[-1]
    if kind == EntryKind.ARCHIVED:  # the ballots are deleted; this entry contains the final tallies
        return _archived(replace(nothing, seq=head, closed=True, eligible=dict(eligible)), payload)
    current = _by_group(current_ballots(consultation_id, ideas, head), groups)
    released = {group: empty(ideas) for group in groups}
    if any(_opens_under_cohorts(kind, payload) for kind, payload in milestones):
        released = _by_group(released_ballots(consultation_id, ideas, head), groups)
    return Snapshot(consultation_id, ideas, head, current, released, closed, dict(eligible))


def archived_payload(published: Snapshot) -> dict[str, object]:
    """The payload of the entry that archives a snapshot of what was published, made by the gate."""
    assert published.archive is not None
    return {
        "pool": published.archive.pool,
        "received": published.archive.received,
        "tallies": {name: tally.written() for name, tally in published.groups.items()},
    }


def _archived(latest: Snapshot, payload: str) -> Snapshot:
    """The snapshot after the entry that archives it.

    Until 2026 this entry had the tallies of each group, also of those that are shown together only.
    """
    final = json.loads(payload)
    tallies = {
        name: {group: tally_of(written) for group, written in final.get(name, {}).items()}
        for name in ("tallies", "groups", "released")
    }
    if tallies["groups"]:
        return replace(latest, groups=tallies["groups"], released=tallies["released"])
    return replace(latest, groups=tallies["tallies"], released={}, archive=Archive(final["pool"], final["received"]))


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


def kind_of(cell: str) -> str:
    """The kind of organisation in a cell's text form, `kind/chamber/municipality`."""
    return cell.partition("/")[0]


def groups_by_kind(groups: Iterable[str]) -> dict[str, str]:
    """For each kind of organisation the group in which it counts: its own, or a merged one."""
    return {kind: group for group in groups for kind in parts(group)}


# Built once: each update executes it, and building the statement takes longer than executing it.
_BROUGHT, _REPLACED = aliased(BallotVersion), aliased(BallotVersion)
_ENTRIES_AFTER = (
    select(
        LedgerEntry.seq,
        LedgerEntry.kind,
        LedgerEntry.payload,
        _BROUGHT.cell,
        _BROUGHT.ranking,
        _REPLACED.ranking.label("previous"),
    )
    .outerjoin(_BROUGHT, and_(_BROUGHT.consultation_id == LedgerEntry.consultation_id, _BROUGHT.seq == LedgerEntry.seq))
    .outerjoin(_REPLACED, and_(_REPLACED.ballot_id == _BROUGHT.ballot_id, _REPLACED.version == _BROUGHT.version - 1))
    .where(
        LedgerEntry.consultation_id == bindparam("consultation"),
        LedgerEntry.seq > bindparam("after"),
        LedgerEntry.seq <= bindparam("until"),
    )
    .order_by(LedgerEntry.seq)
    .limit(BATCH)
)


def _entries_after(consultation_id: int, seq: int, until: int | None):  # type: ignore[no-untyped-def]
    """The next entries, each with its cell and ranking and the ranking that it replaced."""
    last = NO_ENTRY_IS_LATER if until is None else until
    return db.session.execute(_ENTRIES_AFTER, {"consultation": consultation_id, "after": seq, "until": last}).all()


def _released_between(consultation_id: int, after: int, until: int) -> Sequence[Row[str, str]]:
    """Cell and ranking of each ballot that was released by these entries."""
    return db.session.execute(
        select(BallotVersion.cell, BallotVersion.ranking)
        .join(
            ReleasedBallot,
            and_(ReleasedBallot.ballot_id == BallotVersion.ballot_id, ReleasedBallot.version == BallotVersion.version),
        )
        .where(
            ReleasedBallot.consultation_id == consultation_id,
            ReleasedBallot.seq > after,
            ReleasedBallot.seq <= until,
        )
    ).all()


def served_digests() -> dict[str, dict[str, object]]:
    """By key of each consultation that has opened: the last entry counted by this process (`seq`) and the `digest`."""
    result: dict[str, dict[str, object]] = {}
    for consultation in consultations():
        snapshot = scoreboards().catch_up(consultation.id, len(ideas_of(consultation.id)))
        result[consultation.key] = {"seq": snapshot.seq, "digest": snapshot.digest()}
    return result
