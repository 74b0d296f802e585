"""The page that asks for the second factor: at its own address, and in place of pages that need it."""

from __future__ import annotations

from flask import Response, redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.factors import passkeys
from ruhrvote.accounts.factors.forms import AppForm, CodeForm, PasskeyForm
from ruhrvote.accounts.factors.queries import factors_of
from ruhrvote.accounts.factors.secrets import new_secret, qr_code, seal, unseal
from ruhrvote.accounts.models import Account
from ruhrvote.accounts.queries import is_demo
from ruhrvote.errors import Refused
from ruhrvote.web import show_page


def ask_page(
    account: Account,
    target: str | None,
    kept: str | None,
    refusal: Refused | None = None,
    form: CodeForm | None = None,
) -> BaseResponse:
    """Ask for a second factor, or to set one up if there is none; then go on to `target` or the kept input."""
    factors = factors_of(account.id)
    if not factors.count and kept:
        return set_up_page(account, AppForm(formdata=None, next=target, kept=kept), refusal)
    if not factors.count:
        return redirect(url_for("factors.show", next=target), 303)
    return show_page(
        "accounts/factors/ask.html",
        refusal,
        form=form or CodeForm(formdata=None, next=target, kept=kept),
        factors=factors,
        passkeys_possible=passkeys.possible(),
    )


def set_up_page(
    account: Account, form: AppForm, refusal: Refused | None = None, passkey_form: PasskeyForm | None = None
) -> Response:
    """The page of the own factors, on which they are set up and removed."""
    secret = unseal(form.sealed.data or "", account.id) or new_secret()
    form.sealed.data = form.sealed.data if unseal(form.sealed.data or "", account.id) else seal(secret, account.id)
    onward = {"next": form.next.data, "kept": form.kept.data}
    return show_page(
        "accounts/factors/factors.html",
        refusal,
        form=form,
        passkey_form=passkey_form or PasskeyForm(formdata=None, **onward),
        factors=factors_of(account.id),
        passkeys_possible=passkeys.possible(),
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=qr_code(secret, account.email or account.person, "RuhrVote"),
        needless=account.is_demo and is_demo(),
    )
