"""A table as every writer takes it: typed columns, and rows that are made while they are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum

from flask_babel import LazyString

Cell = str | int | float | date | datetime | None
Row = Sequence[Cell]
# What a writer calls with the number of rows that it has written since it last called.
Progress = Callable[[int], None]
TELL_EVERY = 1_000  # rows

# What neither XML nor a spreadsheet can hold; lone halves of a pair have no encoding at all.
_WITHOUT_MEANING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Format(StrEnum):
    """What the cells of a column are."""

    TEXT = "text"
    WHOLE = "whole number"
    SCORE = "number with one decimal"
    EXACT = "number with two decimals"
    FLAG = "yes or no"
    DAY = "day"
    MOMENT = "moment"


@dataclass(frozen=True)
class Column:
    """A column: its key for programs, its heading for people, what its cells are and what to know about them."""

    key: str
    heading: str | LazyString
    format: Format = Format.TEXT
    about: str | LazyString = ""


@dataclass(frozen=True)
class Table:
    """A table of so many rows. The rows are read once, as they are written."""

    key: str
    title: str | LazyString
    columns: Sequence[Column]
    rows: Iterable[Row]
    total: int


def clean(text: str) -> str:
    """A text as every kind of file can hold it: lines end alike, characters without a meaning are left out."""
    return _WITHOUT_MEANING.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def in_utc(day: date) -> str:
    """A day, or a moment in UTC, as ISO 8601 writes it."""
    return day.astimezone(UTC).isoformat(timespec="seconds") if isinstance(day, datetime) else day.isoformat()


def told(rows: Iterable[Row], progress: Progress | None) -> Iterator[Row]:
    """The same rows; `progress` is told about each thousand of them."""
    number = 0
    for number, row in enumerate(rows, start=1):
        yield row
        if progress and number % TELL_EVERY == 0:
            progress(TELL_EVERY)
    if progress and number % TELL_EVERY:
        progress(number % TELL_EVERY)
