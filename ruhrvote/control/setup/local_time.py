"""What somebody types as date and time in the region, as a moment: with the two nights on which clocks change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from ruhrvote.web import TIME_ZONE


class NoSuchTime(ValueError):
    """The clocks skip this time in spring."""


@dataclass(frozen=True)
class LocalTime:
    """A moment, and whether the clocks of the region show its time twice; then it is the first of the two."""

    moment: datetime
    twice: bool


def read_local(typed: datetime) -> LocalTime:
    """The moment at which the region's clocks show this; raises NoSuchTime if they never do."""
    first, second = (typed.replace(tzinfo=TIME_ZONE, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(TIME_ZONE).replace(tzinfo=None) != typed:
        raise NoSuchTime(typed)
    return LocalTime(first, first != second)


def written_local(moment: datetime | None) -> datetime | None:
    """What the region's clocks show at a moment."""
    return moment.astimezone(TIME_ZONE).replace(tzinfo=None) if moment else None
