"""Theme profile: the score of each theme in each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from ruhrvote.files.table import Cell
from ruhrvote.ideas.models import Theme
from ruhrvote.leaderboards.rows import IdeaRow, ThemeRow, rank_themes
from ruhrvote.review.charts.svg import MUTED, WIDE, Drawing, shortened
from ruhrvote.review.figures import Basis, group_name, listed, score_text
from ruhrvote.tally.tally import Tally
from ruhrvote.web import localised


@dataclass(frozen=True)
class ThemeLine:
    """A ranked theme with its score in each group, None where nothing was compared."""

    theme: Theme
    rank: int
    overall: float | None
    scores: Sequence[float | None]


@dataclass(frozen=True)
class Profile:
    """The ranked themes by their overall rank, and the groups."""

    groups: Sequence[str]
    lines: Sequence[ThemeLine]


def figure_of(basis: Basis) -> Profile:
    """The figure with the score of each theme, overall and in each group."""
    assert basis.shown is not None

    def scores(rows: Sequence[IdeaRow], tally: Tally) -> list[ThemeRow]:
        return rank_themes(basis.consultation, basis.ideas, basis.themes, rows, tally)

    overall = scores(basis.board.idea_rows, basis.shown.overall.tally)
    of_group = {
        name: {row.theme.id: row.score for row in scores(rows, basis.shown.groups[name])}
        for name, rows in basis.group_rows.items()
    }
    return Profile(
        groups=[group_name(name) for name in basis.group_rows],
        lines=[
            ThemeLine(row.theme, row.rank, row.score, [of_group[name][row.theme.id] for name in basis.group_rows])
            for row in overall
            if row.rank
        ],
    )


def draw(figure: Profile, width: int = WIDE) -> Drawing:
    """Draw a line for each theme with a marker for each group; further right is higher."""
    wide = width == WIDE
    left, right, step = (290, 24, 46) if wide else (16, 16, 62)
    top = 66 if wide else 40 + 22 * len(figure.groups)
    known = [score for line in figure.lines for score in line.scores if score is not None] or [50.0]
    low, high = min(40, 5 * (min(known) // 5)), max(60, 5 * -(-max(known) // 5))
    scale = (width - left - right) / (high - low)
    description = _("Dot plot: a line for each theme, a sign for each group at its score.")
    made = Drawing(
        f"profile-{width}", width, top + step * len(figure.lines) + 12, _("Themes in each group"), description
    )
    for number, name in enumerate(figure.groups):
        x, y = (left + number * (width - left) / max(1, len(figure.groups)), 16) if wide else (16, 14 + 22 * number)
        made.marker(number, x + 6, y - 1)
        made.text(x + 18, y + 4, shortened(name, 150 if wide else 300), size=14)
    for mark in range(int(low), int(high) + 1, 5):
        x = left + (mark - low) * scale
        made.line(x, top - 6, x, made.height - 8, dashed=mark == 50)
        made.text(x, top - 12, str(mark), size=12, anchor="middle", colour=MUTED)
    for number, line in enumerate(figure.lines):
        y = top + number * step + (22 if wide else 40)
        name = localised(line.theme, "name")
        if wide:
            made.text(left - 16, y + 5, shortened(f"{line.rank}. {name}", left - 20), anchor="end")
        else:
            made.text(2, y - 18, shortened(f"{line.rank}. {name}", width - 4))
        inside = [score for score in line.scores if score is not None]
        if inside:
            made.line(left + (min(inside) - low) * scale, y, left + (max(inside) - low) * scale, y, strong=True)
        for place, score in enumerate(line.scores):
            if score is not None:
                made.marker(place, left + (score - low) * scale, y)
    return made


def table(figure: Profile) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """The data of the chart as a table: header and rows."""
    header = [_("Rank"), _("Theme"), _("Score over all"), *figure.groups]
    return header, [[line.rank, localised(line.theme, "name"), line.overall, *line.scores] for line in figure.lines]


def sentence(figure: Profile) -> str:
    """The main statement of the chart in words."""
    highest = []
    for place, name in enumerate(figure.groups):
        best = max(figure.lines, key=lambda line: line.scores[place] or 0.0, default=None)
        if best is not None and best.scores[place] is not None:
            highest.append(f"{name}: {localised(best.theme, 'name')} ({score_text(best.scores[place])})")
    return _("Highest theme of each group: %(themes)s.", themes=listed(highest)) if highest else ""
