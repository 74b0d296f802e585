"""Logging in and out."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_user
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import actions, queries
from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.forms import LoginForm
from ruhrvote.accounts.models import Account
from ruhrvote.errors import Unknown
from ruhrvote.web import back_to, own_path

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/login")
@allow(Permission.PUBLIC)
def log_in() -> Response:
    """Show the login page."""
    return _login_page(LoginForm(next=request.args.get("next")))


@blueprint.post("/login")
@allow(Permission.PUBLIC)
def check_login() -> BaseResponse:
    """Log in with e-mail address and password."""
    form = LoginForm()
    if not form.validate_on_submit():
        return _login_page(form, 422)
    attempt = actions.log_in(form.email.data or "", form.password.data or "")
    if attempt.token:
        account = queries.find_account(form.email.data or "")
        assert account is not None
        return _enter(account, attempt.token, form.next.data)
    if attempt.wait:
        message = ngettext(
            "Too many failed attempts. Please wait %(num)d second and try again.",
            "Too many failed attempts. Please wait %(num)d seconds and try again.",
            attempt.wait,
        )
        response = _login_page(form, 429, message)
        response.headers["Retry-After"] = str(attempt.wait)
        return response
    return _login_page(form, 422, _("E-mail address or password is wrong. Check both and try again."))


@blueprint.post("/login/demo")
@allow(Permission.PUBLIC)
def demo_log_in() -> BaseResponse:
    """Log in as one of the demonstration's people by one click."""
    wanted = request.form.get("account", "")
    account = next((account for account in queries.demo_accounts() if str(account.id) == wanted), None)
    if account is None:
        raise Unknown(_("This demo login does not exist."))
    return _enter(account, actions.open_login(account.id), request.form.get("next"))


@blueprint.post("/logout")
@allow(Permission.SIGNED_IN)
def log_out() -> BaseResponse:
    """End the login here and on the server."""
    actions.log_out(current_account().login_token)
    session.clear()
    response = back_to(url_for("start.home"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _enter(account: Account, token: str, target: str | None) -> BaseResponse:
    session.clear()  # nothing of the time before the login lives on in it
    account.login_token = token
    login_user(account)
    return back_to(own_path(target, url_for("start.home")))


def _login_page(form: LoginForm, status: int = 200, problem: str = "") -> Response:
    page = render_template("accounts/login.html", form=form, problem=problem, demo_accounts=queries.demo_accounts())
    return make_response(page, status)
