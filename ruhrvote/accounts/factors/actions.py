"""Writes of second factors; each public function is one use case and one commit."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import CursorResult, delete, select, update

from ruhrvote.accounts import queries
from ruhrvote.accounts.factors.models import AuthenticatorApp, Passkey, RecoveryCode
from ruhrvote.accounts.factors.queries import factors_of
from ruhrvote.accounts.factors.secrets import (
    DIGITS,
    SET_UP_WITHIN,
    matching_step,
    recovery_hash,
    seal,
    unseal,
)
from ruhrvote.accounts.limits import actions as limits
from ruhrvote.accounts.models import Account, Login
from ruhrvote.accounts.typed_codes import Mistyped, new_code, read_code
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to

RECOVERY_CODES = 8


@dataclass(frozen=True)
class Confirmation:
    """The result of entering a code: the login's new token, or the seconds to wait, or neither if it was wrong."""

    token: str | None = None
    wait: int = 0


@dataclass(frozen=True)
class SetUp:
    """The result of setting up the first factor: recovery codes, and the new token of the login, now confirmed."""

    codes: list[str]
    token: str


def is_code(typed: str) -> bool:
    """Whether this has the form of a code: six digits from an app, or a recovery code with a right check character."""
    try:
        return _is_app_code(_tidy(typed)) or bool(read_code(typed))
    except Mistyped:
        return False


def confirm(token: str, typed: str) -> Confirmation:
    """Confirm a login with a code of the app or a recovery code; each code is accepted once.

    Wrong codes delay the next code of this account only; a passkey is not delayed.
    """
    attempt = limits.try_second_factor(login_owner(token).id)
    if attempt.wait:
        return Confirmation(wait=attempt.wait)
    with transaction():
        account = login_owner(token)
        code = _tidy(typed)
        right = _accept_app_code(account, code) if _is_app_code(code) else _accept_recovery_code(account, typed)
        if not right:
            return Confirmation()
        limits.take_back(attempt)
        return Confirmation(token=confirmed(token))


def set_up_app(token: str, sealed_secret: str, typed: str) -> SetUp | None:
    """Set up the authenticator app, replacing a former one; return a SetUp if it is the first factor, else None.

    sealed_secret: the secret that the page offered; typed: a code that the app made of it. Raises Refused for a wrong
    code, Conflict if the page is older than an hour.
    """
    account_id = login_owner(token).id
    secret = unseal(sealed_secret, account_id, SET_UP_WITHIN)
    if secret is None:
        raise Conflict(_l("This page was open for more than an hour. Scan the new picture, please."))
    with transaction() as session:
        account = lock_owner(account_id)
        now = clock()
        step = matching_step(secret, _tidy(typed), now.timestamp())
        if step is None:
            raise Refused(_l("This code does not fit. Check the time on your phone and enter the code shown now."))
        first = factors_of(account_id).count == 0
        session.execute(delete(AuthenticatorApp).where(AuthenticatorApp.account_id == account_id))
        session.add(
            AuthenticatorApp(
                account_id=account_id, sealed_secret=seal(secret, account_id), last_step=step, added_at=now
            )
        )
        audit(Event.FACTOR_ADDED, account, factor="app")
        return after_set_up(account, token, first)


def remove_app(account_id: int) -> None:
    """Remove the authenticator app; raises Conflict if it is the last factor."""
    with transaction() as session:
        account = lock_owner(account_id)
        app = factors_of(account_id).app
        if app is not None:
            refuse_last(account_id)
            session.delete(app)
            audit(Event.FACTOR_REMOVED, account, factor="app")
            tell(account)


def renew_recovery_codes(account_id: int) -> list[str]:
    """Make eight new recovery codes and delete the old ones."""
    with transaction():
        account = lock_owner(account_id)
        if factors_of(account_id).count == 0:
            raise Conflict(_l("Set up an authenticator app or a passkey first."))
        tell(account)
        return new_recovery_codes(account)


