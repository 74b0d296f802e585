"""Writes of letterheads and texts; each public function is one use case and one commit."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import force_locale, format_date
from sqlalchemy import delete, select

from ruhrvote.accounts.models import Organisation
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db, transaction
from ruhrvote.invitations.letterhead.texts import DEFAULTS, Wording
from ruhrvote.invitations.models import ChamberText, Channel, Letterhead, Occasion
from ruhrvote.web import TIME_ZONE


def save_letterhead(chamber_id: int, by: int, *, pictures: dict[str, bytes | None], **words: str) -> None:
    """Save a chamber's letterhead; `pictures` has the images that change, with None for one to remove."""
    with transaction() as session:
        head = session.get(Letterhead, chamber_id) or Letterhead(chamber_id=chamber_id)
        for name, value in (words | pictures).items():
            setattr(head, name, value)
        session.add(head)
        record(Event.LETTERHEAD_CHANGED, by=by, organisation_id=chamber_id)


def save_wording(
    chamber_id: int, channel: Channel, occasion: Occasion, language: str, wording: Wording, by: int
) -> None:
    """Save a chamber's text; one that equals the default is not stored."""
    key = {"chamber_id": chamber_id, "channel": channel, "occasion": occasion, "language": language}
    with transaction() as session:
        session.execute(delete(ChamberText).filter_by(**key))
        if wording != DEFAULTS[channel, occasion, language]:
            session.add(ChamberText(**key, subject=wording.subject, body=wording.body))
        record(Event.CHAMBER_TEXT_CHANGED, by=by, organisation_id=chamber_id, text=f"{channel}/{occasion}/{language}")


def letterhead_of(chamber: Organisation) -> Letterhead:
    """The chamber's letterhead, or a plain one with its name and address, which is not stored."""
    kept = db.session.get(Letterhead, chamber.id)
    if kept is not None:
        return kept
    address = [part for part in (chamber.street, f"{chamber.postcode or ''} {chamber.town or ''}".strip()) if part]
    return Letterhead(
        chamber_id=chamber.id,
        return_line=" · ".join([chamber.name, *address])[:120],
        contact="\n".join([chamber.name, *address]),
        place=chamber.town or "",
        signatory=chamber.name,
        function="",
    )


def wordings_of(chamber_id: int) -> dict[tuple[Channel, Occasion, str], Wording]:
    """All texts of a chamber: its own, and the defaults where it has none."""
    own = db.session.scalars(select(ChamberText).where(ChamberText.chamber_id == chamber_id))
    return DEFAULTS | {
        (Channel(text.channel), Occasion(text.occasion), text.language): Wording(text.subject, text.body)
        for text in own
    }


def words_for(consultation: Consultation, sender: Organisation, language: str) -> dict[str, str]:
    """The values of the placeholders in braces, except those of the organisation."""
    with force_locale(language):
        if consultation.closes_at is None:
            until = "auf Weiteres" if language == "de" else "further notice"
        else:
            # The moment of closing is the midnight after the last day.
            last_day = consultation.closes_at.astimezone(TIME_ZONE) - timedelta(seconds=1)
            until = str(format_date(last_day.date(), "long"))
    title = consultation.title_en if language == "en" and consultation.title_en else consultation.title_de
    return {"consultation": title, "until": until, "sender": sender.name}
