"""For whom and of what a table is made, and reading its rows part by part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select

from ruhrvote.accounts.access import EVERYBODY, Reach
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db
from ruhrvote.files.table import Row

AT_A_TIME = 2_000  # rows that are read at once
Place = TypeVar("Place")


@dataclass(frozen=True)
class Asked:
    """A consultation, and what of it: a chamber's reach (None: everything), and for comments a theme or an idea."""

    consultation: Consultation
    reach: Reach = EVERYBODY
    theme: str = ""
    idea: int | None = None


def in_parts(
    after: Callable[[Place], Select[*tuple[Any, ...]]],
    start: Place,
    place: Callable[[Any], Place],
    made: Callable[[Sequence[Any]], Sequence[Row]],
) -> Iterator[Row]:
    """The rows made of what a query finds, read part by part: each part begins after the place of the last one read.

    Between the parts nothing is open in the database, so writing them may take as long as it takes.
    """
    while True:
        found = db.session.execute(after(start).limit(AT_A_TIME)).all()
        more = len(found) == AT_A_TIME
        rows = made(found)  # now, as what was read may be forgotten with the next row
        if more:
            start = place(found[-1])
            db.session.rollback()
        yield from rows
        if not more:
            return
