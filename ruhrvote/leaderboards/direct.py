"""The direct comparison of ideas within a theme: a detail beside the boards, not the official score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from ruhrvote.consultations.models import Consultation
from ruhrvote.ideas.models import Theme
from ruhrvote.ideas.queries import ideas_of, themes_of
from ruhrvote.leaderboards.boards import Scope, ScopeKind, Turnout, turnouts_by_group
from ruhrvote.leaderboards.gate import figures
from ruhrvote.leaderboards.rows import IdeaRow, rank_ideas, unweighted
from ruhrvote.tally.scores import shares


@dataclass(frozen=True)
class Against:
    """An idea of a theme against each other idea of it.

    row: rank and score within the theme; wins[i]: the share of comparisons with the idea of row i that it wins, in per
    cent, ties counted half, rounded to an integer; None for the idea itself and for pairs that no ballot compares.
    """

    row: IdeaRow
    wins: Sequence[int | None]


@dataclass(frozen=True)
class DirectComparison:
    """The ideas of a theme compared only with each other; `rows` and their `wins` are in the same order."""

    consultation: Consultation
    theme: Theme
    rows: Sequence[Against]
    turnout: Turnout
    as_of: datetime
    visible: bool


def compare_directly(consultation: Consultation, scope: Scope) -> DirectComparison:
    """The direct comparison within the theme of this scope, as of now."""
    assert scope.kind == ScopeKind.THEME
    ideas, themes = ideas_of(consultation.id), themes_of(consultation.id)
    shown = figures(consultation, len(ideas))
    inside = [position for position, idea in enumerate(ideas) if idea.theme.key == scope.name]
    rows: list[Against] = []
    if shown:
        ranked = rank_ideas(consultation, ideas, shown.overall.tally, unweighted(shown), inside)
        order = [ideas.index(row.idea) for row in ranked]
        share = 100 * shares(shown.overall.tally)[np.ix_(order, order)]
        rows = [
            Against(row, [None if np.isnan(won) else round(won) for won in wins])
            for row, wins in zip(ranked, share, strict=True)
        ]
    return DirectComparison(
        consultation=consultation,
        theme=next(theme for theme in themes if theme.key == scope.name),
        rows=rows,
        turnout=Turnout.of_all(turnouts_by_group(consultation, len(ideas), shown).values()),
        as_of=datetime.now(UTC),
        visible=shown is not None,
    )
