"""What channels, occasions and the texts of a chamber are called on the pages."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.invitations.models import Channel, Occasion

CHANNELS = {Channel.LETTER: _l("Letter"), Channel.MAIL: _l("E-mail")}
OCCASIONS = {
    Occasion.INVITATION: _l("Invitation"),
    Occasion.NOT_BEGUN: _l("Reminder to those who have not begun"),
    Occasion.DRAFT: _l("Reminder to those who have begun and not submitted"),
}
LANGUAGE_NAMES = {"de": _l("German"), "en": _l("English")}


def text_name(channel: Channel, occasion: Occasion, language: str) -> str:
    """What one of a chamber's texts is called."""
    return f"{CHANNELS[channel]}: {OCCASIONS[occasion]} ({LANGUAGE_NAMES[language]})"
