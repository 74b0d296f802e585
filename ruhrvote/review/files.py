"""A chart as a file: SVG, PNG or CSV, each with the sentence on participation."""

from __future__ import annotations

import textwrap

from flask_babel import gettext as _

from ruhrvote.files.csv import write_csv
from ruhrvote.files.pdf import picture_of
from ruhrvote.leaderboards.boards import Board
from ruhrvote.leaderboards.names import board_name, participation_sentence
from ruhrvote.review.charts.chart import Chart
from ruhrvote.web import localised, show_time


def as_svg(chart: Chart, board: Board) -> str:
    """The wide drawing as an SVG document."""
    assert chart.wide is not None
    said = [f"{localised(board.consultation, 'title')}, {state(board)}", participation_sentence(board.turnout)]
    width = int(chart.wide.width / 6.4)
    return chart.wide.file([line for words in (*said, chart.sentence) for line in textwrap.wrap(words, width)])


def as_png(chart: Chart, board: Board) -> bytes:
    """The same as a PNG image."""
    return picture_of(as_svg(chart, board))


def as_csv(chart: Chart, board: Board) -> str:
    """The table as CSV, with the state of the figures and the sentence on participation in every row."""
    header = [*chart.header, _("State of"), _("Kind of figures"), _("Participation")]
    about = [board.as_of.isoformat(timespec="seconds"), board_name(board.consultation)]
    said = participation_sentence(board.turnout)
    rows = [[round(cell, 1) if isinstance(cell, float) else cell for cell in row] for row in chart.rows]
    return write_csv(header, [[*row, *about, said] for row in rows])


def state(board: Board) -> str:
    """Whether figures are interim or the result, and as of when."""
    when = show_time(board.as_of, _("d MMMM y, HH:mm"))
    return _("%(kind)s, as of %(time)s", kind=board_name(board.consultation), time=when)
