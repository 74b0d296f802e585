"""Opening a consultation, which needs its rules and its ideas together."""

from __future__ import annotations

from ruhrvote.consultations import actions as consultations
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.ideas.queries import titles_of


def open_consultation(key: str) -> None:
    """Open a draft with the ideas that it has at this moment."""
    consultations.open_consultation(key, ideas=titles_of(get_consultation(key, drafts=True).id))