def reset_factors(account_id: int, *, by: int) -> None:
    """Delete all second factors of a person who has lost them, and end their logins; they then set up new ones.

    Raises Conflict for the own account: an admin who has lost the factors needs another admin.
    """
    if account_id == by:
        raise Conflict(_l("Somebody else has to reset your own second factor."))
    with transaction() as session:
        account = lock_owner(account_id)
        for table in (AuthenticatorApp, Passkey, RecoveryCode, Login):
            session.execute(delete(table).where(table.account_id == account_id))
        record(Event.FACTORS_RESET, by=by, organisation_id=account.organisation_id, object_id=account_id)
        tell(account)


def login_owner(token: str) -> Account:
    """The account of a login; raises Conflict if the login has ended."""
    login = queries.find_login(token)
    if login is None:
        raise Conflict(_l("Your login has ended. Please log in again."))
    return login.account


def lock_owner(account_id: int) -> Account:
    """The account, locked so that changes of its factors are serialised; raises Refused for a demo account."""
    account = db.session.scalar(select(Account).where(Account.id == account_id).with_for_update(key_share=True))
    assert account is not None
    if account.is_demo and queries.is_demo():
        raise Refused(_l("The accounts of the demonstration need no second factor."))
    return account


def refuse_last(account_id: int) -> None:
    """Raise Conflict if the account has only one factor."""
    if factors_of(account_id).count <= 1:
        raise Conflict(_l("This is your only second factor. Set up another one before you remove it."))


def confirmed(token: str) -> str:
    """Mark a login as confirmed by a second factor and return its new token, which replaces the old one.

    Part of the caller's transaction.
    """
    new, now = secrets.token_urlsafe(32), clock()
    mine = update(Login).where(Login.token_hash == queries.token_hash(token))
    if not _changed(mine.values(token_hash=queries.token_hash(new), confirmed_at=now, seen_at=now)):
        raise Conflict(_l("Your login has ended. Please log in again."))
    return new


def new_recovery_codes(account: Account) -> list[str]:
    """Eight new recovery codes in canonical form; only hashes are stored. Part of the caller's transaction."""
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    db.session.add_all(RecoveryCode(code_hash=recovery_hash(code), account_id=account.id) for code in codes)
    audit(Event.RECOVERY_CODES_MADE, account)
    return codes


def after_set_up(account: Account, token: str, first: bool) -> SetUp | None:
    """After a factor was set up: confirm the login by its first factor, or mail the owner about a further one.

    Part of the caller's transaction.
    """
    if first:
        return SetUp(new_recovery_codes(account), confirmed(token))
    tell(account)
    return None


def audit(event: Event, account: Account, factor: str | None = None) -> None:
    """Record in the audit trail what a person did with their own factors."""
    details: dict[str, Any] = {"factor": factor} if factor else {}
    record(event, by=account.id, organisation_id=account.organisation_id, object_id=account.id, **details)


def tell(account: Account) -> None:
    """Queue a mail that tells the owner that their factors were changed, in case it was not them."""
    if account.email is not None:
        queue(
            Purpose.ACCESS_CHANGED,
            account.email,
            account.language,
            person=account.person,
            what="second factor",
            address="",
            link=link_to("own_access.show"),
        )


def _accept_app_code(account: Account, code: str) -> bool:
    app = db.session.get(AuthenticatorApp, account.id, with_for_update=True)
    secret = unseal(app.sealed_secret, account.id) if app else None
    step = matching_step(secret, code, clock().timestamp()) if secret else None
    if app is None or step is None or step <= app.last_step:
        return False
    app.last_step = step
    return True


def _accept_recovery_code(account: Account, typed: str) -> bool:
    try:
        code_hash = recovery_hash(read_code(typed))
    except Mistyped:
        return False
    unused = (RecoveryCode.code_hash == code_hash, RecoveryCode.account_id == account.id)
    use = update(RecoveryCode).where(*unused, RecoveryCode.used_at.is_(None)).values(used_at=clock())
    if not _changed(use):
        return False
    audit(Event.RECOVERY_CODE_USED, account)
    return True


def _tidy(typed: str) -> str:
    return "".join(typed.split())


def _is_app_code(code: str) -> bool:
    return len(code) == DIGITS and code.isascii() and code.isdigit()


def _changed(statement) -> int:  # type: ignore[no-untyped-def]
    result = db.session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
