"""Pages of the spot check: its findings for everybody, its calls and letters for the chambers."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account, reach_of
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import UNREADABLE, Refused
from ruhrvote.objections.queries import numbers_of
from ruhrvote.spot_check import actions
from ruhrvote.spot_check.models import ANSWERS, Answer
from ruhrvote.spot_check.queries import calls_of, findings_of, letters_of
from ruhrvote.web import back_to, show_page

blueprint = Blueprint("spot_check", __name__)


@blueprint.get("/consultations/<key>/spot-check")
@allow(Permission.PUBLIC)
def show(key: str) -> Response:
    """Show how many ballots may be foreign, and how anybody entitled can draw the sample again."""
    consultation = get_consultation(key)
    return show_page(
        "spot_check/show.html",
        consultation=consultation,
        findings=findings_of(consultation.id),
        objections=numbers_of(consultation),
    )


@blueprint.get("/consultations/<key>/calls")
@allow(Permission.MANAGE_ORGANISATIONS)
def calls(key: str) -> Response:
    """Show whom the chamber calls, and who must be told by letter."""
    consultation, reach = get_consultation(key), reach_of(current_account())
    number, letters = letters_of(consultation.id, reach)
    return show_page(
        "spot_check/calls.html",
        consultation=consultation,
        calls=calls_of(consultation.id, reach),
        letters=letters,
        letters_due=number,
        answers=ANSWERS,
    )


@blueprint.post("/consultations/<key>/calls")
@allow(Permission.MANAGE_ORGANISATIONS)
def note(key: str) -> BaseResponse:
    """Note the answer of an organisation of the sample."""
    consultation, account = get_consultation(key), current_account()
    try:
        answer = Answer(request.form.get("answer", ""))
    except ValueError:
        raise Refused(_("Choose what the organisation has answered.")) from None
    actions.note_answer(consultation.id, _number("ballot"), answer, account.id, reach_of(account))
    flash(_("The answer is noted."))
    return back_to(url_for(".calls", key=key))


@blueprint.post("/consultations/<key>/calls/letters")
@allow(Permission.MANAGE_ORGANISATIONS)
def note_letter(key: str) -> BaseResponse:
    """Note that an organisation was told by letter."""
    consultation, account = get_consultation(key), current_account()
    actions.note_letter(consultation.id, _number("organisation"), account.id, reach_of(account))
    flash(_("The letter is noted as sent."))
    return back_to(url_for(".calls", key=key))


def _number(name: str) -> int:
    typed = request.form.get(name, "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        raise Refused(UNREADABLE)
    return int(typed)
