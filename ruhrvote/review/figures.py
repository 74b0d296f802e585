"""The data of all charts and reports of a consultation, read once; every figure in it has passed the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babel.lists import format_list
from flask_babel import get_locale

from ruhrvote.consultations.models import Consultation
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import ideas_of, themes_of
from ruhrvote.leaderboards.boards import OVERALL, Board, make_board
from ruhrvote.leaderboards.gate import Figures, figures
from ruhrvote.leaderboards.names import GROUPS
from ruhrvote.leaderboards.rows import IdeaRow, rank_ideas
from ruhrvote.web import localised, show_number

INNER_QUOTES = str.maketrans("„“", "‚‘")  # German quotation marks inside others; English short names have inner ones


@dataclass(frozen=True)
class Basis:
    """A consultation with its ideas and the figures that may be shown.

    board: the overall board; shown: the tallies, None while none may be shown; group_rows: by group with ballots the
    rows of its board; patient: whether charts wait for data that take long to compute.
    """

    consultation: Consultation
    ideas: Sequence[Idea]
    themes: Sequence[Theme]
    board: Board
    shown: Figures | None
    group_rows: Mapping[str, Sequence[IdeaRow]]
    patient: bool = False

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw: no figure may be shown, or no ballot is counted."""
        return self.shown is None or self.shown.counted == 0

    @property
    def ended(self) -> bool:
        """Whether the consultation has ended and is settled, so that more than the boards may be shown."""
        return self.consultation.is_settled


def basis_of(consultation: Consultation, *, with_intervals: bool = False, patient: bool = False) -> Basis:
    """The figures of a consultation as of now; with_intervals and patient as for `boards.make_board`."""
    ideas, themes = ideas_of(consultation.id), themes_of(consultation.id)
    shown = figures(consultation, len(ideas))
    board = make_board(consultation, OVERALL, with_intervals=with_intervals, patient=patient)
    groups = [name for name in board.group_turnouts if shown and shown.groups[name].ballots]
    rows = {}
    for name in groups:
        assert shown is not None
        rows[name] = rank_ideas(consultation, ideas, shown.groups[name], shown.groups[name])
    return Basis(consultation, ideas, themes, board, shown, rows, patient)


def group_name(name: str) -> str:
    """The name of a group on the pages."""
    return str(GROUPS.get(name, name))


def idea_name(idea: Idea) -> str:
    """An idea's short name in quotation marks of the page's language, for a sentence."""
    short = localised(idea, "short")
    return f"„{short.translate(INNER_QUOTES)}“" if str(get_locale())[:2] == "de" else f"“{short}”"


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: a, b and c."""
    return format_list(list(words), locale=str(get_locale()))


def score_text(score: float | None) -> str:
    """A score as charts and sentences write it; a dash for None."""
    return "–" if score is None else show_number(score, 1)
