"""What the boards showed when this day began, so that they can say what has moved since."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from flask import current_app

from ruhrvote.consultations.models import Consultation
from ruhrvote.leaderboards.gate import Figures, figures
from ruhrvote.ledger.queries import last_before
from ruhrvote.web import TIME_ZONE


def figures_this_morning(consultation: Consultation, ideas: int) -> Figures | None:
    """The figures as of midnight in the region, through the same gate.

    None if the consultation has closed, was opened today, or shows nothing.
    """
    day = datetime.now(TIME_ZONE).date()
    midnight = datetime.combine(day, time(), TIME_ZONE).astimezone(UTC)
    if consultation.has_closed or consultation.opened_at is None or consultation.opened_at >= midnight:
        return None
    return figures(consultation, ideas, until=_last_entry(consultation.id, day, midnight))


def _last_entry(consultation_id: int, day: date, midnight: datetime) -> int:
    """The last entry before this day; it is looked up once a day and process, as it no longer changes."""
    known: dict[int, tuple[date, int]] = current_app.extensions["ruhrvote_day_starts"]
    if consultation_id not in known or known[consultation_id][0] != day:
        known[consultation_id] = (day, last_before(consultation_id, midnight))
    return known[consultation_id][1]
