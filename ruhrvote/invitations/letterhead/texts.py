"""What letters and mails say: defaults that a chamber may replace, with words in braces that are filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from ruhrvote.invitations.models import Channel, Occasion

PLACEHOLDERS = {
    "organisation": _l("name of the organisation"),
    "consultation": _l("title of the consultation"),
    "until": _l("last day, or “further notice”"),
    "sender": _l("name of your chamber"),
    "link": _l("in mails only: the address that lets in; a mail without it gets it at its end"),
}
LANGUAGES = {Channel.LETTER: ("de",), Channel.MAIL: ("de", "en")}


@dataclass(frozen=True)
class Wording:
    """A subject and what follows it."""

    subject: str
    body: str

    def filled(self, words: Mapping[str, str]) -> Wording:
        """The same with its words in braces filled in; braces around anything else stay."""
        pattern = re.compile("{(" + "|".join(PLACEHOLDERS) + ")}")

        def fill(text: str) -> str:
            return pattern.sub(lambda found: words.get(found[1], found[0]), text)

        return Wording(" ".join(fill(self.subject).split()), fill(self.body))


# In full, not from the catalogue: they are the words of whoever sends them, and chambers edit them.
DEFAULTS: dict[tuple[Channel, Occasion, str], Wording] = {
    (Channel.LETTER, Occasion.INVITATION, "de"): Wording(
        "Ihre Stimme zählt: {consultation}",
        "Guten Tag,\n\n"
        "welche Projektideen bringen das Ruhrgebiet voran? {organisation} ist eingeladen, mitzuentscheiden: Ordnen Sie "
        "die Ideen nach Ihrer Einschätzung und kommentieren Sie sie, wenn Sie möchten. Die Teilnahme ist "
        "freiwillig.\n\n"
        "Mit dem Zugangscode unten gelangen Sie ohne Passwort hinein. Bitte behandeln Sie ihn vertraulich: Wer ihn "
        "hat, kann für Ihre Organisation handeln. Sie können Ihre Angaben bis zum Ende ändern. Teilnahme bis: {until}.",
    ),
    (Channel.LETTER, Occasion.NOT_BEGUN, "de"): Wording(
        "Erinnerung: {consultation}",
        "Guten Tag,\n\n"
        "vor Kurzem haben wir {organisation} eingeladen, Projektideen für das Ruhrgebiet zu ordnen. Bisher haben Sie "
        "noch nicht begonnen. Wir würden uns freuen, wenn Sie teilnehmen. Die Teilnahme ist freiwillig.\n\n"
        "Dieser Brief enthält einen neuen Zugangscode; der frühere gilt nicht mehr. Teilnahme bis: {until}.",
    ),
    (Channel.LETTER, Occasion.DRAFT, "de"): Wording(
        "Ihr Entwurf ist noch nicht abgegeben: {consultation}",
        "Guten Tag,\n\n"
        "{organisation} hat begonnen, Projektideen für das Ruhrgebiet zu ordnen, die Rangfolge aber noch nicht "
        "abgegeben. Erst mit der Abgabe zählt sie. Ihr Entwurf ist gespeichert.\n\n"
        "Dieser Brief enthält einen neuen Zugangscode; der frühere gilt nicht mehr. Teilnahme bis: {until}.",
    ),
    (Channel.MAIL, Occasion.INVITATION, "de"): Wording(
        "Einladung: {consultation}",
        "Guten Tag,\n\n"
        "welche Projektideen bringen das Ruhrgebiet voran? {organisation} ist eingeladen, sie nach der eigenen "
        "Einschätzung zu ordnen und zu kommentieren. Die Teilnahme ist freiwillig.\n\n"
        "Hier gelangen Sie ohne Passwort hinein:\n\n{link}\n\n"
        "Bitte geben Sie diese E-Mail nicht weiter: Wer den Link hat, kann für Ihre Organisation handeln. Ein früher "
        "zugesandter Code gilt nicht mehr. Teilnahme bis: {until}.\n\n{sender}",
    ),
    (Channel.MAIL, Occasion.INVITATION, "en"): Wording(
        "Invitation: {consultation}",
        "Good day,\n\n"
        "which project ideas move the Ruhr region forward? {organisation} is invited to put them in order and to "
        "comment on them. Taking part is voluntary.\n\n"
        "This link lets you in without a password:\n\n{link}\n\n"
        "Please do not pass this mail on: whoever has the link can act for your organisation. A code that you received "
        "earlier is no longer valid. You can take part until: {until}.\n\n{sender}",
    ),
    (Channel.MAIL, Occasion.NOT_BEGUN, "de"): Wording(
        "Erinnerung: {consultation}",
        "Guten Tag,\n\n"
        "wir haben {organisation} eingeladen, Projektideen für das Ruhrgebiet zu ordnen. Bisher haben Sie noch nicht "
        "begonnen. Wir würden uns freuen, wenn Sie teilnehmen. Die Teilnahme ist freiwillig.\n\n"
        "Hier geht es los:\n\n{link}\n\nTeilnahme bis: {until}.\n\n{sender}",
    ),
    (Channel.MAIL, Occasion.NOT_BEGUN, "en"): Wording(
        "Reminder: {consultation}",
        "Good day,\n\n"
        "we invited {organisation} to put project ideas for the Ruhr region in order. You have not begun yet; we would "
        "be glad if you took part. Taking part is voluntary.\n\n"
        "Begin here:\n\n{link}\n\nYou can take part until: {until}.\n\n{sender}",
    ),
    (Channel.MAIL, Occasion.DRAFT, "de"): Wording(
        "Ihr Entwurf ist noch nicht abgegeben: {consultation}",
        "Guten Tag,\n\n"
        "{organisation} hat begonnen, Projektideen für das Ruhrgebiet zu ordnen, die Rangfolge aber noch nicht "
        "abgegeben. Erst mit der Abgabe zählt sie. Ihr Entwurf ist gespeichert.\n\n"
        "Hier geht es weiter:\n\n{link}\n\nTeilnahme bis: {until}.\n\n{sender}",
    ),
    (Channel.MAIL, Occasion.DRAFT, "en"): Wording(
        "Your draft has not been submitted yet: {consultation}",
        "Good day,\n\n"
        "{organisation} has begun to put project ideas for the Ruhr region in order, but has not submitted the order "
        "yet. It counts only once it is submitted. Your draft is saved.\n\n"
        "Go on here:\n\n{link}\n\nYou can take part until: {until}.\n\n{sender}",
    ),
}
