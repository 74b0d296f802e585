"""The gate: the one place that decides which figures computed from rankings may be seen, and how exactly.

Pages, streams and exports get tallies from here and from nowhere else. How many ballots came in is not
computed from rankings and needs no gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import numpy as np

from ruhrvote.accounts.models import Kind
from ruhrvote.consultations.models import Consultation, ReleasePolicy, Status, Weighting
from ruhrvote.consultations.queries import waiting_by_group
from ruhrvote.ideas.queries import number_of_ideas
from ruhrvote.leaderboards.current_ballots import Trait, ballots_by_trait, current_ballots
from ruhrvote.leaderboards.scoreboard import Snapshot, groups_by_kind, kind_of, scoreboards
from ruhrvote.ledger.queries import last_before
from ruhrvote.services import services
from ruhrvote.tally.disclosure import pooled, pools, until_due
from ruhrvote.tally.scores import Weighted, equal_groups, one_voice
from ruhrvote.tally.tally import Tally, count
from ruhrvote.tally.weak_order import Levels
from ruhrvote.web import TIME_ZONE

FEWEST_BALLOTS = 10  # of a board that says more than a tally does
DECIMALS_WHILE_OPEN = 1


@dataclass(frozen=True)
class Figures:
    """The tallies that may be shown, as of the ledger's entry `seq`.

    groups: by group, or by pool where groups are shown together after the close; pool: for each group of the roll
    the one in which it is shown. until_next: for each group, how many first ballots are missing until its board
    moves again; None where boards do not wait.
    """

    seq: int
    groups: Mapping[str, Tally]
    overall: Weighted
    pool: Mapping[str, str]
    until_next: Mapping[str, int] | None

    @property
    def counted(self) -> int:
        """How many ballots the boards rest on."""
        return sum(tally.ballots for tally in self.groups.values())

    def until_next_of(self, group: str | None) -> int | None:
        """How many submissions are missing, at the least, until the board of a group, or of all, moves again."""
        if self.until_next is None:
            return None
        return self.until_next[group] if group else min(self.until_next.values())


def may_be_seen(consultation: Consultation) -> bool:
    """Whether boards of this consultation may be seen now, by anybody."""
    if consultation.status == Status.DRAFT:
        return False
    if consultation.release_policy == ReleasePolicy.AFTER_CLOSE:
        return consultation.has_result
    return True


def figures(consultation: Consultation, ideas: int, until: int | None = None) -> Figures | None:
    """The tallies of a consultation with so many ideas, or None while nothing may be seen.

    With `until`, what could be seen after that earlier entry.
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
    """How many organisations of each group may take part and how many have a ballot: no rankings, so no gate."""
    snapshot = scoreboards().catch_up(consultation.id, ideas)
    return snapshot.eligible, {group: tally.ballots for group, tally in snapshot.groups.items()}


def eligible_of(consultation: Consultation) -> Mapping[str, int]:
    """How many organisations of each group may take part, without counting the roll, which may be long."""
    return participation(consultation, number_of_ideas(consultation.id))[0]


def ballots_behind(consultation: Consultation, shown: Figures, group: str = "") -> Mapping[str, Levels] | None:
    """The ballots that the figures of all groups, or of one, count; for what no tally tells, such as intervals.

    None before the close, where they are fewer than FEWEST_BALLOTS, and unless they are exactly those that are shown.
    """
    tallies = {name: tally for name, tally in shown.groups.items() if group in ("", name)}
    counted = sum(tally.ballots for tally in tallies.values())
    if not consultation.has_closed or consultation.status == Status.ARCHIVED or counted < FEWEST_BALLOTS:
        return None
    current = current_ballots(consultation.id, next(iter(tallies.values())).ideas, shown.seq)
    group_of = groups_by_kind(shown.pool)
    group_of_cell = np.array([shown.pool[group_of[kind_of(cell)]] for cell in current.cells])
    ballots = {name: current.levels[(group_of_cell == name)[current.cell]] for name in tallies}
    same = all(count(ballots[name]).digest() == tallies[name].digest() for name in tallies)
    return ballots if same else None


def traits_behind(consultation: Consultation, shown: Figures) -> Mapping[Trait, Levels] | None:
    """The ballots of the firms' board by what the roll says of those who cast them; for breakdowns alone.

    None before the close, where they are fewer than FEWEST_BALLOTS, and unless they are exactly those that are shown.
    What a breakdown shows of them is for `tally/suppression.py` to say.
    """
    group_of = groups_by_kind(shown.pool)
    if not consultation.has_closed or consultation.status == Status.ARCHIVED or Kind.FIRM not in group_of:
        return None
    board = shown.pool[group_of[Kind.FIRM]]
    tally = shown.groups[board]
    if tally.ballots < FEWEST_BALLOTS:
        return None
    every = ballots_by_trait(consultation.id, tally.ideas, shown.seq)
    inside = {trait: level for trait, level in every.items() if shown.pool[group_of[trait.kind]] == board}
    same = count(np.concatenate(list(inside.values()))).digest() == tally.digest() if inside else False
    return inside if same else None


def rounded(consultation: Consultation, value: float, decimals: int = DECIMALS_WHILE_OPEN) -> float:
    """A score, share or mean as it may leave the system: until the consultation has closed only rounded.

    Ranks are made from exact values. What protects a ballot is that figures rest on cohorts, not the rounding.
    """
    return value if consultation.has_closed else round(value, decimals)


def _shown(consultation: Consultation, snapshot: Snapshot) -> tuple[Mapping[str, Tally], Mapping[str, str]]:
    """The tallies that a snapshot lets be seen, and the pool of each group."""
    alone = {group: group for group in snapshot.groups}
    if consultation.release_policy == ReleasePolicy.IMMEDIATE:
        return snapshot.groups, alone
    if not snapshot.closed:
        return snapshot.released, alone
    pool = pools(_not_seen_before(consultation, snapshot))
    # Too few even together: showing them would show what single organisations want. The boards stay as they are.
    if pool is None:
        return snapshot.released, alone
    return pooled(snapshot.groups, pool), alone | pool


def _not_seen_before(consultation: Consultation, snapshot: Snapshot) -> Mapping[str, int]:
    """How many ballots of each group no board has shown before the close; for groups that have or had a ballot."""
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


def figures_this_morning(consultation: Consultation, ideas: int) -> Figures | None:
    """The figures as of midnight in the region, through the same gate.

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
    """The last entry before this day; it is looked up once a day and process, as it no longer changes."""
    known = services().of(_LastEntries)
    if consultation_id not in known or known[consultation_id][0] != day:
        known[consultation_id] = (day, last_before(consultation_id, midnight))
    return known[consultation_id][1]
