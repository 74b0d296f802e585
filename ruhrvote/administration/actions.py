"""Opening a consultation, which needs its rules and its ideas together."""

from __future__ import annotations

from ruhrvote.consultations import actions as consultations
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.ideas.queries import ideas_of


def open_consultation(key: str) -> None:
    """Open a draft with the ideas that it has at this moment."""
    ideas = ideas_of(get_consultation(key, drafts=True).id)
    consultations.open_consultation(key, ideas=[f"{idea.number} {idea.title_de}" for idea in ideas])
