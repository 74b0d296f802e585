"""The pages to log in with a letter's code and a PIN."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.codes import pins
from ruhrvote.accounts.codes.actions import CodeUse, begin_with_code, find_code, log_in_with_pin
from ruhrvote.accounts.codes.forms import CodeForm, NewPinForm, PinForm
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.kept_input import KEPT_BYTES
from ruhrvote.accounts.limits.actions import Attempt, take_back, try_code, try_pin
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.login_page import enter
from ruhrvote.accounts.models import Organisation
from ruhrvote.accounts.typed_codes import read_code
from ruhrvote.db import transaction
from ruhrvote.errors import INVALID, Conflict, Refused, TooMany
from ruhrvote.web import language, show_page

blueprint = Blueprint("codes", __name__)

NOT_VALID = _l(
    "This code is not valid. If you have received a newer letter, take its code. If you have set up an e-mail "
    "address or a password, log in with that. After the end of the consultation codes are not valid any more."
)


@blueprint.get("/code")
@allow(Permission.PUBLIC)
def show() -> Response:
    """Show the form for a code, which the letter's QR code fills in; opening the page does not use the code."""
    return _code_page(CodeForm(formdata=None, next=request.args.get("next")))


@blueprint.post("/code")
@allow(Permission.PUBLIC, most_bytes=KEPT_BYTES)
def log_in() -> BaseResponse:
    """Take a letter's code, and ask for the PIN that goes with it."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_page(form, INVALID)
    found, refusal = _valid_code(form)
    if found is None:
        return _code_page(form, refusal)
    return _pin_page(found.organisation, form)


@blueprint.post("/code/pin")
@allow(Permission.PUBLIC, most_bytes=KEPT_BYTES)
def enter_pin() -> BaseResponse:
    """Log in with a code and the PIN that was chosen for it, and go on to the ballot."""
    form = PinForm()
    valid = form.validate_on_submit()
    found, refusal = _known_code(form)
    if found is None:
        return _code_page(CodeForm(formdata=None), refusal)
    organisation = found.organisation
    if not valid:
        return _pin_page(organisation, form, INVALID, known=form)
    here = client()
    counted = try_pin(organisation.id, here)
    if counted.wait:
        return _pin_page(organisation, form, TooMany(counted.wait), known=form)
    used = log_in_with_pin(read_code(form.code.data or ""), form.pin.data or "", here)
    if used is None:
        problem = _("This PIN is not right. If you do not know it, begin anew below.")
        return _pin_page(organisation, form, Refused(problem), known=form)
    return _enter(used, form, counted)


@blueprint.post("/code/begin")
@allow(Permission.PUBLIC, most_bytes=KEPT_BYTES)
def begin() -> BaseResponse:
    """Begin with a code and a new PIN: with an empty draft, whatever others of the organisation wrote."""
    form = NewPinForm()
    valid = form.validate_on_submit()
    found, refusal = _known_code(form)
    if found is None:
        return _code_page(CodeForm(formdata=None), refusal)
    organisation = found.organisation
    if not valid:
        return _pin_page(organisation, form, INVALID, new=form)
    code, pin, anew = read_code(form.code.data or ""), form.new_pin.data or "", form.anew.data == "yes"
    try:
        used = begin_with_code(code, language(), pin=pin, anew=anew)
    except Conflict as conflict:
        return _pin_page(organisation, form, conflict)
    if used is None:
        return _code_page(CodeForm(formdata=None), Refused(NOT_VALID))
    return _enter(used, form)


def _known_code(form: CodeForm) -> tuple[AccessCode | None, Refused | None]:
    """The code that a page has kept for its form; a changed one is a guess like any other."""
    return (None, INVALID) if form.code.errors else _valid_code(form)


def _valid_code(form: CodeForm) -> tuple[AccessCode | None, Refused | None]:
    """The valid code in a form, else why there is none; a wrong one counts as a guess."""
    counted = try_code(client())
    if counted.wait:
        return None, TooMany(counted.wait)
    code = read_code(form.code.data or "")
    if find_code(code) is None:
        return None, Refused(NOT_VALID)
    with transaction():
        take_back(counted)
    return find_code(code), None


def _enter(used: CodeUse, form: CodeForm, counted: Attempt | None = None) -> BaseResponse:
    token = open_login(used.account_id, forget_failures=counted, language=language())
    ballot = url_for("start.my_ballot", consultation=used.consultation_id)
    return enter(token, form.next.data or ballot, form.kept.data)


def _code_page(form: CodeForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/codes/code.html", refusal, form=form)


def _pin_page(
    organisation: Organisation,
    form: CodeForm,
    refusal: Refused | None = None,
    *,
    known: PinForm | None = None,
    new: NewPinForm | None = None,
) -> Response:
    """The page on which somebody with a valid code enters a PIN, or chooses one."""
    kept = {"code": form.code.data, "next": form.next.data, "kept": form.kept.data}
    somebody_came = pins.anybody(organisation.id)
    return show_page(
        "accounts/codes/pin.html",
        refusal,
        organisation=organisation,
        somebody_came=somebody_came,
        form=known or PinForm(formdata=None, **kept),
        new=new or NewPinForm(formdata=None, anew="yes" if somebody_came else "", **kept),
    )
