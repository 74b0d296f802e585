"""The tables of the exports, made from the same boards as the pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask_babel import gettext as _

from ruhrvote.files.csv import Cell
from ruhrvote.leaderboards.boards import Board
from ruhrvote.leaderboards.names import board_name, participation_sentence
from ruhrvote.web import localised


def results_header() -> Sequence[str]:
    """The columns of the results."""
    return [
        _("Board"),
        _("Rank"),
        _("Number"),
        _("Idea"),
        _("Theme"),
        _("Score"),
        _("Judgements"),
        _("First places"),
        _("Rank over all ideas"),
        _("Eligible"),
        _("Received"),
        _("Counted"),
        _("State of"),
        _("Kind of figures"),
        _("Participation"),
    ]


def results_rows(board: Board, title: str) -> Iterator[Sequence[Cell]]:
    """One row per idea of a board; an idea with too few judgements has no rank and no score."""
    for row in board.idea_rows:
        yield [
            title,
            row.rank or None,
            row.idea.number,
            localised(row.idea, "title"),
            localised(row.idea.theme, "name"),
            None if row.score is None else round(row.score, 1),
            row.judgements,
            round(row.first_places, 2),
            row.overall_rank or None,
            board.turnout.eligible,
            board.turnout.received,
            board.turnout.counted,
            board.as_of.isoformat(timespec="seconds"),
            board_name(board.consultation),
            participation_sentence(board.turnout),
        ]
