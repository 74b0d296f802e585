"""Pages of the letterhead, of the texts, and the proof print."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.models import Organisation
from ruhrvote.consultations.queries import consultation_for
from ruhrvote.db import db
from ruhrvote.errors import INVALID, Refused, Unknown
from ruhrvote.invitations.letter import PDF, address_lines, letter_to, sheet_of
from ruhrvote.invitations.letter_pdf import Letter, TooLong, set_letters
from ruhrvote.invitations.letterhead import actions
from ruhrvote.invitations.letterhead.actions import letterhead_of, wordings_of
from ruhrvote.invitations.letterhead.forms import LetterheadForm, WordingForm
from ruhrvote.invitations.letterhead.images import checked_picture
from ruhrvote.invitations.letterhead.texts import DEFAULTS, PLACEHOLDERS, Wording
from ruhrvote.invitations.models import Channel, Occasion
from ruhrvote.invitations.texts import CHANNELS, LANGUAGE_NAMES, OCCASIONS, text_name
from ruhrvote.threads import in_thread
from ruhrvote.web import attachment, back_to, show_page

blueprint = Blueprint("letterhead", __name__)

TEXTS = {f"{channel}-{occasion}-{language}": (channel, occasion, language) for channel, occasion, language in DEFAULTS}
SAMPLE_CODE = "MUSTER0000MUSTER"  # U is in no code
SAMPLE = Organisation(
    name="Musterbetrieb für Beispiele und Proben GmbH & Co. KG",
    street="Musterstraße 1",
    postcode="00000",
    town="Musterstadt",
)


@blueprint.get("/letterhead")
@allow(Permission.MANAGE_ORGANISATIONS)
def show() -> Response:
    """The letterhead of the own chamber, and its texts."""
    return _page(LetterheadForm(formdata=None, obj=letterhead_of(current_account().organisation)))


@blueprint.post("/letterhead")
@allow(Permission.MANAGE_ORGANISATIONS, most_bytes=1_000_000)
def save() -> BaseResponse:
    """Keep the letterhead of the own chamber."""
    form, account = LetterheadForm(), current_account()
    if not form.validate_on_submit():
        return _page(form, INVALID)
    pictures: dict[str, bytes | None] = {}
    for field, away in ((form.logo, form.no_logo), (form.signature, form.no_signature)):
        if away.data:
            pictures[field.name] = None
        elif isinstance(field.data, FileStorage) and field.data.filename:
            try:
                pictures[field.name] = checked_picture(field.data.read())
            except Refused as refusal:
                field.errors = [str(refusal.message)]
    if form.errors:
        return _page(form, INVALID)
    words = {name: form[name].data or "" for name in ("return_line", "contact", "place", "signatory", "function")}
    actions.save_letterhead(account.organisation_id, account.id, pictures=pictures, **words)
    flash(_("The letterhead is saved. Look at a proof print."))
    return back_to(url_for(".show"))


@blueprint.get("/letterhead/texts/<name>")
@allow(Permission.MANAGE_ORGANISATIONS)
def text(name: str) -> Response:
    """One text of the own chamber."""
    wording = wordings_of(current_account().organisation_id)[_named(name)]
    return _text_page(name, WordingForm(formdata=None, obj=wording))


@blueprint.post("/letterhead/texts/<name>")
@allow(Permission.MANAGE_ORGANISATIONS)
def save_text(name: str) -> BaseResponse:
    """Keep one text of the own chamber, or go back to the default."""
    key, account, form = _named(name), current_account(), WordingForm()
    if request.form.get("default") == "1":
        wording = DEFAULTS[key]
    elif form.validate_on_submit():
        wording = Wording(form.subject.data or "", form.body.data or "")
    else:
        return _text_page(name, form, INVALID)
    try:
        _try_on_paper(key[0], account.organisation, wording)
    except TooLong as refusal:
        form.body.errors = [str(refusal.message)]
        return _text_page(name, form, INVALID)
    actions.save_wording(account.organisation_id, *key, wording, account.id)
    flash(_("The text is saved."))
    return back_to(url_for(".show"))


@blueprint.get("/consultations/<key>/proof.pdf")
@allow(Permission.MANAGE_ORGANISATIONS)
def proof(key: str) -> Response:
    """A proof print of each letter of the own chamber, with an invented address and code."""
    consultation, chamber = (
        consultation_for(key, current_account()),
        current_account().organisation,
    )
    sheet = sheet_of(chamber, sample=True)
    letters = [letter_to(chamber, consultation, occasion)(SAMPLE, SAMPLE_CODE) for occasion in Occasion]
    db.session.rollback()  # the setting takes a while: no connection is held meanwhile
    return attachment(in_thread(lambda: set_letters(sheet, letters)), f"proof-{key}.pdf", PDF)


def _try_on_paper(channel: Channel, chamber: Organisation, wording: Wording) -> None:
    """Raise TooLong for a letter that would not fit on one sheet if names and titles are long."""
    if channel == Channel.LETTER:
        words = dict.fromkeys(PLACEHOLDERS, "Langer Name " * 8) | {"until": "31. Dezember 2026"}
        filled = wording.filled(words)
        letter = Letter(address_lines(SAMPLE), filled.subject, filled.body, SAMPLE_CODE)
        sheet = sheet_of(chamber)
        db.session.rollback()
        in_thread(lambda: set_letters(sheet, [letter]))


def _named(name: str) -> tuple[Channel, Occasion, str]:
    if name not in TEXTS:
        raise Unknown(_("There is no such text."))
    return TEXTS[name]


def _page(form: LetterheadForm, refusal: Refused | None = None) -> Response:
    account = current_account()
    wordings: dict[Any, Wording] = wordings_of(account.organisation_id)
    return show_page(
        "invitations/letterhead/letterhead.html",
        refusal,
        form=form,
        stored=letterhead_of(account.organisation),
        texts=[(name, text_name(*key), wordings[key] != DEFAULTS[key]) for name, key in TEXTS.items()],
    )


def _text_page(name: str, form: WordingForm, refusal: Refused | None = None) -> Response:
    channel, occasion, language = TEXTS[name]
    return show_page(
        "invitations/letterhead/text.html",
        refusal,
        name=name,
        form=form,
        heading=f"{CHANNELS[channel]}: {OCCASIONS[occasion]}",
        language_of_text=language,
        language_name=LANGUAGE_NAMES[language],
        placeholders=PLACEHOLDERS,
    )
