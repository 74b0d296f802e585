"""Asking for a link by e-mail, and the pages with a button that links lead to."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.limits.actions import try_code
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.links import actions
from ruhrvote.accounts.links.forms import LinkForm, TokenForm
from ruhrvote.accounts.login_page import enter
from ruhrvote.errors import INVALID, Refused, TooMany
from ruhrvote.web import back_to, language, own_path, show_page

blueprint = Blueprint("links", __name__)


@blueprint.get("/login/link")
@allow(Permission.PUBLIC)
def ask() -> Response:
    """Where somebody asks for a link, also because the password is forgotten."""
    return _ask_page(LinkForm(formdata=None, next=request.args.get("next")))


@blueprint.post("/login/link")
@allow(Permission.PUBLIC)
def send() -> BaseResponse:
    """Send a link, if the address has an account; the answer does not tell."""
    form = LinkForm()
    if not form.validate_on_submit():
        return _ask_page(form, INVALID)
    target = own_path(form.next.data, "")
    wait = actions.ask_for_link(form.email.data or "", language=language(), client=client(), target=target)
    if wait:
        return _ask_page(form, TooMany(wait))
    return back_to(url_for(".sent"))


@blueprint.get("/login/link/sent")
@allow(Permission.PUBLIC)
def sent() -> Response:
    """What happens now, the same for every address."""
    return show_page("accounts/links/link_sent.html")


@blueprint.get("/login/by-link")
@allow(Permission.PUBLIC)
def show_login() -> Response:
    """Where a login link leads: the code comes after a #; looking does not use it up."""
    return _login_page(TokenForm(formdata=None))


@blueprint.post("/login/by-link")
@allow(Permission.PUBLIC)
def log_in() -> BaseResponse:
    """Use a login link up and open the login."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _login_page(form, INVALID)
    counted = try_code(client())
    if counted.wait:
        return _login_page(form, TooMany(counted.wait))
    try:
        account_id, target = actions.log_in_by_link(form.token.data or "")
    except Refused as refusal:
        return _login_page(form, refusal)
    return enter(open_login(account_id, forget_failures=counted, language=language()), target)


@blueprint.get("/account/confirm")
@allow(Permission.PUBLIC)
def show_confirmation() -> Response:
    """Where the link to a new address leads: nothing changes before the button is pressed."""
    return _confirm_page(TokenForm(formdata=None))


@blueprint.post("/account/confirm")
@allow(Permission.PUBLIC)
def confirm() -> BaseResponse:
    """Let the account have the address that received the link."""
    form = TokenForm()
    if not form.validate_on_submit():
        return _confirm_page(form, INVALID)
    counted = try_code(client())
    if counted.wait:
        return _confirm_page(form, TooMany(counted.wait))
    try:
        actions.confirm_address(form.token.data or "", session.get("_user_id", ""))
    except Refused as refusal:
        return _confirm_page(form, refusal)
    flash(_("Your e-mail address is confirmed. From now on a link to it lets you in."))
    return back_to(url_for("own_access.show"))


def _ask_page(form: LinkForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/links/link.html", refusal, form=form)


def _login_page(form: TokenForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/links/by_link.html", refusal, form=form)


def _confirm_page(form: TokenForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/links/confirm.html", refusal, form=form)
