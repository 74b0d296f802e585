"""Pages on which an organisation objects to a version of its ballot: by a mailed link, or logged in."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.models import Organisation
from ruhrvote.ballots.notices import Link, link_of
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db
from ruhrvote.errors import UNREADABLE, Refused, Unknown
from ruhrvote.objections import actions
from ruhrvote.objections.actions import Outcome, accepts_objections
from ruhrvote.objections.queries import versions_of
from ruhrvote.web import back_to, show_page

blueprint = Blueprint("objections", __name__)


@blueprint.get("/objections/<token>")
@allow(Permission.PUBLIC)
def show(token: str) -> Response:
    """Ask before objecting, since mail programs and scanners open links before people do."""
    link = link_of(token)
    consultation, organisation = _found(link)
    return show_page(
        "objections/link.html",
        consultation=consultation,
        organisation=organisation,
        versions=versions_of(consultation.id, organisation.id),
        asked=link.version,
        token=token,
        possible=accepts_objections(consultation),
    )


@blueprint.post("/objections/<token>")
@allow(Permission.PUBLIC)
def contest(token: str) -> BaseResponse:
    """Object to a version of the ballot of the one organisation that the link names."""
    consultation, organisation = _found(link_of(token))
    _contest(consultation, organisation.id, None)
    return back_to(url_for(".show", token=token))


@blueprint.get("/consultations/<key>/ballot/objections")
@allow(Permission.VOTE)
def own(key: str) -> Response:
    """Show when which version of the own organisation's ballot was submitted, and what is contested."""
    consultation, account = get_consultation(key), current_account()
    return show_page(
        "objections/own.html",
        consultation=consultation,
        account=account,
        versions=versions_of(consultation.id, account.organisation_id),
        possible=accepts_objections(consultation),
    )


@blueprint.post("/consultations/<key>/ballot/objections")
@allow(Permission.VOTE)
def contest_own(key: str) -> BaseResponse:
    """Object to a version of the own organisation's ballot."""
    account = current_account()
    _contest(get_consultation(key), account.organisation_id, account.id)
    return back_to(url_for(".own", key=key))


@blueprint.post("/consultations/<key>/ballot/objections/answer")
@allow(Permission.VOTE)
def answer(key: str) -> BaseResponse:
    """Answer an objection to a version that this person has submitted: that was us."""
    account = current_account()
    actions.answer(get_consultation(key).key, account.organisation_id, _version(), account.id)
    flash(_("Your answer is noted. Two admins of the consultation decide."))
    return back_to(url_for(".own", key=key))


def _found(link: Link) -> tuple[Consultation, Organisation]:
    consultation = db.session.get(Consultation, link.consultation_id)
    organisation = db.session.get(Organisation, link.organisation_id)
    if consultation is None or organisation is None:
        raise Unknown(_("This link is over: the consultation or the organisation is no longer there."))
    return consultation, organisation


def _contest(consultation: Consultation, organisation_id: int, by: int | None) -> None:
    match actions.contest(consultation.key, organisation_id, _version(), by):
        case Outcome.RAISED:
            flash(_("Your objection is in the ledger. Two admins of the consultation decide on it."))
        case Outcome.KNOWN:
            flash(_("There is an objection to this version already."))
        case Outcome.TOO_LATE:
            flash(_("Your objection is recorded. The time for objections is over, so it changes nothing any more."))


def _version() -> int:
    typed = request.form.get("version", "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 7):
        raise Refused(UNREADABLE)
    return int(typed)
