"""Pages to log in, to stay logged in, and to log out."""

from __future__ import annotations

from flask import Blueprint, Response, g, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import actions, queries
from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.kept_input import KEPT_BYTES
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.login_page import LoginForm, enter, login_page
from ruhrvote.errors import INVALID, Conflict, Refused, TooMany, Unknown
from ruhrvote.web import back_to, language, own_path, show_page

blueprint = Blueprint("accounts", __name__)


@blueprint.get("/login")
@allow(Permission.PUBLIC)
def log_in() -> Response:
    """Show the login page."""
    return login_page(LoginForm(next=request.args.get("next")))


@blueprint.post("/login")
@allow(Permission.PUBLIC, most_bytes=KEPT_BYTES)
def check_login() -> BaseResponse:
    """Log in with e-mail address and password."""
    form = LoginForm()
    if not form.validate_on_submit():
        return login_page(form, INVALID)
    attempt = actions.log_in(form.email.data or "", form.password.data or "", language(), client())
    if attempt.token:
        return enter(attempt.token, form.next.data, form.kept.data)
    if attempt.wait:
        return login_page(form, TooMany(attempt.wait))
    problem = _("E-mail address or password is wrong. Check both, or let us send you a link by e-mail.")
    return login_page(form, Refused(problem))


@blueprint.post("/login/demo")
@allow(Permission.PUBLIC, most_bytes=KEPT_BYTES)
def demo_log_in() -> BaseResponse:
    """Log in as one of the demo accounts by one click."""
    wanted = request.form.get("account", "")
    account = next((account for account in queries.demo_accounts() if str(account.id) == wanted), None)
    if account is None:
        raise Unknown(_("This demo login does not exist."))
    token = actions.open_login(account.id, language=language())
    return enter(token, request.form.get("next"), request.form.get("kept"))


@blueprint.post("/login/extend")
@allow(Permission.SIGNED_IN)
def extend_login() -> BaseResponse:
    """Postpone the end of the login; answers htmx with a fragment that shows the new end."""
    actions.touch_login(current_account().login_token)
    login = queries.find_login(current_account().login_token)
    if login is None:
        raise Conflict(_("Your login has ended. Please log in again."))
    g.login_end = queries.login_end(login)
    if request.headers.get("HX-Request"):
        return show_page("accounts/_session.html", extended=True)
    return back_to(own_path(request.form.get("next"), url_for("start.home")))


@blueprint.post("/logout")
@allow(Permission.SIGNED_IN)
def log_out() -> BaseResponse:
    """End the login in the browser and on the server."""
    actions.log_out(current_account().login_token)
    session.clear()
    response = back_to(url_for("start.home"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
