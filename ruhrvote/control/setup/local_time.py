"""Converting local date and time of the region to UTC, also in the two nights in which the clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ruhrvote.web import TIME_ZONE


class NoSuchTime(ValueError):
    """A local time that does not exist, because the clocks skip it in spring."""


@dataclass(frozen=True)
class LocalTime:
    """A moment; `twice` if its local time occurs twice in autumn: then it is the first of the two."""

    moment: datetime
    twice: bool


def read_local(typed: datetime) -> LocalTime:
    """The moment of a naive local time; raises NoSuchTime if it does not exist."""
    first, second = (typed.replace(tzinfo=TIME_ZONE, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(TIME_ZONE).replace(tzinfo=None) != typed:
        raise NoSuchTime(typed)
    return LocalTime(first, first != second)


def written_local(moment: datetime | None) -> datetime | None:
    """The naive local time of a moment; None for None."""
    return moment.astimezone(TIME_ZONE).replace(tzinfo=None) if moment else None
