"""Reads of letterheads and of what chambers say."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import force_locale, format_date
from sqlalchemy import select

from ruhrvote.accounts.models import Organisation
from ruhrvote.administration.invitations.letterhead.texts import DEFAULTS, Wording
from ruhrvote.administration.invitations.models import ChamberText, Channel, Letterhead, Occasion
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db
from ruhrvote.web import TIME_ZONE


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
    """What is filled in for the words in braces, but for the organisation's own."""
    with force_locale(language):
        if consultation.closes_at is None:
            until = "auf Weiteres" if language == "de" else "further notice"
        else:
            # The moment of closing is the midnight after the last day.
            last_day = consultation.closes_at.astimezone(TIME_ZONE) - timedelta(seconds=1)
            until = str(format_date(last_day.date(), "long"))
    title = consultation.title_en if language == "en" and consultation.title_en else consultation.title_de
    return {"consultation": title, "until": until, "sender": sender.name}
