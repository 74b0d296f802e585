"""The page to log in with a letter's code."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.codes.actions import use_code
from ruhrvote.accounts.codes.forms import CodeForm
from ruhrvote.accounts.kept_input import KEPT_BYTES
from ruhrvote.accounts.limits.actions import try_code
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.login_page import enter
from ruhrvote.accounts.typed_codes import read_code
from ruhrvote.errors import INVALID, Refused, TooMany
from ruhrvote.web import language, show_page

blueprint = Blueprint("codes", __name__)


@blueprint.get("/code")
@allow(Permission.PUBLIC)
def show() -> Response:
    """Show the form for a code, which the letter's QR code fills in; opening the page does not use the code."""
    return _code_page(CodeForm(formdata=None, next=request.args.get("next")))


@blueprint.post("/code")
@allow(Permission.PUBLIC, most_bytes=KEPT_BYTES)
def log_in() -> BaseResponse:
    """Log in with a letter's code and go on to the ballot."""
    form = CodeForm()
    if not form.validate_on_submit():
        return _code_page(form, INVALID)
    counted = try_code(client())
    if counted.wait:
        return _code_page(form, TooMany(counted.wait))
    used = use_code(read_code(form.code.data or ""), language())
    if used is None:
        problem = _(
            "This code is not valid. If you have received a newer letter, take its code. If you have set up an e-mail "
            "address or a password, log in with that. After the end of the consultation codes are not valid any more."
        )
        return _code_page(form, Refused(problem))
    token = open_login(used.account_id, forget_failures=counted, language=language())
    ballot = url_for("start.my_ballot", consultation=used.consultation_id)
    return enter(token, form.next.data or ballot, form.kept.data)


def _code_page(form: CodeForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/codes/code.html", refusal, form=form)
