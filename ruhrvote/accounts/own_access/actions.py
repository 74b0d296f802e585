"""Writes of the own access; each public function is one use case and one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from ruhrvote.accounts import passwords, queries
from ruhrvote.accounts.actions import keep_first_place, lock_account
from ruhrvote.accounts.codes.actions import revoke_codes_of
from ruhrvote.accounts.limits import actions as limits
from ruhrvote.accounts.limits.queries import Client
from ruhrvote.accounts.links.models import MailedLink
from ruhrvote.accounts.models import Account, Login
from ruhrvote.accounts.queries import FRESH, logins_of, token_hash
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to


def save_details(account_id: int, *, person: str, language: str) -> None:
    """Save the name that others see, and the language of mail, which logins do not change any more."""
    with transaction() as session:
        account = session.get_one(Account, account_id)
        account.person, account.language, account.language_chosen = person, language, True


def check_password(account: Account, password: str, client: Client) -> tuple[bool, int]:
    """Whether this is the account's password, and the seconds to wait; limited like attempts to log in."""
    account_id, kept = account.id, account.password_hash
    counted = limits.try_password(account.email or account.number, account_id, client)
    if counted.wait:
        return False, counted.wait
    if not passwords.verify_password(kept, password):
        return False, 0
    with transaction():
        limits.take_back(counted)
    return True, 0


def set_password(account_id: int, password: str, current_token: str) -> None:
    """Set or change the password; revokes letters' codes and ends all other logins."""
    password_hash = passwords.hash_password(password)
    with transaction():
        account = lock_account(account_id)
        if account.by_code_only:
            keep_first_place(account.circle)
        account.password_hash = password_hash
        revoke_codes_of(account_id)
        _password_changed(account, current_token, "password")


def remove_password(account_id: int, current_token: str) -> None:
    """Remove the password; raises Conflict without an e-mail address, since no other way to log in would be left."""
    with transaction():
        account = lock_account(account_id)
        if account.email is None:
            raise Conflict(
                _l("Set an e-mail address first. Without it and without a password you could not log in any more.")
            )
        account.password_hash = None
        _password_changed(account, current_token, "no password")


def end_login(account_id: int, token_hash: str) -> None:
    """End one of the account's logins."""
    with transaction() as session:
        session.execute(delete(Login).where(Login.account_id == account_id, Login.token_hash == token_hash))


def end_all_logins(account_id: int) -> None:
    """End all logins of the account, also the present one."""
    with transaction() as session:
        session.execute(delete(Login).where(Login.account_id == account_id))


def _password_changed(account: Account, current_token: str, what: str) -> None:
    """End the account's other logins, record the change, and tell the owner by mail."""
    others = Login.token_hash != queries.token_hash(current_token)
    db.session.execute(delete(Login).where(Login.account_id == account.id, others))
    db.session.execute(delete(MailedLink).where(MailedLink.account_id == account.id))
    record(
        Event.ACCESS_CHANGED,
        by=account.id,
        organisation_id=account.organisation_id,
        object_id=account.id,
        what=what,
    )
    if account.email is not None:
        queue(
            Purpose.ACCESS_CHANGED,
            account.email,
            account.language,
            person=account.person,
            what=what,
            address="",
            link=link_to("links.ask"),
        )


class Proof(Enum):
    """What is needed to change a way to log in, so that access to an unattended screen is not enough."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105
    NEW_LOGIN = "new login"


@dataclass(frozen=True)
class OwnAccess:
    """The data of the page of the own access."""

    account: Account
    logins: Sequence[Login]
    here: str  # the hash of the present login's token
    proof: Proof


def get_own_access(account: Account) -> OwnAccess:
    """The access of somebody who is logged in."""
    here, logins = token_hash(account.login_token), logins_of(account.id)
    fresh = any(login.token_hash == here and login.created_at > clock() - FRESH for login in logins)
    if fresh or account.by_code_only:  # with a letter's code only, there is nothing yet that could be taken over
        proof = Proof.NONE
    else:
        proof = Proof.PASSWORD if account.password_hash else Proof.NEW_LOGIN
    return OwnAccess(account, logins, here, proof)
