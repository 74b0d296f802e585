"""Reads of organisations, accounts and logins."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from ruhrvote.accounts.models import (
    Account,
    Identity,
    Installation,
    Kind,
    Login,
    Membership,
    Organisation,
    Role,
)
from ruhrvote.db import Page, db, page_of

IDLE, STAFF_IDLE = timedelta(minutes=30), timedelta(minutes=15)
ABSOLUTE, STAFF_ABSOLUTE = timedelta(hours=8), timedelta(hours=4)
FRESH = timedelta(minutes=10)  # so long after logging in, no password is asked for again
TOUCH_EVERY = timedelta(minutes=1)
NAMED_AT_A_TIME = 5_000  # logins in one statement: both databases have a limit for its parameters
# The roles that prepare the organisation's ballot; all others are staff.
TEAM = (Role.VOTER, Role.SIGNATORY)


@dataclass(frozen=True)
class LoginEnd:
    """When a login ends; `final` if further use does not postpone it."""

    at: datetime
    final: bool


def token_hash(token: str) -> str:
    """The stored hash of a login's token: SHA-256 in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_login(token: str) -> Login | None:
    """The open login with this token, with account and organisation; None if it is unknown or has expired."""
    login = db.session.scalar(
        select(Login)
        .join(Login.account)
        .where(Login.token_hash == token_hash(token), Account.removed_at.is_(None))
        .options(contains_eager(Login.account).joinedload(Account.organisation))
    )
    return None if login is None or login_end(login).at < datetime.now(UTC) else login


def login_end(login: Login) -> LoginEnd:
    """When a login ends: IDLE after its last use, at the latest ABSOLUTE after its start; sooner for staff."""
    of_team = login.account.role in TEAM
    idle = login.seen_at + (IDLE if of_team else STAFF_IDLE)
    absolute = login.created_at + (ABSOLUTE if of_team else STAFF_ABSOLUTE)
    return LoginEnd(at=min(idle, absolute), final=absolute <= idle)


def lacks_factor(login: Login) -> bool:
    """Whether a login of staff still lacks the second factor; demo accounts need none."""
    account = login.account
    return account.role not in TEAM and login.confirmed_at is None and not (account.is_demo and is_demo())


def still_open(now: datetime) -> ColumnElement[bool]:
    """The SQL condition for logins that have not expired; the same rule as `login_end`."""
    of_team = select(Account.id).where(Account.id == Login.account_id, Account.role.in_(TEAM)).exists()
    return or_(
        and_(Login.seen_at >= now - STAFF_IDLE, Login.created_at >= now - STAFF_ABSOLUTE),
        and_(of_team, Login.seen_at >= now - IDLE, Login.created_at >= now - ABSOLUTE),
    )


def open_logins(token_hashes: Collection[str]) -> set[str]:
    """The hashes of those of these logins that are still open; one statement for 5,000 logins."""
    now, asked = datetime.now(UTC), list(token_hashes)
    found: set[str] = set()
    for start in range(0, len(asked), NAMED_AT_A_TIME):
        some = asked[start : start + NAMED_AT_A_TIME]
        found.update(db.session.scalars(select(Login.token_hash).where(still_open(now), Login.token_hash.in_(some))))
    return found


def logins_of(account_id: int) -> Sequence[Login]:
    """The open logins of an account, latest use first."""
    return db.session.scalars(
        select(Login)
        .where(Login.account_id == account_id, still_open(datetime.now(UTC)))
        .order_by(Login.seen_at.desc(), Login.created_at.desc())
    ).all()


def needs_touch(login: Login) -> bool:
    """Whether the saved time of the last use is older than TOUCH_EVERY."""
    return login.seen_at < datetime.now(UTC) - TOUCH_EVERY


def find_account(email: str) -> Account | None:
    """The account with this e-mail address, or None."""
    return db.session.scalar(
        select(Account).where(Account.email == email.strip().lower(), Account.removed_at.is_(None))
    )


def find_account_named(name: str) -> Account | None:
    """The account with this login name: its e-mail address, or its number if it has no address."""
    name = name.strip()
    number = int(name) if name.isascii() and name.isdigit() and len(name) <= 9 else None
    named = Account.email == name.lower() if number is None else (Account.id == number) & Account.email.is_(None)
    return db.session.scalar(select(Account).where(named, Account.removed_at.is_(None)))


def is_demo() -> bool:
    """Whether this database is a demonstration."""
    return bool(db.session.scalar(select(Installation.is_demo)))


def demo_accounts() -> Sequence[Account]:
    """The demo accounts, which log in by one click; none unless this is a demonstration."""
    if not is_demo():
        return []
    return db.session.scalars(
        select(Account)
        .where(Account.is_demo, Account.removed_at.is_(None))
        .options(joinedload(Account.organisation))
        .order_by(Account.id)
    ).all()


