"""Bar chart of scores by rank, with bootstrap intervals after the close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from ruhrvote.files.table import Cell
from ruhrvote.leaderboards.boards import Availability
from ruhrvote.leaderboards.rows import IdeaRow
from ruhrvote.review.charts.svg import MUTED, WIDE, Drawing, shortened
from ruhrvote.review.figures import Basis, idea_name, listed, score_text
from ruhrvote.web import localised

FIRST = 3  # ideas named in the sentence


@dataclass(frozen=True)
class Bars:
    """The ranked ideas, best first; how many ideas are below the quorum; intervals as on a board."""

    rows: Sequence[IdeaRow]
    too_few: int
    intervals: Availability
    open: bool


def figure_of(basis: Basis) -> Bars:
    """The figure of the overall board."""
    return Bars(basis.board.ranked, len(basis.board.too_few), basis.board.intervals, not basis.ended)


def draw(figure: Bars, width: int = WIDE) -> Drawing:
    """Draw a bar for each idea with its rank and score; a thin line is the interval."""
    wide = width == WIDE
    step, left = (25, 350) if wide else (44, 30)
    top, right = 34, 44
    scale = (width - left - right) / 100
    description = _("Ranked bars: the length is the score of an idea.")
    made = Drawing(f"bars-{width}", width, top + step * len(figure.rows) + 10, _("Priorities in order"), description)
    for score in (0, 25, 50, 75, 100):
        made.line(left + score * scale, top - 8, left + score * scale, made.height - 6, dashed=score == 50)
        made.text(left + score * scale, top - 14, str(score), size=12, anchor="middle", colour=MUTED)
    for number, row in enumerate(figure.rows):
        y, label = top + number * step, localised(row.idea, "short")
        if wide:
            made.text(28, y + 14, str(row.rank), anchor="end", bold=True)
            made.text(38, y + 14, shortened(label, left - 48))
        else:
            made.text(22, y + 14, str(row.rank), anchor="end", bold=True)
            made.text(30, y + 14, shortened(label, width - 34))
        bar = y + (3 if wide else 20)
        made.bar(left, bar, (row.score or 0) * scale, 15)
        interval, end = row.overall_interval, (row.score or 0) * scale
        if interval is not None:
            low, high = left + interval.score_low * scale, left + interval.score_high * scale
            made.line(low, bar + 7.5, high, bar + 7.5, strong=True)
            for x in (low, high):
                made.line(x, bar + 3, x, bar + 12, strong=True)
            end = max(end, interval.score_high * scale)
        made.text(left + end + 7, bar + 12.5, score_text(row.score), size=13)
    return made


def table(figure: Bars) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """The data of the chart as a table: header and rows."""
    header = [_("Rank"), _("Number"), _("Idea"), _("Score")]
    there = figure.intervals == Availability.THERE
    if there:
        header += [_("Score from"), _("Score to"), _("Best plausible rank"), _("Worst plausible rank")]
    rows = []
    for row in figure.rows:
        cells: list[Cell] = [row.rank, row.idea.number, localised(row.idea, "short"), row.score]
        if there:
            found = row.overall_interval
            cells += [found.score_low, found.score_high, found.rank_best, found.rank_worst] if found else [None] * 4
        rows.append(cells)
    return header, rows


def sentence(figure: Bars) -> str:
    """The main statement of the chart in words."""
    first = [f"{idea_name(row.idea)} ({score_text(row.score)})" for row in figure.rows[:FIRST]]
    said = [_("Furthest ahead: %(ideas)s.", ideas=listed(first))] if first else []
    if figure.intervals == Availability.THERE:
        said += [certainty_sentence(figure.rows)]
    elif figure.open:
        said += [_("How far the order depends on single ballots is computed after the close.")]
    if figure.too_few:
        said += [_("Not ranked, as too few ballots judge them: %(number)d.", number=figure.too_few)]
    return " ".join(said)


def certainty_sentence(rows: Sequence[IdeaRow]) -> str:
    """A sentence on which of the first ranks can be told apart."""
    runs = alike_runs(rows)
    said = []
    if rows and not any(run[0].rank == 1 for run in runs):
        first = idea_name(rows[0].idea)
        said.append(_("Rank 1 is clear: %(idea)s is ahead of the next one in more than 97 of 100 draws.", idea=first))
    spans = [
        _("ranks %(first)d to %(last)d", first=run[0].rank, last=max(row.rank for row in run))
        if run[0].rank != run[-1].rank
        else _("the ideas on rank %(rank)d", rank=run[0].rank)
        for run in runs[:FIRST]
    ]
    if spans:
        said.append(_("Cannot be told apart: %(ranks)s.", ranks="; ".join(spans)))
    return " ".join(said)


def alike_runs(rows: Sequence[IdeaRow]) -> list[Sequence[IdeaRow]]:
    """The maximal runs of consecutive ideas of which no two can be told apart."""
    runs: list[Sequence[IdeaRow]] = []
    last = 0
    for start in range(len(rows)):
        end = start + 1
        while end < len(rows) and all(_alike(row, rows[end]) for row in rows[start:end]):
            end += 1
        if end - start > 1 and end > last:
            runs.append(rows[start:end])
        last = max(last, end)
    return runs


def _alike(one: IdeaRow, other: IdeaRow) -> bool:
    return one.overall_interval is not None and other.idea.position in one.overall_interval.alike
