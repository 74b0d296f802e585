"""The page of the own access."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, session, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.links.actions import ask_for_link
from ruhrvote.accounts.own_access import actions
from ruhrvote.accounts.own_access.actions import Proof, get_own_access
from ruhrvote.accounts.own_access.forms import AddressForm, DetailsForm, PasswordForm, RemovePasswordForm
from ruhrvote.errors import INVALID, Refused, TooMany
from ruhrvote.web import back_to, language, show_page

blueprint = Blueprint("own_access", __name__)


@blueprint.get("/account")
@allow(Permission.SIGNED_IN)
def show() -> Response:
    """Show the own access: name, ways to log in, and open logins."""
    return _page()


@blueprint.post("/account/details")
@allow(Permission.SIGNED_IN)
def save_details() -> BaseResponse:
    """Save name and language of mail."""
    form = DetailsForm()
    if not form.validate_on_submit():
        return _page(INVALID, details=form)
    actions.save_details(current_account().id, person=form.person.data or "", language=form.language.data)
    return _done(_("Saved."))


@blueprint.post("/account/address")
@allow(Permission.SIGNED_IN)
def ask_for_address() -> BaseResponse:
    """Send a link to a new e-mail address, which replaces the old one once the link is confirmed."""
    form, account = AddressForm(), current_account()
    if not form.validate_on_submit():
        return _page(INVALID, address=form)
    if refused := _unproven(form):
        return _page(refused, address=form)
    email, account_id = form.email.data or "", account.id
    wait = ask_for_link(email, language=language(), client=client(), account_id=account_id)
    if wait:
        return _page(TooMany(wait), address=form)
    return _done(
        _(
            "We have sent an e-mail to %(email)s. Open the link in it within ten minutes; only then is the address "
            "yours here.",
            email=email,
        )
    )


@blueprint.post("/account/password")
@allow(Permission.SIGNED_IN)
def set_password() -> BaseResponse:
    """Set or change the password."""
    form, account = PasswordForm(), current_account()
    form.own_words = (account.person, account.email or "", account.organisation.name)
    if not form.validate_on_submit():
        return _page(INVALID, password=form)
    if refused := _unproven(form):
        return _page(refused, password=form)
    actions.set_password(account.id, form.password.data or "", account.login_token)
    return _done(_("Your password is set. All your other logins have ended."))


@blueprint.post("/account/password/remove")
@allow(Permission.SIGNED_IN)
def remove_password() -> BaseResponse:
    """Remove the password; the person then logs in by links in e-mails."""
    form, account = RemovePasswordForm(), current_account()
    if refused := _unproven(form):
        return _page(refused, removal=form)
    try:
        actions.remove_password(account.id, account.login_token)
    except Refused as refusal:
        return _page(refusal)
    return _done(_("Your password is removed. All your other logins have ended."))


@blueprint.post("/account/logins/end")
@allow(Permission.SIGNED_IN)
def end_login() -> BaseResponse:
    """End one of the own logins."""
    actions.end_login(current_account().id, request.form.get("login", ""))
    return _done(_("This login has ended."))


@blueprint.post("/account/logins/end-all")
@allow(Permission.SIGNED_IN)
def end_all_logins() -> BaseResponse:
    """Log out everywhere."""
    actions.end_all_logins(current_account().id)
    session.clear()
    flash(_("You are logged out everywhere."))
    return back_to(url_for("start.home"))


def _done(message: str) -> BaseResponse:
    flash(message)
    return back_to(url_for(".show"))


def _unproven(form: FlaskForm) -> Refused | None:
    """Status, message and seconds to wait of a refusal to change a way to log in; None if it may be changed."""
    account = current_account()
    proof = get_own_access(account).proof
    if proof is Proof.NONE:
        return None
    if proof is Proof.NEW_LOGIN:
        return Refused(_("Please log out and log in again first, so that nobody else can change this at your screen."))
    right, wait = actions.check_password(account, form["current"].data or "", client())
    if wait:
        return TooMany(wait)
    if not right:
        form["current"].errors = [_("This is not your present password.")]
        return INVALID
    return None


def _page(
    refusal: Refused | None = None,
    *,
    details: DetailsForm | None = None,
    address: AddressForm | None = None,
    password: PasswordForm | None = None,
    removal: RemovePasswordForm | None = None,
) -> Response:
    account = current_account()
    return show_page(
        "accounts/own_access/account.html",
        refusal,
        access=get_own_access(account),
        Proof=Proof,
        details=details or DetailsForm(formdata=None, person=account.person, language=account.language),
        address=address or AddressForm(formdata=None),
        password=password or PasswordForm(formdata=None),
        removal=removal or RemovePasswordForm(formdata=None),
    )