def get_organisation(organisation_id: int) -> Organisation | None:
    """An organisation with its chambers and municipality, or None."""
    return db.session.scalar(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .options(selectinload(Organisation.chambers), joinedload(Organisation.municipality))
    )


def memberships_of(organisation_id: int) -> list[tuple[Organisation, str | None]]:
    """The chambers of an organisation, each with the organisation's member number."""
    rows = db.session.execute(
        select(Organisation, Membership.member_number)
        .join(Membership, Membership.chamber_id == Organisation.id)
        .where(Membership.organisation_id == organisation_id)
        .order_by(Organisation.id)
    )
    return [(chamber, number) for chamber, number in rows]


def organisations_of_kind(kind: Kind) -> Sequence[Organisation]:
    """All organisations of a kind, sorted by name; for chambers and municipalities, which are few."""
    return db.session.scalars(select(Organisation).where(Organisation.kind == kind).order_by(Organisation.name)).all()


def search_organisations(
    within: ColumnElement[bool], text: str, kind: str, number: int, size: int
) -> Page[Organisation]:
    """One page of the organisations that meet `within` and whose name contains the text, ordered by name."""
    query = select(Organisation).where(within)
    if text:
        query = query.where(Organisation.name.icontains(text, autoescape=True))
    if kind:
        query = query.where(Organisation.kind == kind)
    query = query.options(selectinload(Organisation.chambers), joinedload(Organisation.municipality))
    return page_of(query.order_by(Organisation.name, Organisation.id), number, size)


def accounts_of(organisation_id: int) -> Sequence[Account]:
    """The accounts of an organisation that were not removed, oldest first."""
    return db.session.scalars(
        select(Account)
        .where(Account.organisation_id == organisation_id, Account.removed_at.is_(None))
        .order_by(Account.id)
    ).all()


def team_of(circle: int) -> list[Account]:
    """The accounts of a circle, which prepare one draft together, the first account first.

    First is the account to which the first place was handed over last, else the oldest. Accounts with only a letter's
    code come after all others, since a code does not show who has it.
    """
    there = (Account.circle == circle) & Account.removed_at.is_(None)
    team = db.session.scalars(select(Account).where(there, Account.role.in_(TEAM)).order_by(Account.id)).all()
    handed = max(((account.first_since, account.id) for account in team if account.first_since), default=(None, 0))[1]
    return sorted(team, key=lambda account: (account.id != handed, account.by_code_only, account.id))


def signatory_of(circle: int) -> Account | None:
    """The account that alone may submit for the people of a circle; None if all of them may.

    It binds its own circle only: whoever comes in by another way must not be able to lock the organisation's people
    out, nor the other way round. Inside a transaction it reads the latest committed state.
    """
    return db.session.scalar(
        select(Account).where(Account.circle == circle, Account.role == Role.SIGNATORY, Account.removed_at.is_(None))
    )


def may_submit(account: Account) -> bool:
    """Whether an account may submit its organisation's ballot: a circle's signatory, or each voter without one."""
    if account.removed_at is not None or account.role not in TEAM:
        return False
    return account.role == Role.SIGNATORY or signatory_of(account.circle) is None


def may_read(reader: Account, writer: Account | None) -> bool:
    """Whether somebody may read what this account wrote for their organisation: the only place that decides it.

    A circle is the people of an organisation who let each other in. An account begins a circle of its own, whether a
    letter's code, an invitation by the chamber or the command line made it; only whom a colleague has invited joins the
    colleague's. So what a person may read follows from what this person or a colleague of theirs has chosen, and never
    from what somebody else has issued: a code is known to whoever holds the print file. Of what other circles wrote
    they see the fact that there is a version, and since when. Without a writer it is an invented ballot of a
    demonstration, which the people of the demonstration may read.
    """
    if writer is None:
        return reader.is_demo
    return (reader.organisation_id, reader.circle) == (writer.organisation_id, writer.circle)


def find_organisation_by_name(name: str) -> Organisation | None:
    """The organisation with exactly this name, or None."""
    return db.session.scalar(select(Organisation).where(Organisation.name == name).order_by(Organisation.id).limit(1))


def find_identity(issuer: str, subject: str) -> Identity | None:
    """The linked identity of this issuer and subject, or None."""
    return db.session.scalar(
        select(Identity)
        .join(Identity.account)
        .where(Identity.issuer == issuer, Identity.subject == subject, Account.removed_at.is_(None))
    )


def identities_of(account_id: int) -> Sequence[Identity]:
    """The identities that log in to an account."""
    return db.session.scalars(select(Identity).where(Identity.account_id == account_id).order_by(Identity.id)).all()
