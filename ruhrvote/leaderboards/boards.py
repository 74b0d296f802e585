"""Making a board: everything that a page, a stream or a file shows of it, from figures that have passed the gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property

import numpy as np
from flask_babel import lazy_gettext as _l

from ruhrvote.comments.summary import comment_counts
from ruhrvote.consultations.models import Consultation
from ruhrvote.errors import Unknown
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import ideas_of, number_of_ideas, themes_of
from ruhrvote.leaderboards.gate import Figures, figures, figures_at_midnight, participation
from ruhrvote.leaderboards.intervals import find_intervals
from ruhrvote.leaderboards.rows import (
    IdeaRow,
    Sort,
    ThemeRow,
    places,
    rank_ideas,
    rank_themes,
    sorted_rows,
    unweighted,
    within_theme,
)
from ruhrvote.ledger.queries import last_change
from ruhrvote.tally.disclosure import parts, pooled


class ScopeKind(StrEnum):
    """The kinds of boards."""

    OVERALL = "overall"
    THEMES = "themes"
    THEME = "theme"
    GROUP = "group"


@dataclass(frozen=True)
class Scope:
    """What a board is about: all ideas, the themes compared, one theme (by key) or one group (by name)."""

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}" if self.name else str(self.kind)


OVERALL = Scope(ScopeKind.OVERALL)


class Availability(StrEnum):
    """Whether a figure that takes long to compute is there, is being computed (PENDING), or does not exist (NONE)."""

    NONE = "none"
    PENDING = "pending"
    THERE = "there"


@dataclass(frozen=True)
class Turnout:
    """How many organisations may take part, have a ballot, and are counted on the board."""

    eligible: int
    received: int
    counted: int

    @property
    def percent(self) -> float:
        """The turnout in per cent: ballots received of organisations eligible."""
        return 100 * self.received / self.eligible if self.eligible else 0.0

    @classmethod
    def of_all(cls, groups: Iterable[Turnout]) -> Turnout:
        """The turnout of several groups together."""
        parts = list(groups)
        return cls(*(sum(getattr(part, name) for part in parts) for name in ("eligible", "received", "counted")))


@dataclass(frozen=True)
class Board:
    """One board with everything that its page, its fragment and its file show.

    visible: whether figures may be shown; moves: whether rows have the rank of this morning; intervals: whether rows
    have bootstrap intervals; until_next: the least number of submissions until the figures change, None if each
    submission or none changes them; talk: the numbers of comments and of open questions by the id of an idea.
    """

    consultation: Consultation
    scope: Scope
    sort: Sort
    scopes: Sequence[Scope]
    themes: Mapping[str, Theme]
    idea_rows: Sequence[IdeaRow]
    theme_rows: Sequence[ThemeRow]
    turnout: Turnout
    group_turnouts: Mapping[str, Turnout]
    seq: int
    as_of: datetime
    visible: bool
    moves: bool
    intervals: Availability
    until_next: int | None
    talk: Mapping[int, tuple[int, int]]

    @cached_property
    def places(self) -> Mapping[Sort, Mapping[int, int]]:
        """Where each idea or theme stands in each order; see `rows.places`."""
        return places(self.idea_rows) if self.idea_rows else places(self.theme_rows)

    @property
    def following(self) -> Scope:
        """The next board in the menu; after the last one, the first."""
        return self.scopes[(self.scopes.index(self.scope) + 1) % len(self.scopes)]

    @property
    def ranked(self) -> Sequence[IdeaRow]:
        """The ideas that have a rank."""
        return [row for row in self.idea_rows if row.rank]

    @property
    def too_few(self) -> Sequence[IdeaRow]:
        """The ideas without a rank: too few ballots judge them, or they are retired."""
        return [row for row in self.idea_rows if not row.rank]


def get_scope(text: str, consultation: Consultation, kind: ScopeKind | None = None) -> Scope:
    """The scope with this text form in an address; raises Unknown if the consultation has none (of this kind).

    After the close, a group may be pooled with others: its address then means the board of the pool.
    """
    pool, (family, _, name) = _pool(consultation), text.partition("-")
    wanted = f"{family}-{pool.get(name, name)}" if family == ScopeKind.GROUP else text
    scope = next((scope for scope in _scopes(themes_of(consultation.id), pool.values()) if str(scope) == wanted), None)
    if scope is None or kind not in (None, scope.kind):
        raise Unknown(_l("There is no board at this address. The menu of the boards leads to all of them."))
    return scope


def scopes_of(consultation: Consultation) -> list[Scope]:
    """The scopes of all boards of a consultation, in the order of the menu."""
    return _scopes(themes_of(consultation.id), _pool(consultation).values())


def _pool(consultation: Consultation) -> Mapping[str, str]:
    """For each group on the roll the pool in which it is shown: itself, except after the close."""
    shown = figures(consultation, number_of_ideas(consultation.id)) if consultation.is_settled else None
    eligible, _ = participation(consultation, number_of_ideas(consultation.id))
    return shown.pool if shown else {group: group for group in eligible}


def _scopes(themes: Iterable[Theme], groups: Iterable[str]) -> list[Scope]:
    return [
        Scope(ScopeKind.OVERALL),
        Scope(ScopeKind.THEMES),
        *(Scope(ScopeKind.THEME, theme.key) for theme in themes),
        *(Scope(ScopeKind.GROUP, group) for group in sorted(set(groups), key=_group_order)),
    ]


def _group_order(group: str) -> int:
    known = ("chamber", "municipality", "firm")
    first = parts(group)[0]
    return known.index(first) if first in known else len(known)


def turnouts_by_group(consultation: Consultation, ideas: int, shown: Figures | None) -> dict[str, Turnout]:
    """The turnout of each group, in the order of the pages."""
    pool = shown.pool if shown else {}
    eligible, received = (pooled(numbers, pool) for numbers in participation(consultation, ideas))
    return {
        group: Turnout(
            eligible[group],
            received.get(group, 0),
            shown.groups[group].ballots if shown and group in shown.groups else 0,
        )
        for group in sorted(eligible, key=_group_order)
    }


def make_board(
    consultation: Consultation,
    scope: Scope,
    sort: Sort = Sort.RANK,
    *,
    with_intervals: bool = False,
    patient: bool = False,
) -> Board:
    """The board of a scope as of now.

    with_intervals: also start computing intervals, which takes long; patient: wait until they are computed.
    """
    ideas, themes = ideas_of(consultation.id), themes_of(consultation.id)
    shown = figures(consultation, len(ideas))
    morning = figures_at_midnight(consultation, len(ideas)) if shown else None
    group_turnouts = turnouts_by_group(consultation, len(ideas), shown)
    rows = _Rows([], [])
    intervals = Availability.NONE
    if shown:
        rows = _rows(consultation, ideas, themes, shown, scope)
        if morning:
            rows = rows.since(_rows(consultation, ideas, themes, morning, scope))
        if with_intervals and rows.ideas and consultation.is_settled:
            rows, intervals = _with_intervals(rows, consultation, ideas, shown, scope, patient)
    turnouts = [group_turnouts[scope.name]] if scope.kind == ScopeKind.GROUP else group_turnouts.values()
    return Board(
        consultation=consultation,
        scope=scope,
        sort=sort,
        scopes=_scopes(themes, group_turnouts),
        themes={theme.key: theme for theme in themes},
        idea_rows=sorted_rows(rows.ideas, sort),
        theme_rows=sorted_rows(rows.themes, sort),
        turnout=Turnout.of_all(turnouts),
        group_turnouts=group_turnouts,
        seq=shown.seq if shown else 0,
        # Not the present time: the same board must be the same bytes in each process and on each host.
        as_of=last_change(consultation.id) or datetime.now(UTC),
        visible=shown is not None,
        moves=morning is not None,
        intervals=intervals,
        until_next=shown.until_next_of(scope.name if scope.kind == ScopeKind.GROUP else None) if shown else None,
        talk=comment_counts(consultation.id) if rows.ideas else {},
    )


@dataclass(frozen=True)
class _Rows:
    """The rows of a scope by rank: ideas, or themes on the board of themes; none for a group without ballots."""

    ideas: Sequence[IdeaRow]
    themes: Sequence[ThemeRow]

    def since(self, before: _Rows) -> _Rows:
        """The same rows with their former ranks, those of `before`."""
        idea_rank = {row.idea.id: row.rank for row in before.ideas}
        theme_rank = {row.theme.id: row.rank for row in before.themes}
        return _Rows(
            [replace(row, rank_before=idea_rank.get(row.idea.id, 0)) for row in self.ideas],
            [replace(row, rank_before=theme_rank.get(row.theme.id, 0)) for row in self.themes],
        )


def _rows(
    consultation: Consultation, ideas: Sequence[Idea], themes: Sequence[Theme], shown: Figures, scope: Scope
) -> _Rows:
    if scope.kind == ScopeKind.GROUP:
        of_group = shown.groups.get(scope.name)
        return _Rows(rank_ideas(consultation, ideas, of_group, of_group) if of_group else [], [])
    rows = rank_ideas(consultation, ideas, shown.overall.tally, unweighted(shown))
    match scope.kind:
        case ScopeKind.THEMES:
            return _Rows([], rank_themes(consultation, ideas, themes, rows, shown.overall.tally))
        case ScopeKind.THEME:
            return _Rows(within_theme(rows, scope.name), [])
        case _:
            return _Rows(rows, [])


def _with_intervals(
    rows: _Rows, consultation: Consultation, ideas: Sequence[Idea], shown: Figures, scope: Scope, patient: bool
) -> tuple[_Rows, Availability]:
    overall = rows.ideas if scope.kind != ScopeKind.THEME else _rows(consultation, ideas, (), shown, OVERALL).ideas
    ranked_ideas = {row.idea.id for row in overall if row.rank}
    ranked = np.array([idea.id in ranked_ideas for idea in ideas], dtype=bool)
    intervals = find_intervals(consultation, shown, scope.name if scope.kind == ScopeKind.GROUP else "", ranked)
    if intervals is None:
        return rows, Availability.NONE
    found = intervals.result(patient=patient)
    if found is None:
        return rows, Availability.PENDING
    of_idea = {ideas[position].id: interval for position, interval in found.items()}
    with_them = [replace(row, overall_interval=of_idea.get(row.idea.id)) for row in rows.ideas]
    return _Rows(with_them, []), Availability.THERE
