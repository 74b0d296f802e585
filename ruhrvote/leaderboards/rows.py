"""The rows of a board: ideas and themes with scores and ranks, made from tallies, and their sorting."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

import numpy as np

from ruhrvote.consultations.models import Consultation
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.leaderboards.gate import Figures, rounded
from ruhrvote.leaderboards.intervals import Interval
from ruhrvote.tally.scores import first_places, quorum, ranks, scores, theme_scores
from ruhrvote.tally.tally import Tally
from ruhrvote.web import localised

TOP = 10


@dataclass(frozen=True)
class IdeaRow:
    """An idea on a board. Rank 0 and no score: too few judgements, or the idea is retired.

    overall_rank: the rank on the board of all ideas; needed: the quorum of judgements; rank_before: the rank of this
    morning, 0 for none, None without a comparison; overall_interval: its bootstrap interval, None if not computed.
    """

    idea: Idea
    rank: int
    tied: bool
    overall_rank: int
    score: float | None
    judgements: int
    first_places: float
    needed: int
    rank_before: int | None = None
    overall_interval: Interval | None = None


@dataclass(frozen=True)
class ThemeRow:
    """A theme on the board of themes. Rank 0: not ranked. in_top: how many of its ideas are among the first TOP."""

    theme: Theme
    rank: int
    tied: bool
    score: float | None
    ideas: int
    best: IdeaRow | None
    in_top: int
    rank_before: int | None = None


def climbed(row: IdeaRow | ThemeRow) -> int:
    """How many ranks a row has gained since this morning; 0 without a comparison."""
    return row.rank_before - row.rank if row.rank and row.rank_before else 0


def unweighted(shown: Figures) -> Tally:
    """The tally of all ballots without weights, for numbers of judgements and the quorum."""
    tallies = list(shown.groups.values())
    return sum(tallies[1:], tallies[0])


def rank_ideas(
    consultation: Consultation,
    ideas: Sequence[Idea],
    weighted: Tally,
    counted: Tally,
    among: Sequence[int] | None = None,
) -> list[IdeaRow]:
    """The ideas with scores and ranks, best first; ideas that are retired or below the quorum come last, unranked.

    weighted: the tally for the scores; counted: the same ballots without weights, for the quorum; among: the positions
    of the ideas to compare with each other only, by default all.
    """
    chosen = np.arange(len(ideas)) if among is None else np.asarray(among, dtype=np.int64)
    score = scores(weighted, among)
    needed = quorum(counted.ballots, consultation.quorum_percent, consultation.quorum_minimum)
    asked = np.array([ideas[position].retired_at is None for position in chosen], dtype=bool)
    rank = ranks(score, asked & (counted.placed[chosen] >= needed))
    firsts = first_places(counted)
    rows = [
        IdeaRow(
            idea=ideas[position],
            rank=int(rank[i]),
            tied=bool(rank[i]) and int(np.count_nonzero(rank == rank[i])) > 1,
            overall_rank=int(rank[i]),
            score=rounded(consultation, float(score[i])) if rank[i] else None,
            judgements=int(counted.placed[position]),
            first_places=rounded(consultation, float(firsts[position]), 0),
            needed=needed,
        )
        for i, position in enumerate(chosen)
    ]
    return sorted(rows, key=lambda row: (row.rank == 0, row.rank, row.idea.number))


def within_theme(rows: Sequence[IdeaRow], theme_key: str) -> list[IdeaRow]:
    """The rows of one theme, ranked among each other by their scores over the whole list."""
    inside = [row for row in rows if row.idea.theme.key == theme_key]
    return [
        replace(
            row,
            rank=1 + sum(0 < other.rank < row.rank for other in inside) if row.rank else 0,
            tied=bool(row.rank) and sum(other.rank == row.rank for other in inside) > 1,
        )
        for row in inside
    ]


def rank_themes(
    consultation: Consultation,
    ideas: Sequence[Idea],
    themes: Sequence[Theme],
    rows: Sequence[IdeaRow],
    weighted: Tally,
) -> list[ThemeRow]:
    """The themes with scores and ranks, best first; themes that are not ranked come last. rows: those of all ideas."""
    members = [[i for i, idea in enumerate(ideas) if idea.theme_id == theme.id] for theme in themes]
    score = theme_scores(weighted, members)
    rank = ranks(score, np.array([theme.ranked for theme in themes], dtype=bool))
    result = []
    for i, theme in enumerate(themes):
        inside = [row for row in rows if row.idea.theme_id == theme.id]
        result.append(
            ThemeRow(
                theme=theme,
                rank=int(rank[i]),
                tied=bool(rank[i]) and int(np.count_nonzero(rank == rank[i])) > 1,
                score=None if np.isnan(score[i]) or not theme.ranked else rounded(consultation, float(score[i])),
                ideas=len(inside),
                best=next((row for row in inside if row.rank), None),
                in_top=sum(0 < row.rank <= TOP for row in inside),
            )
        )
    return sorted(result, key=lambda row: (row.rank == 0, row.rank, row.theme.position))


Row = TypeVar("Row", IdeaRow, ThemeRow)


class Sort(StrEnum):
    """By what the rows of a board are sorted."""

    RANK = "rank"
    TITLE = "title"
    SCORE = "score"
    JUDGEMENTS = "judgements"
    MOVEMENT = "movement"


def chosen_sort(text: str | None) -> Sort:
    """The sort order that an address names; by rank if there is no such order."""
    return Sort(text) if text in list(Sort) else Sort.RANK


def board_query(arguments: Mapping[str, str]) -> str | None:
    """The query of a board's address, empty for the order by rank; None if it asks for more than an order."""
    sort = chosen_sort(arguments.get("sort"))
    return None if arguments.keys() - {"sort"} else "" if sort is Sort.RANK else f"sort={sort}"


def stream_query(arguments: Mapping[str, str]) -> str:
    """The query of the board that a stream sends: none whatever was asked for, as sorting is the page's work."""
    return ""


def sorted_rows(rows: Sequence[Row], sort: Sort) -> list[Row]:
    """Rows, given by rank, in another order; equal rows stay in the order of ranks, unranked ones come last."""

    def place(row: Row) -> tuple[bool, float | str]:
        match sort:
            case Sort.TITLE:
                return row.rank == 0, _letters(_title(row))
            case Sort.SCORE:
                return row.rank == 0, -(row.score or 0)
            case Sort.JUDGEMENTS if isinstance(row, IdeaRow):
                return row.rank == 0, -row.judgements
            case Sort.MOVEMENT:
                return row.rank == 0, -climbed(row)
            case _:
                return row.rank == 0, row.rank

    return sorted(rows, key=place)


def places(rows: Sequence[Row]) -> dict[Sort, dict[int, int]]:
    """By each order and the number of an idea or a theme, the place of its row: by them a page sorts what it has."""
    return {sort: {_number(row): place for place, row in enumerate(sorted_rows(rows, sort))} for sort in Sort}


def _number(row: IdeaRow | ThemeRow) -> int:
    return row.idea.id if isinstance(row, IdeaRow) else row.theme.id


def _title(row: IdeaRow | ThemeRow) -> str:
    return localised(row.idea, "short") if isinstance(row, IdeaRow) else localised(row.theme, "name")


def _letters(text: str) -> str:
    """A sort key in which Ä is sorted as A (DIN 5007, variant 1)."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
