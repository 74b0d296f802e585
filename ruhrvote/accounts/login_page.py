"""The login page, at its own address and in place of pages that need a login; and logging a browser in."""

from __future__ import annotations

from secrets import token_urlsafe

from flask import Response, g, session, url_for
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ruhrvote.accounts import actions, kept_input, queries
from ruhrvote.accounts.codes.forms import CodeForm
from ruhrvote.accounts.factors.page import ask_page
from ruhrvote.accounts.limits.queries import client, device_cookie, known_browser
from ruhrvote.accounts.links.forms import LinkForm
from ruhrvote.accounts.models import Account
from ruhrvote.errors import Conflict, Refused
from ruhrvote.web import back_to, cookies_are_secure, own_path, show_page

KNOWN_FOR = 365 * 86_400  # seconds


class LoginForm(FlaskForm):
    """E-mail address and password, the address to go on to, and the kept input of a form sent after the login's end."""

    email = StringField(
        _l("E-mail address or access number"),
        [InputRequired(_l("Enter the e-mail address of your account.")), Length(max=254)],
        render_kw={"autocomplete": "username", "inputmode": "email", "spellcheck": "false", "autocapitalize": "none"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password.")), Length(max=128)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
    kept = HiddenField()


def login_page(form: LoginForm, refusal: Refused | None = None) -> Response:
    """The login page, in a demonstration with its demo logins."""
    onward = {"next": form.next.data, "kept": form.kept.data}
    return show_page(
        "accounts/login.html",
        refusal,
        form=form,
        code_form=CodeForm(formdata=None, **onward),
        link_form=LinkForm(formdata=None, next=form.next.data),
        demo_accounts=queries.demo_accounts(),
    )


def let_in(token: str) -> Account:
    """Log this browser in with a login's token; clears its session. Raises Conflict if the login has ended."""
    login = queries.find_login(token)
    if login is None:  # the account was removed a moment ago
        raise Conflict(_l("Your login has ended. Please log in again."))
    account = login.account
    account.login_token, account.lacks_factor = token, queries.lacks_factor(login)
    # Clear the session against session fixation. Only if the same account logs in again, its CSRF token stays, so that
    # forms in tabs that are still open keep working.
    forms_token = session.get("csrf_token") if session.get("account_id") == account.id else None
    session.clear()
    g.pop("csrf_token", None)  # Flask-WTF remembers the one of the old session for this request
    if forms_token is not None:
        session["csrf_token"] = forms_token
    login_user(account)
    session["account_id"] = account.id  # to know after the end of this login whose input a form has
    if not account.lacks_factor:
        g.login_end = queries.login_end(login)
    return account


def enter(token: str, target: str | None, kept: str | None = None) -> BaseResponse:
    """Log this browser in with a new login's token, and redirect: to the kept input, else to `target`, else home."""
    before = session.get("_user_id")
    account = let_in(token)
    if account.lacks_factor:
        response = ask_page(account, target, kept) if kept else back_to(url_for("factors.ask", next=target or None))
    else:
        response = go_on(account.id, target, kept)
        _remember_browser(response, account.id)
    if before:
        actions.log_out(before)  # the browser has lost its token, so it would stay open unused
    return response


def go_on(account_id: int, target: str | None, kept: str | None = None) -> BaseResponse:
    """The page with the kept input if there is any, else a redirect to `target`, else home; after logging in."""
    waiting = kept_input.read(kept, account_id)
    if waiting is not None:
        return show_page("accounts/resume.html", waiting=waiting)
    return back_to(own_path(target, url_for("start.home")))


def _remember_browser(response: BaseResponse, account_id: int) -> None:
    """Set the cookie that marks this browser as known, so that strangers' wrong passwords do not delay it."""
    here = client()
    if here.known_account == account_id:
        return
    response.set_cookie(
        device_cookie(),
        known_browser(account_id, token_urlsafe(16)),
        max_age=KNOWN_FOR,
        secure=cookies_are_secure(),
        httponly=True,
        samesite="Lax",
    )
