"""Writes of linked identities; each public function is one use case and one commit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts.actions import keep_first_place, lock_account
from ruhrvote.accounts.codes.actions import revoke_codes_of
from ruhrvote.accounts.models import Account, Identity
from ruhrvote.accounts.queries import identities_of
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, transaction
from ruhrvote.errors import Conflict
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to


def link(account_id: int, issuer: str, subject: str) -> None:
    """Link an identity to an account, which can then log in with it; revokes the account's letter codes.

    Raises Conflict if the identity is linked to an account already.
    """
    try:
        with transaction() as session:
            account = lock_account(account_id)
            if account.by_code_only:
                keep_first_place(account.circle)
            session.add(Identity(issuer=issuer, subject=subject, account_id=account_id, linked_at=clock()))
            session.flush()
            revoke_codes_of(account_id)
            _changed(Event.IDENTITY_LINKED, account)
    except IntegrityError as error:
        raise Conflict(_l("This login is linked to an access already.")) from error


def unlink(account_id: int, identity_id: int) -> None:
    """Remove the link of an identity; raises Conflict if it is the account's only way to log in."""
    with transaction() as session:
        account = lock_account(account_id)
        linked = identities_of(account_id)
        identity = next((identity for identity in linked if identity.id == identity_id), None)
        if identity is None:
            return
        if len(linked) == 1 and account.email is None and account.password_hash is None:
            raise Conflict(_l("Set an e-mail address or a password first. Otherwise you could not log in any more."))
        session.delete(identity)
        _changed(Event.IDENTITY_REMOVED, account)


def _changed(event: Event, account: Account) -> None:
    """Record the change, and tell the account's owner by mail, in case it was not them."""
    record(event, by=account.id, organisation_id=account.organisation_id, object_id=account.id)
    if account.email is not None:
        queue(
            Purpose.ACCESS_CHANGED,
            account.email,
            account.language,
            person=account.person,
            what="identity",
            address="",
            link=link_to("own_access.show"),
        )
