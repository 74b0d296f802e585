"""Writes of organisations, accounts and logins; each public function is one use case and one commit."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, not_, select, update
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts import passwords, queries
from ruhrvote.accounts.limits import actions as limits
from ruhrvote.accounts.limits.queries import UNKNOWN_CLIENT, Client
from ruhrvote.accounts.models import (
    Account,
    Installation,
    Kind,
    Login,
    Match,
    Membership,
    Organisation,
    Role,
)
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, delete_bit_by_bit, transaction
from ruhrvote.errors import Conflict, Refused


@dataclass(frozen=True)
class Attempt:
    """The result of a login attempt: the new login's token, or the seconds to wait, or neither if it was wrong."""

    token: str | None = None
    wait: int = 0


def log_in(name: str, password: str, language: str = "", client: Client = UNKNOWN_CLIENT) -> Attempt:
    """Open a login if the password is right. The result does not reveal whether the name exists.

    name: the e-mail address, or the number of an account without one.
    """
    account = queries.find_account_named(name)
    account_id, password_hash = (account.id, account.password_hash) if account else (None, None)
    # Counted before the password is checked, so that concurrent attempts all count.
    counted = limits.try_password(name, account_id, client)
    if counted.wait:
        return Attempt(wait=counted.wait)
    # Checking takes long and lets other requests run, so no database connection is held meanwhile.
    if not passwords.verify_password(password_hash, password) or account_id is None:
        return Attempt()
    return Attempt(token=open_login(account_id, forget_failures=counted, language=language))


def open_login(account_id: int, forget_failures: limits.Attempt | None = None, language: str = "") -> str:
    """Open a login for an account and return its token, of which only a hash is stored.

    forget_failures: the counted attempt that succeeded, to take back; language: that of the page, in which the account
    gets its mail from now on, unless the person has chosen another one.
    """
    token = secrets.token_urlsafe(32)
    with transaction() as session:
        now = clock()
        if language:
            other = (Account.id == account_id) & (Account.language != language) & Account.language_chosen.is_(False)
            session.execute(update(Account).where(other).values(language=language))
        limits.take_back(forget_failures)
        session.add(Login(token_hash=queries.token_hash(token), account_id=account_id, created_at=now, seen_at=now))
    return token


def touch_login(token: str) -> None:
    """Save the present time as the last use of a login."""
    with transaction() as session:
        session.execute(
            update(Login).where(Login.token_hash == queries.token_hash(token)).values(seen_at=datetime.now(UTC))
        )


def log_out(token: str) -> None:
    """End a login on the server."""
    with transaction() as session:
        session.execute(delete(Login).where(Login.token_hash == queries.token_hash(token)))


def forget_expired_logins() -> None:
    """Delete logins that have expired."""
    delete_bit_by_bit(Login.token_hash, not_(queries.still_open(clock())))


def create_organisation(
    *,
    kind: Kind,
    name: str,
    chamber_ids: list[int],
    municipality_id: int | None = None,
    sector: str | None = None,
    size_class: str | None = None,
    address: Mapping[str, str | None] | None = None,
    member_numbers: Mapping[int, str | None] | None = None,
    by: int | None = None,
) -> int:
    """Create an organisation and return its id; raises Conflict if one with this name exists in the municipality.

    address: values of the columns from street to register number; member_numbers: by chamber id, the member number.
    """
    numbers = member_numbers or {}
    with transaction() as session:
        same = select(Organisation.id).where(
            Organisation.name == name, Organisation.municipality_id.is_not_distinct_from(municipality_id)
        )
        if session.scalar(same) is not None:
            raise Conflict(_l("There is an organisation of this name already. Search for it in the list."))
        organisation = Organisation(
            kind=kind,
            name=name,
            municipality_id=municipality_id,
            sector=sector,
            size_class=size_class,
            **(address or {}),
        )
        session.add(organisation)
        session.flush()
        for chamber in chamber_ids:
            _enter_member(organisation.id, chamber, numbers.get(chamber))
        record(Event.ORGANISATION_CREATED, by=by, organisation_id=organisation.id)
        return organisation.id


