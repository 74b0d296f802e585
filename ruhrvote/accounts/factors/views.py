"""Pages to enter the second factor, and to set up, replace and remove the own factors."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import kept_input
from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.factors import actions, passkeys
from ruhrvote.accounts.factors.forms import AppForm, CodeForm, ContinueForm, PasskeyAnswerForm, PasskeyForm
from ruhrvote.accounts.factors.page import ask_page, set_up_page
from ruhrvote.accounts.factors.queries import factors_of, is_fresh
from ruhrvote.accounts.kept_input import KEPT_BYTES
from ruhrvote.accounts.limits.actions import try_challenge
from ruhrvote.accounts.login_page import enter, go_on, let_in
from ruhrvote.accounts.queries import token_hash
from ruhrvote.accounts.typed_codes import in_fours
from ruhrvote.errors import INVALID, NotLoggedIn, Refused, TooMany
from ruhrvote.web import back_to, own_path, show_page

blueprint = Blueprint("factors", __name__, url_prefix="/second-factor")


@blueprint.get("")
@allow(Permission.SECOND_FACTOR)
def ask() -> BaseResponse:
    """Ask for the second factor: after the password, and again before factors are changed."""
    return ask_page(current_account(), request.args.get("next"), None)


@blueprint.post("")
@allow(Permission.SECOND_FACTOR, most_bytes=KEPT_BYTES)
def confirm() -> BaseResponse:
    """Confirm the login with a code."""
    form, account = CodeForm(), current_account()
    if not form.validate_on_submit():
        return ask_page(account, form.next.data, form.kept.data, INVALID, form=form)
    confirmation = actions.confirm(account.login_token, form.code.data or "")
    if confirmation.token:
        return enter(confirmation.token, form.next.data, form.kept.data)
    if confirmation.wait:
        return ask_page(account, form.next.data, form.kept.data, TooMany(confirmation.wait), form)
    message = _("This code is wrong or was used before. Wait for the next code of the app, or take another one.")
    return ask_page(account, form.next.data, form.kept.data, Refused(message), form)


@blueprint.post("/challenge")
@allow(Permission.SECOND_FACTOR)
def challenge() -> Response:
    """The options for the browser to authenticate with a passkey."""
    return _challenge_page(passkeys.ask_for_known)


@blueprint.post("/passkey")
@allow(Permission.SECOND_FACTOR, most_bytes=KEPT_BYTES)
def confirm_by_passkey() -> BaseResponse:
    """Confirm the login with a passkey."""
    form, account = PasskeyAnswerForm(), current_account()
    if not form.validate_on_submit():
        return ask_page(account, form.next.data, form.kept.data, Refused(passkeys.NOT_ACCEPTED))
    try:
        token = passkeys.confirm_by_passkey(account.login_token, form.credential.data or "")
    except Refused as refusal:
        return ask_page(account, form.next.data, form.kept.data, refusal)
    return enter(token, form.next.data, form.kept.data)


@blueprint.get("/factors")
@allow(Permission.SECOND_FACTOR)
def show() -> BaseResponse:
    """Show the own factors."""
    return _first_confirm() or set_up_page(current_account(), AppForm(formdata=None, next=request.args.get("next")))


@blueprint.post("/app")
@allow(Permission.SECOND_FACTOR, most_bytes=KEPT_BYTES)
def set_up_app() -> BaseResponse:
    """Set up an authenticator app, or replace it by another one."""
    form = AppForm()
    if (refused := _first_confirm()) is not None:
        return refused
    if not form.validate_on_submit():
        return set_up_page(current_account(), form, INVALID)
    try:
        first = actions.set_up_app(current_account().login_token, form.sealed.data or "", form.code.data or "")
    except Refused as refusal:
        return set_up_page(current_account(), form, refusal)
    return _added(first, form, _("The authenticator app is set up."))


@blueprint.post("/app/remove")
@allow(Permission.SECOND_FACTOR)
def remove_app() -> BaseResponse:
    """Remove the authenticator app."""
    return _change(actions.remove_app, _("The authenticator app is removed."))


@blueprint.post("/passkeys/challenge")
@allow(Permission.SECOND_FACTOR)
def new_passkey() -> BaseResponse:
    """The options for the browser to create a passkey."""
    if _first_confirm() is not None:
        return Response(status=403)  # the script then reloads the page, which asks for the factor
    return _challenge_page(passkeys.ask_for_new)


@blueprint.post("/passkeys")
@allow(Permission.SECOND_FACTOR, most_bytes=KEPT_BYTES)
def add_passkey() -> BaseResponse:
    """Add a passkey that the browser has created."""
    form = PasskeyForm()
    if (refused := _first_confirm()) is not None:
        return refused
    onward = AppForm(formdata=None, next=form.next.data, kept=form.kept.data)
    if not form.validate_on_submit():
        return set_up_page(current_account(), onward, INVALID, passkey_form=form)
    try:
        first = passkeys.add_passkey(current_account().login_token, form.credential.data or "", form.name.data or "")
    except Refused as refusal:
        return set_up_page(current_account(), onward, refusal, form)
    return _added(first, form, _("The passkey is set up."))


@blueprint.post("/passkeys/<int:passkey_id>/remove")
@allow(Permission.SECOND_FACTOR)
def remove_passkey(passkey_id: int) -> BaseResponse:
    """Remove a passkey."""
    return _change(lambda me: passkeys.remove_passkey(me, passkey_id), _("The passkey is removed."))


@blueprint.post("/recovery-codes")
@allow(Permission.SECOND_FACTOR)
def renew_recovery_codes() -> BaseResponse:
    """Make new recovery codes and show them once."""
    if (refused := _first_confirm()) is not None:
        return refused
    try:
        codes = actions.renew_recovery_codes(current_account().id)
    except Refused as refusal:
        return set_up_page(current_account(), AppForm(formdata=None), refusal)
    return _codes_page(codes, url_for(".show"), None)


@blueprint.post("/go-on")
@allow(Permission.SECOND_FACTOR, most_bytes=KEPT_BYTES)
def leave_codes() -> BaseResponse:
    """Go on from the recovery codes to the page that was requested before."""
    form = ContinueForm()
    return _first_confirm() or go_on(current_account().id, form.next.data, form.kept.data)


def _challenge_page(ask: Callable[[str], str]) -> Response:
    """The options that `ask` makes, as JSON; limited per login, since each makes a row in the database."""
    token = current_account().login_token
    wait = try_challenge(token_hash(token))
    if wait:
        refusal = TooMany(wait)
        return Response(str(refusal.message), refusal.status, refusal.headers, mimetype="text/plain")
    return Response(ask(token), mimetype="application/json")


def _first_confirm() -> BaseResponse | None:
    """The page that asks for the second factor before factors are shown or changed; None if it is fresh.

    A person without any factor sets up the first one right after entering the password.
    """
    account = current_account()
    if is_fresh(account.login_token) or not factors_of(account.id).count:
        return None
    if request.method == "GET":
        return ask_page(account, request.full_path.rstrip("?"), None)
    return ask_page(account, url_for(".show"), kept_input.keep(), NotLoggedIn())


def _change(action, done: str) -> BaseResponse:  # type: ignore[no-untyped-def]
    if (refused := _first_confirm()) is not None:
        return refused
    try:
        action(current_account().id)
    except Refused as refusal:
        return set_up_page(current_account(), AppForm(formdata=None), refusal)
    flash(done)
    return back_to(url_for(".show"))


def _added(first: actions.SetUp | None, form: ContinueForm, done: str) -> BaseResponse:
    """The answer after a factor was set up: for the first one the page with recovery codes, else a redirect."""
    if first:
        let_in(first.token)
        return _codes_page(first.codes, form.next.data, form.kept.data)
    flash(done)
    return back_to(url_for(".show"))


def _codes_page(codes: list[str], target: str | None, kept: str | None) -> Response:
    return show_page(
        "accounts/factors/recovery_codes.html",
        codes=[in_fours(code) for code in codes],
        form=ContinueForm(formdata=None, next=own_path(target, ""), kept=kept),
    )
