"""Writes of letterheads and texts; each public function is one use case and one commit."""

from __future__ import annotations

from sqlalchemy import delete

from ruhrvote.administration.invitations.letterhead.texts import DEFAULTS, Wording
from ruhrvote.administration.invitations.models import ChamberText, Channel, Letterhead, Occasion
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import transaction


def save_letterhead(chamber_id: int, by: int, *, pictures: dict[str, bytes | None], **words: str) -> None:
    """Keep a chamber's letterhead; `pictures` are those that change, None takes one away."""
    with transaction() as session:
        head = session.get(Letterhead, chamber_id) or Letterhead(chamber_id=chamber_id)
        for name, value in (words | pictures).items():
            setattr(head, name, value)
        session.add(head)
        record(Event.LETTERHEAD_CHANGED, by=by, organisation_id=chamber_id)


def save_wording(
    chamber_id: int, channel: Channel, occasion: Occasion, language: str, wording: Wording, by: int
) -> None:
    """Keep what a chamber says; the default text is kept as none."""
    key = {"chamber_id": chamber_id, "channel": channel, "occasion": occasion, "language": language}
    with transaction() as session:
        session.execute(delete(ChamberText).filter_by(**key))
        if wording != DEFAULTS[channel, occasion, language]:
            session.add(ChamberText(**key, subject=wording.subject, body=wording.body))
        record(Event.CHAMBER_TEXT_CHANGED, by=by, organisation_id=chamber_id, text=f"{channel}/{occasion}/{language}")
