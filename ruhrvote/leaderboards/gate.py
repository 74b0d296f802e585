"""The gate: the only place that decides which figures computed from rankings may be shown, and how exact.

Pages, streams and exports get tallies only from here. The number of ballots is not computed from rankings, so it
needs no gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

import numpy as np

from ruhrvote.accounts.models import Kind
from ruhrvote.consultations.models import Consultation, ReleasePolicy, Status, Weighting
from ruhrvote.consultations.queries import waiting_by_group
from ruhrvote.ideas.queries import number_of_ideas
from ruhrvote.leaderboards.archive import Archive, payload_of
from ruhrvote.leaderboards.current_ballots import Trait, TraitBallots, ballots_by_trait, current_ballots
from ruhrvote.leaderboards.scoreboard import Snapshot, groups_by_kind, kind_of, scoreboards
from ruhrvote.ledger.queries import last_before
from ruhrvote.services import services
from ruhrvote.tally.disclosure import pooled, pools, until_due
from ruhrvote.tally.scores import Weighted, equal_groups, one_voice
from ruhrvote.tally.tally import Tally, count
from ruhrvote.tally.weak_order import Levels
from ruhrvote.web import TIME_ZONE

FEWEST_BALLOTS = 10  # for figures that need the ballots themselves, such as intervals
DECIMALS_WHILE_OPEN = 1


@dataclass(frozen=True)
class Figures:
    """The tallies that may be shown, as of the ledger entry `seq`.

    groups: the tally of each group, or of each pool where groups are shown together after the close; overall: their
    weighted sum; pool: for each group on the roll the pool in which it is shown; until_next: for each group, how many
    first ballots are missing until its next cohort; None if boards do not wait for cohorts.
    """

    seq: int
    groups: Mapping[str, Tally]
    overall: Weighted
    pool: Mapping[str, str]
    until_next: Mapping[str, int] | None

    @property
    def counted(self) -> int:
        """How many ballots the tallies count."""
        return sum(tally.ballots for tally in self.groups.values())

    def until_next_of(self, group: str | None) -> int | None:
        """The least number of submissions until the board of a group, or of all, changes; None without cohorts."""
        if self.until_next is None:
            return None
        return self.until_next[group] if group else min(self.until_next.values())


def may_be_seen(consultation: Consultation) -> bool:
    """Whether boards of this consultation may be shown now."""
    if consultation.status == Status.DRAFT:
        return False
    if consultation.release_policy == ReleasePolicy.AFTER_CLOSE:
        return consultation.has_result
    return True


def figures(consultation: Consultation, ideas: int, until: int | None = None) -> Figures | None:
    """The tallies of a consultation with so many ideas that may be shown; None while none may be.

    until: an earlier ledger entry; then the tallies that could be shown after it.
    """
    if not may_be_seen(consultation):
        return None
    kept = scoreboards()
    snapshot = kept.catch_up(consultation.id, ideas) if until is None else kept.look_back(consultation.id, ideas, until)
    if not snapshot.groups:
        return None
    groups, pool = _shown(consultation, snapshot)
    weigh = equal_groups if consultation.weighting == Weighting.EQUAL_GROUPS else one_voice
    return Figures(snapshot.seq, groups, weigh(groups), pool, _until_next(consultation, snapshot))


def participation(consultation: Consultation, ideas: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """By group, how many organisations may take part, and how many have a ballot; may always be shown."""
    snapshot = scoreboards().catch_up(consultation.id, ideas)
    return snapshot.eligible, snapshot.received


def eligible_of(consultation: Consultation) -> Mapping[str, int]:
    """How many organisations of each group may take part; does not count the rows of the roll, which may be many."""
    return participation(consultation, number_of_ideas(consultation.id))[0]


def ballots_behind(consultation: Consultation, shown: Figures, group: str = "") -> Mapping[str, Levels] | None:
    """The ballots that the figures count, by group, or those of one group; for intervals and the like.

    None before it is settled, if they are fewer than FEWEST_BALLOTS, or if they are not exactly those that are shown.
    """
    tallies = {name: tally for name, tally in shown.groups.items() if group in ("", name)}
    counted = sum(tally.ballots for tally in tallies.values())
    if not consultation.is_settled or consultation.status == Status.ARCHIVED or counted < FEWEST_BALLOTS:
        return None
    current = current_ballots(consultation.id, next(iter(tallies.values())).ideas, shown.seq)
    group_of = groups_by_kind(shown.pool)
    group_of_cell = np.array([shown.pool[group_of[kind_of(cell)]] for cell in current.cells])
    ballots = {name: current.levels[(group_of_cell == name)[current.cell]] for name in tallies}
    same = all(count(ballots[name]).digest() == tallies[name].digest() for name in tallies)
    return ballots if same else None


def traits_behind(consultation: Consultation, shown: Figures) -> Mapping[Trait, TraitBallots] | None:
    """The ballots of the firms' board by trait of the firm; for breakdowns only.

    None before it is settled, if they are fewer than FEWEST_BALLOTS, if they are not exactly those that are shown, or
    if ballots were shown live. `tally.suppression` decides which cells of a breakdown may be shown.
    """
    if not consultation.has_breakdowns:
        return None
    group_of = groups_by_kind(shown.pool)
    if not consultation.is_settled or consultation.status == Status.ARCHIVED or Kind.FIRM not in group_of:
        return None
    board = shown.pool[group_of[Kind.FIRM]]
    tally = shown.groups[board]
    if tally.ballots < FEWEST_BALLOTS:
        return None
    every = ballots_by_trait(consultation.id, tally.ideas, shown.seq)
    inside = {trait: found for trait, found in every.items() if shown.pool[group_of[trait.kind]] == board}
    levels = [found.levels for found in inside.values()]
    same = count(np.concatenate(levels)).digest() == tally.digest() if inside else False
    return inside if same else None


def rounded(consultation: Consultation, value: float, decimals: int = DECIMALS_WHILE_OPEN) -> float:
    """A score, share or mean as it may be shown: rounded until all objections are settled, then exact.

    Ranks are computed from exact values. Ballots are protected by cohorts, not by this rounding.
    """
    return value if consultation.is_settled else round(value, decimals)


def published(consultation: Consultation, snapshot: Snapshot) -> Snapshot:
    """What of a consultation that has ended may be kept for ever: its pooled tallies, as the boards show them."""
    groups, pool = _shown(consultation, snapshot)
    kept = Archive(dict(pool), dict(snapshot.received))
    return replace(snapshot, groups=dict(groups), released={}, archive=kept)


def archive_payload(consultation: Consultation, snapshot: Snapshot) -> dict[str, object]:
    """The payload of the entry that archives a consultation."""
    kept = published(consultation, snapshot)
    assert kept.archive is not None
    return payload_of(kept.groups, kept.archive)


def _shown(consultation: Consultation, snapshot: Snapshot) -> tuple[Mapping[str, Tally], Mapping[str, str]]:
    """The tallies of a snapshot that may be shown, and the pool of each group."""
    if snapshot.archive is not None:
        return snapshot.groups, snapshot.archive.pool
    alone = {group: group for group in snapshot.groups}
    if consultation.release_policy == ReleasePolicy.IMMEDIATE:
        return snapshot.groups, alone
    # Also in the period for objections: a closing figure that is shown twice would tell what they have changed.
    if not snapshot.final:
        return snapshot.released, alone
    pool = pools(_not_seen_before(consultation, snapshot))
    # Too few in all groups together: showing them could reveal single ballots, so the boards stay as they are.
    if pool is None:
        return snapshot.released, alone
    return pooled(snapshot.groups, pool), alone | pool


def _not_seen_before(consultation: Consultation, snapshot: Snapshot) -> Mapping[str, int]:
    """How many ballots of each group were not released before the close; only groups that have or had a ballot."""
    waiting = (
        {group: tally.ballots for group, tally in snapshot.groups.items()}
        if consultation.release_policy == ReleasePolicy.AFTER_CLOSE
        else waiting_by_group(consultation.id)
    )
    taken_part = [
        group for group in snapshot.groups if snapshot.groups[group].ballots or snapshot.released[group].ballots
    ]
    return {group: waiting.get(group, 0) for group in taken_part}


def _until_next(consultation: Consultation, snapshot: Snapshot) -> Mapping[str, int] | None:
    if consultation.release_policy != ReleasePolicy.COHORTS or snapshot.closed:
        return None
    waiting = waiting_by_group(consultation.id)
    return {group: until_due(waiting.get(group, 0)) for group in snapshot.groups}


def figures_at_midnight(consultation: Consultation, ideas: int) -> Figures | None:
    """The figures as of last midnight in the region, through the same gate, to show movement.

    None if the consultation has closed, was opened today, or shows nothing.
    """
    day = datetime.now(TIME_ZONE).date()
    midnight = datetime.combine(day, time(), TIME_ZONE).astimezone(UTC)
    if consultation.has_closed or consultation.opened_at is None or consultation.opened_at >= midnight:
        return None
    return figures(consultation, ideas, until=_last_entry(consultation.id, day, midnight))


class _LastEntries(dict[int, tuple[date, int]]):
    """For each consultation a day, and the last entry before it."""


def _last_entry(consultation_id: int, day: date, midnight: datetime) -> int:
    """The last ledger entry before this day; cached, as it no longer changes."""
    known = services().of(_LastEntries)
    if consultation_id not in known or known[consultation_id][0] != day:
        known[consultation_id] = (day, last_before(consultation_id, midnight))
    return known[consultation_id][1]