def change_organisation(
    organisation_id: int,
    details: Mapping[str, str | int | None],
    member_numbers: Mapping[int, str | None],
    *,
    among: Collection[int],
    by: int,
) -> None:
    """Change an organisation's columns, and its memberships in the chambers `among`; other memberships stay.

    member_numbers: the chambers among these that it belongs to from now on, with its member numbers. Raises Conflict if
    another member has a number. Rolls do not change.
    """
    with transaction() as session:
        set_details(organisation_id, details)
        known = {
            membership.chamber_id: membership
            for membership in session.scalars(
                select(Membership).where(
                    Membership.organisation_id == organisation_id, Membership.chamber_id.in_(among)
                )
            )
        }
        for chamber_id, membership in known.items():
            if chamber_id not in member_numbers:
                session.delete(membership)
        session.flush()
        for chamber_id, number in member_numbers.items():
            if chamber_id in known and known[chamber_id].member_number == number:
                continue
            if chamber_id in known:
                session.delete(known[chamber_id])
                session.flush()
            _enter_member(organisation_id, chamber_id, number)
        record(Event.ORGANISATION_CHANGED, by=by, organisation_id=organisation_id)


def set_details(organisation_id: int, details: Mapping[str, str | int | None]) -> None:
    """Set columns of an organisation, under its lock; part of the caller's transaction.

    The keys by which its duplicates are found go with the details that they were made of: the next import makes them
    anew.
    """
    lock_organisation(organisation_id)
    organisation = db.session.get_one(Organisation, organisation_id, populate_existing=True)
    for name, value in details.items():
        setattr(organisation, name, value)
    db.session.execute(delete(Match).where(Match.organisation_id == organisation_id))


def _enter_member(organisation_id: int, chamber_id: int, number: str | None) -> None:
    db.session.add(Membership(organisation_id=organisation_id, chamber_id=chamber_id, member_number=number))
    try:
        db.session.flush()
    except IntegrityError as error:
        raise Conflict(_l("Another member of the chamber has this member number already.")) from error


def create_account(
    *,
    organisation_id: int,
    email: str,
    person: str,
    role: Role,
    password: str,
    language: str = "de",
    by: int | None = None,
) -> int:
    """Create an account and return its id.

    Raises Conflict if the e-mail address has an account, or if the organisation has a signatory and this is another;
    Refused for a consultation admin whom one person makes: that takes two (see `admins`), or the command line.
    """
    if role == Role.CONSULTATION_ADMIN and by is not None:
        raise Refused(_l("A consultation admin is proposed by one admin and confirmed by another."))
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        lock_organisation(organisation_id)
        if queries.find_account(email) is not None:
            raise Conflict(_l("This e-mail address has an account already."))
        if role == Role.SIGNATORY and queries.signatory_of(organisation_id) is not None:
            raise Conflict(_l("This organisation has a signatory already."))
        account = Account(
            organisation_id=organisation_id,
            email=email.strip().lower(),
            person=person,
            role=role,
            password_hash=password_hash,
            language=language,
        )
        session.add(account)
        try:
            session.flush()
        except IntegrityError as error:  # another organisation's admin was quicker
            raise Conflict(_l("This e-mail address has an account already.")) from error
        record(
            Event.ACCOUNT_CREATED, by=by, organisation_id=organisation_id, object_id=account.id, role=str(account.role)
        )
        return account.id


def lock_organisation(organisation_id: int) -> None:
    """Lock an organisation, so that one transaction at a time changes its accounts; part of the caller's transaction.

    It does not block ballots and logins: on PostgreSQL, rows that refer to the organisation can still be inserted.
    """
    db.session.execute(
        select(Organisation.id).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    )


def lock_account(account_id: int) -> Account:
    """Lock an account's organisation, then read the account; raises Conflict if it is removed.

    Part of the caller's transaction.
    """
    # Read only the id before the lock: a loaded account would keep its old values.
    organisation_id = db.session.scalars(select(Account.organisation_id).where(Account.id == account_id)).one()
    lock_organisation(organisation_id)
    account = db.session.get_one(Account, account_id)
    if account.removed_at is not None:
        raise Conflict(_l("Your login has ended. Please log in again."))
    return account


def keep_first_place(circle: int) -> None:
    """Make sure that a circle's first account stays first when another one joins or sets up its own login.

    Part of the caller's transaction, under `lock_organisation`.
    """
    team = queries.team_of(circle)
    if team:
        team[0].first_since = clock()
        db.session.flush()


def mark_installation(is_demo: bool) -> bool:
    """Decide whether this database is a demonstration; return the decision, which the first call makes for good."""
    with transaction() as session:
        installation = session.get(Installation, 1)
        if installation is None:
            installation = Installation(id=1, is_demo=is_demo)
            session.add(installation)
        return installation.is_demo
