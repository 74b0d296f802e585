"""The orders in which a board can be read. A rank is what it is in any of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from ruhrvote.leaderboards.rows import IdeaRow, ThemeRow, climbed
from ruhrvote.web import localised

Row = TypeVar("Row", IdeaRow, ThemeRow)


class Sort(StrEnum):
    """What the rows are sorted by: the best, the first letter, the most or the greatest rise first."""

    RANK = "rank"
    TITLE = "title"
    SCORE = "score"
    JUDGEMENTS = "judgements"
    MOVEMENT = "movement"


def chosen_sort(text: str | None) -> Sort:
    """The order that an address names; by rank if it names none that exists."""
    return Sort(text) if text in list(Sort) else Sort.RANK


def sorted_rows(rows: Sequence[Row], sort: Sort) -> list[Row]:
    """Rows that come by rank in another order; what is equal there stays by rank, what has no rank stays last."""

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


def _title(row: IdeaRow | ThemeRow) -> str:
    return localised(row.idea, "short") if isinstance(row, IdeaRow) else localised(row.theme, "name")


def _letters(text: str) -> str:
    """Ä stands beside A, as in a German list of names (DIN 5007)."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
