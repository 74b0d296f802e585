"""What all pictures of a consultation rest on, read once; every figure in it has passed the gate."""

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

INNER_QUOTES = str.maketrans("„“", "‚‘")  # German ones within others; English short names have inner ones already


@dataclass(frozen=True)
class Basis:
    """A consultation with its ideas and what may be seen of its ballots; `shown` is None while nothing may be.

    board: the one of all ideas; group_rows: the ideas' rows on the board of each group that has ballots; patient:
    whether pictures wait for what takes long to compute.
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
        """Whether there is nothing to draw: nothing may be seen, or no ballot is counted."""
        return self.shown is None or self.shown.counted == 0

    @property
    def ended(self) -> bool:
        """Whether the consultation has ended, so that more than boards may be seen."""
        return self.consultation.has_closed


def basis_of(consultation: Consultation, *, with_intervals: bool = False, patient: bool = False) -> Basis:
    """The basis of a consultation as of now, with or without the overall board's intervals."""
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
    """What a group is called on the page."""
    return str(GROUPS.get(name, name))


def idea_name(idea: Idea) -> str:
    """An idea in a sentence: its short name in quotation marks, as the language writes them."""
    short = localised(idea, "short")
    return f"„{short.translate(INNER_QUOTES)}“" if str(get_locale())[:2] == "de" else f"“{short}”"


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: a, b and c."""
    return format_list(list(words), locale=str(get_locale()))


def score_text(score: float | None) -> str:
    """A score as pictures and sentences say it; a dash for none."""
    return "–" if score is None else show_number(score, 1)
