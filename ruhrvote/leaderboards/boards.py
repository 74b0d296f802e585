"""A board: what a page, a stream or a file shows, made from the figures that the gate lets through."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

import numpy as np

from ruhrvote.ballots.queries import received_by_group
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import eligible_by_group
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import ideas_of, themes_of
from ruhrvote.leaderboards.gate import Figures, figures
from ruhrvote.tally.scores import first_places, quorum, ranks, scores, theme_scores
from ruhrvote.tally.tally import Tally

TOP = 10


class ScopeKind(StrEnum):
    """Of what a board is."""

    OVERALL = "overall"
    THEMES = "themes"
    THEME = "theme"
    GROUP = "group"


@dataclass(frozen=True)
class Scope:
    """Which board: of everything, of the themes among each other, of one theme or of one group."""

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}" if self.name else str(self.kind)


@dataclass(frozen=True)
class IdeaRow:
    """An idea on a board. Rank 0 and no score mean: too few judgements."""

    idea: Idea
    rank: int
    tied: bool
    overall_rank: int
    score: float | None
    judgements: int
    first_places: float
    needed: int


@dataclass(frozen=True)
class ThemeRow:
    """A theme on the board of themes. Rank 0 means: not ranked."""

    theme: Theme
    rank: int
    tied: bool
    score: float | None
    ideas: int
    best: IdeaRow | None
    in_top: int


@dataclass(frozen=True)
class Turnout:
    """How many organisations may take part, how many ballots came in and how many the board counts."""

    eligible: int
    received: int
    counted: int

    @property
    def percent(self) -> float:
        """Ballots that came in, of those eligible, in per cent."""
        return 100 * self.received / self.eligible if self.eligible else 0.0


@dataclass(frozen=True)
class Board:
    """One board with everything that its page, its fragment and its file show."""

    consultation: Consultation
    scope: Scope
    scopes: Sequence[Scope]
    themes: Mapping[str, Theme]
    idea_rows: Sequence[IdeaRow]
    theme_rows: Sequence[ThemeRow]
    turnout: Turnout
    group_turnouts: Mapping[str, Turnout]
    seq: int
    as_of: datetime
    visible: bool

    @property
    def ranked(self) -> Sequence[IdeaRow]:
        """The ideas that have a rank."""
        return [row for row in self.idea_rows if row.rank]

    @property
    def too_few(self) -> Sequence[IdeaRow]:
        """The ideas that too few ballots judge."""
        return [row for row in self.idea_rows if not row.rank]


def find_scope(text: str, consultation: Consultation) -> Scope | None:
    """The scope that an address names, or None if this consultation has none of that name."""
    return next((scope for scope in scopes_of(consultation) if str(scope) == text), None)


def scopes_of(consultation: Consultation) -> list[Scope]:
    """Every board that this consultation has, in the order of the menu."""
    return _scopes(themes_of(consultation.id), eligible_by_group(consultation.id))


def _scopes(themes: Iterable[Theme], groups: Iterable[str]) -> list[Scope]:
    return [
        Scope(ScopeKind.OVERALL),
        Scope(ScopeKind.THEMES),
        *(Scope(ScopeKind.THEME, theme.key) for theme in themes),
        *(Scope(ScopeKind.GROUP, group) for group in sorted(groups, key=_group_order)),
    ]


def _group_order(group: str) -> int:
    known = ("chamber", "municipality", "firm")
    return known.index(group) if group in known else len(known)


def make_board(consultation: Consultation, scope: Scope) -> Board:
    """The board of a scope as of now."""
    ideas, themes = ideas_of(consultation.id), themes_of(consultation.id)
    shown = figures(consultation, len(ideas))
    eligible, received = eligible_by_group(consultation.id), received_by_group(consultation.id)
    group_turnouts = {
        group: Turnout(
            eligible[group],
            received.get(group, 0),
            shown.groups[group].ballots if shown and group in shown.groups else 0,
        )
        for group in sorted(eligible, key=_group_order)
    }
    idea_rows: list[IdeaRow] = []
    theme_rows: list[ThemeRow] = []
    if shown:
        idea_rows = _rows_of(consultation, ideas, shown, scope)
        if scope.kind == ScopeKind.THEMES:
            theme_rows, idea_rows = _theme_rows(ideas, themes, idea_rows, shown), []
        elif scope.kind == ScopeKind.THEME:
            idea_rows = _within(idea_rows, scope.name)
    turnouts = [group_turnouts[scope.name]] if scope.kind == ScopeKind.GROUP else list(group_turnouts.values())
    return Board(
        consultation=consultation,
        scope=scope,
        scopes=_scopes(themes, eligible),
        themes={theme.key: theme for theme in themes},
        idea_rows=idea_rows,
        theme_rows=theme_rows,
        turnout=Turnout(*(sum(getattr(t, name) for t in turnouts) for name in ("eligible", "received", "counted"))),
        group_turnouts=group_turnouts,
        seq=shown.seq if shown else 0,
        as_of=datetime.now(UTC),
        visible=shown is not None,
    )


def _rows_of(consultation: Consultation, ideas: Sequence[Idea], shown: Figures, scope: Scope) -> list[IdeaRow]:
    """All ideas ranked in a group or overall; judgements and quorum are counted without weights."""
    if scope.kind == ScopeKind.GROUP:
        weighted = unweighted = shown.groups[scope.name]
    else:
        weighted, unweighted = shown.overall.tally, _unweighted(shown)
    return rank_ideas(consultation, ideas, weighted, unweighted)


def _unweighted(shown: Figures) -> Tally:
    tallies = list(shown.groups.values())
    return sum(tallies[1:], tallies[0])


def rank_ideas(consultation: Consultation, ideas: Sequence[Idea], weighted: Tally, unweighted: Tally) -> list[IdeaRow]:
    """The ideas with their scores, best first; those that too few ballots judge come last, without a rank."""
    score = scores(weighted)
    needed = quorum(unweighted.ballots, consultation.quorum_percent, consultation.quorum_minimum)
    rank = ranks(score, unweighted.placed >= needed)
    firsts = first_places(unweighted)
    rows = [
        IdeaRow(
            idea=idea,
            rank=int(rank[i]),
            tied=bool(rank[i]) and int(np.count_nonzero(rank == rank[i])) > 1,
            overall_rank=int(rank[i]),
            score=float(score[i]) if rank[i] else None,
            judgements=int(unweighted.placed[i]),
            first_places=float(firsts[i]),
            needed=needed,
        )
        for i, idea in enumerate(ideas)
    ]
    return sorted(rows, key=lambda row: (row.rank == 0, row.rank, row.idea.number))


def _within(rows: Sequence[IdeaRow], theme_key: str) -> list[IdeaRow]:
    """The rows of one theme, ranked among each other by the score over the whole list."""
    inside = [row for row in rows if row.idea.theme.key == theme_key]
    return [
        replace(
            row,
            rank=1 + sum(0 < other.rank < row.rank for other in inside) if row.rank else 0,
            tied=bool(row.rank) and sum(other.rank == row.rank for other in inside) > 1,
        )
        for row in inside
    ]


def _theme_rows(
    ideas: Sequence[Idea], themes: Sequence[Theme], rows: Sequence[IdeaRow], shown: Figures
) -> list[ThemeRow]:
    """The themes by their score; chapters of leftovers are shown last, without a rank."""
    members = [[i for i, idea in enumerate(ideas) if idea.theme_id == theme.id] for theme in themes]
    score = theme_scores(shown.overall.tally, members)
    rank = ranks(score, np.array([theme.ranked for theme in themes], dtype=bool))
    result = []
    for i, theme in enumerate(themes):
        inside = [row for row in rows if row.idea.theme_id == theme.id]
        result.append(
            ThemeRow(
                theme=theme,
                rank=int(rank[i]),
                tied=bool(rank[i]) and int(np.count_nonzero(rank == rank[i])) > 1,
                score=None if np.isnan(score[i]) or not theme.ranked else float(score[i]),
                ideas=len(inside),
                best=next((row for row in inside if row.rank), None),
                in_top=sum(0 < row.rank <= TOP for row in inside),
            )
        )
    return sorted(result, key=lambda row: (row.rank == 0, row.rank, row.theme.position))
