"""Writes of organisations, accounts and logins; each public function is one use case and one commit."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, or_, select, update

from ruhrvote.accounts import passwords, queries
from ruhrvote.accounts.models import Account, Installation, Kind, Login, LoginFailure, Membership, Organisation, Role
from ruhrvote.db import clock, db, insert, transaction
from ruhrvote.errors import Conflict

FREE_ATTEMPTS = 4
LONGEST_DELAY = 900  # seconds


@dataclass(frozen=True)
class Attempt:
    """How a login went: the token of the new login, or how many seconds to wait, or neither."""

    token: str | None = None
    wait: int = 0


def delay_after(failures: int) -> int:
    """Seconds to wait after this many failures: none up to the fourth, then 1, 2, 4 … up to 15 minutes."""
    if failures <= FREE_ATTEMPTS:
        return 0
    return min(LONGEST_DELAY, 2 ** min(failures - FREE_ATTEMPTS - 1, 30))


def log_in(email: str, password: str) -> Attempt:
    """Open a login for the right password; known and unknown addresses are answered alike."""
    identifier = _failure_identifier(email)
    with transaction() as session:
        now = clock()
        failure = session.get(LoginFailure, identifier, with_for_update=True)
        if failure is not None and failure.blocked_until > now:
            return Attempt(wait=max(1, round((failure.blocked_until - now).total_seconds())))
        # Counted before the password is checked: attempts made at the same time all count.
        failures = 1 + (failure.failures if failure else 0)
        counted = insert(LoginFailure).values(
            identifier=identifier, failures=1, blocked_until=now + timedelta(seconds=delay_after(failures))
        )
        session.execute(
            counted.on_conflict_do_update(
                index_elements=["identifier"],
                set_={"failures": LoginFailure.failures + 1, "blocked_until": counted.excluded.blocked_until},
            )
        )
    account = queries.find_account(email)
    account_id, password_hash = (account.id, account.password_hash) if account else (None, None)
    db.session.rollback()  # the check takes a while and lets others run: no connection is held meanwhile
    if not passwords.verify_password(password_hash, password) or account_id is None:
        return Attempt()
    return Attempt(token=open_login(account_id, forget_failures=identifier))


def open_login(account_id: int, forget_failures: str = "") -> str:
    """Open a login for an account and return its token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        now = clock()
        session.execute(delete(LoginFailure).where(LoginFailure.identifier == forget_failures))
        session.add(Login(token_hash=queries.token_hash(token), account_id=account_id, created_at=now, seen_at=now))
    return token


def touch_login(token: str) -> None:
    """Note that a login is in use."""
    with transaction() as session:
        session.execute(
            update(Login).where(Login.token_hash == queries.token_hash(token)).values(seen_at=datetime.now(UTC))
        )


def log_out(token: str) -> None:
    """End a login on the server, whatever the browser keeps."""
    with transaction() as session:
        session.execute(delete(Login).where(Login.token_hash == queries.token_hash(token)))


def forget_expired_logins() -> None:
    """Delete logins and failure counters that have no effect any more."""
    with transaction() as session:
        now = clock()
        expired = or_(Login.seen_at < now - queries.IDLE, Login.created_at < now - queries.ABSOLUTE)
        session.execute(delete(Login).where(expired))
        session.execute(delete(LoginFailure).where(LoginFailure.blocked_until < now - timedelta(days=1)))


def create_organisation(
    *,
    kind: Kind,
    name: str,
    chamber_ids: list[int],
    municipality_id: int | None = None,
    sector: str | None = None,
    size_class: str | None = None,
) -> int:
    """Create an organisation and return its id; Conflict if one of this name exists in the municipality."""
    with transaction() as session:
        same = select(Organisation.id).where(
            Organisation.name == name, Organisation.municipality_id.is_not_distinct_from(municipality_id)
        )
        if session.scalar(same) is not None:
            raise Conflict(_l("There is an organisation of this name already. Search for it in the list."))
        organisation = Organisation(
            kind=kind, name=name, municipality_id=municipality_id, sector=sector, size_class=size_class
        )
        session.add(organisation)
        session.flush()
        session.add_all(Membership(organisation_id=organisation.id, chamber_id=chamber) for chamber in chamber_ids)
        return organisation.id


def create_account(*, organisation_id: int, email: str, person: str, role: Role, password: str) -> int:
    """Create an account and return its id; Conflict if the e-mail address has one."""
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        if queries.find_account(email) is not None:
            raise Conflict(_l("This e-mail address has an account already."))
        account = Account(
            organisation_id=organisation_id,
            email=email.strip().lower(),
            person=person,
            role=role,
            password_hash=password_hash,
        )
        session.add(account)
        session.flush()
        return account.id


def mark_installation(is_demo: bool) -> bool:
    """Decide once whether this database is a demonstration; return what was decided, now or earlier."""
    with transaction() as session:
        installation = session.get(Installation, 1)
        if installation is None:
            installation = Installation(id=1, is_demo=is_demo)
            session.add(installation)
        return installation.is_demo


def _failure_identifier(email: str) -> str:
    """The address under a key of ours: the table of failures names nobody."""
    key = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(key, email.strip().lower().encode(), hashlib.sha256).hexdigest()
