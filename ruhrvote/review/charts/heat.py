"""Heat map: the score of each idea in each group, or after the close in each cell of a breakdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from flask_babel import gettext as _

from ruhrvote.files.table import Cell
from ruhrvote.ideas.models import Idea
from ruhrvote.leaderboards.rows import IdeaRow
from ruhrvote.review.charts.svg import HEAT, HEAT_EDGES, MUTED, WIDE, Drawing, shortened
from ruhrvote.review.figures import Basis, group_name, idea_name, score_text
from ruhrvote.web import localised, show_number

LABELS = 330  # width for the names of the ideas
NARROW_COLUMNS = 3  # columns that fit on a phone; more are scrolled


@dataclass(frozen=True)
class HeatRow:
    """An idea with its overall rank, 0 for none, and its score in each column, None for too few judgements."""

    idea: Idea
    rank: int
    scores: Sequence[float | None]

    @property
    def spread(self) -> float:
        """The highest minus the lowest score of its columns; 0 if fewer than two have a score."""
        known = [score for score in self.scores if score is not None]
        return max(known) - min(known) if len(known) > 1 else 0.0


@dataclass(frozen=True)
class Heat:
    """The heat map: rows of ideas by overall rank, and columns with their numbers of ballots."""

    columns: Sequence[str]
    ballots: Sequence[int]
    rows: Sequence[HeatRow]


def figure_of(basis: Basis) -> Heat:
    """The figure of ideas by groups."""
    assert basis.shown is not None
    ballots = {group_name(name): basis.shown.groups[name].ballots for name in basis.group_rows}
    return heat(basis, {group_name(name): rows for name, rows in basis.group_rows.items()}, ballots)


def heat(basis: Basis, columns: Mapping[str, Sequence[IdeaRow]], ballots: Mapping[str, int]) -> Heat:
    """A heat map of the ideas by overall rank, with their scores in each column."""
    score = {name: {row.idea.id: row.score for row in rows} for name, rows in columns.items()}
    return Heat(
        columns=list(columns),
        ballots=[ballots[name] for name in columns],
        rows=[
            HeatRow(row.idea, row.rank, [score[name][row.idea.id] for name in columns])
            for row in sorted(basis.board.idea_rows, key=lambda row: (row.rank == 0, row.rank, row.idea.number))
        ],
    )


def draw(figure: Heat, width: int = WIDE) -> Drawing:
    """Draw a field with its score for each idea and column; darker is higher. If narrow, names are above the fields."""
    wide = width == WIDE
    left = LABELS if wide else 30
    column = max(46, min(110, (WIDE - LABELS - 20) / max(1, len(figure.columns)))) if wide else (width - left) / 3.05
    longest = max(map(len, figure.columns), default=0)
    turned = wide and longest * 7 > column - 8
    top, step = min(245, 30 + longest * 6) if turned else 44, 22 if wide else 44
    across = left + column * len(figure.columns) + (150 if turned else 14 if wide else 0)
    description = _("Heat map: a row for each idea, a column for each group; darker is a higher score.")
    made = Drawing(
        f"heat-{width}", max(across, width), top + step * len(figure.rows) + 54, _("Ideas and groups"), description
    )
    for number, (name, ballots) in enumerate(zip(figure.columns, figure.ballots, strict=True)):
        x = left + column * (number + 0.5)
        if turned:
            made.text(x - 2, top - 10, f"{shortened(name, 270, 13)} ({show_number(ballots)})", size=13, turned=True)
        else:
            counted = _("%(number)s ballots", number=show_number(ballots))
            made.text(x, top - 24, shortened(name, column, 13), size=13, anchor="middle", bold=True)
            made.text(x, top - 8, counted, size=12, anchor="middle", colour=MUTED)
    for number, row in enumerate(figure.rows):
        y = top + number * step
        made.text(26, y + 15, str(row.rank or "–"), anchor="end", bold=True, size=13)
        made.text(36, y + 15, shortened(localised(row.idea, "short"), (left if wide else width) - 44, 13), size=13)
        y += 0 if wide else 20
        for place, score in enumerate(row.scores):
            x = left + column * place
            if score is None:
                made.text(x + column / 2, y + 15, "–", size=13, anchor="middle", colour=MUTED)
            else:
                made.field(x + 1, y + 1, column - 2, 20, score)
                made.field_text(x + column / 2, y + 15, score_text(score), score)
    _legend(made, made.height - 40)
    return made


def _legend(made: Drawing, y: float) -> None:
    words = [_("below %(score)d", score=HEAT_EDGES[0])]
    words += [f"{low}–{high}" for low, high in pairwise(HEAT_EDGES)]
    words += [_("from %(score)d", score=HEAT_EDGES[-1])]
    margin = 20 if made.width >= WIDE else 2
    width = (made.width - 2 * margin) / len(HEAT)
    middles = [25.0, *((low + high) / 2 for low, high in pairwise(HEAT_EDGES)), 75.0]
    for number, (text, middle) in enumerate(zip(words, middles, strict=True)):
        made.field(margin + number * width, y, width - 2, 22, middle)
        made.field_text(margin + (number + 0.5) * width - 1, y + 15, text, middle, size=11 if margin > 2 else 9)


def table(figure: Heat) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """The data of the chart as a table: header and rows."""
    header = [_("Rank"), _("Number"), _("Idea"), *figure.columns]
    return header, [
        [row.rank or None, row.idea.number, localised(row.idea, "short"), *row.scores] for row in figure.rows
    ]


def sentence(figure: Heat) -> str:
    """The main statement of the chart in words."""
    apart = max(figure.rows, key=lambda row: row.spread, default=None)
    if apart is None or not apart.spread:
        return _("There are not two groups yet that can be compared.")
    known = [(score, name) for score, name in zip(apart.scores, figure.columns, strict=True) if score is not None]
    (most, friend), (least, critic) = max(known), min(known)
    said = _(
        "Furthest apart: %(idea)s – %(friend)s %(most)s, %(critic)s %(least)s.",
        idea=idea_name(apart.idea), friend=friend, most=score_text(most), critic=critic, least=score_text(least),
    )  # fmt: skip
    ahead = [row for row in figure.rows[:10] if row.spread]
    if ahead:
        close = min(ahead, key=lambda row: row.spread)
        said += " " + _(
            "Among the first ten they agree most on %(idea)s (%(points)s points apart).",
            idea=idea_name(close.idea), points=score_text(close.spread),
        )  # fmt: skip
    return said
