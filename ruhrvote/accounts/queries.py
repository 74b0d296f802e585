"""Reads of organisations, accounts and logins."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from ruhrvote.accounts.models import Account, Installation, Kind, Login, Membership, Organisation, Role
from ruhrvote.db import db

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=8)
TOUCH_EVERY = timedelta(minutes=1)


def token_hash(token: str) -> str:
    """What the database keeps of a login token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_login(token: str) -> Login | None:
    """The open login of a token with its account and organisation, or None if it is unknown or has expired."""
    login = db.session.scalar(
        select(Login)
        .where(Login.token_hash == token_hash(token))
        .options(joinedload(Login.account).joinedload(Account.organisation))
    )
    now = datetime.now(UTC)
    if login is None or login.seen_at < now - IDLE or login.created_at < now - ABSOLUTE:
        return None
    return login


def needs_touch(login: Login) -> bool:
    """Whether the time of the last visit is old enough to be written again."""
    return login.seen_at < datetime.now(UTC) - TOUCH_EVERY


def find_account(email: str) -> Account | None:
    """The account with this e-mail address, or None."""
    return db.session.scalar(select(Account).where(Account.email == email.strip().lower()))


def is_demo() -> bool:
    """Whether this database is a demonstration."""
    return bool(db.session.scalar(select(Installation.is_demo)))


def demo_accounts() -> Sequence[Account]:
    """The accounts that log in by one click; none in a database that is not a demonstration."""
    if not is_demo():
        return []
    return db.session.scalars(
        select(Account).where(Account.is_demo).options(joinedload(Account.organisation)).order_by(Account.id)
    ).all()


def get_organisation(organisation_id: int) -> Organisation | None:
    """An organisation with its chambers and municipality, or None."""
    return db.session.scalar(
        select(Organisation)
        .where(Organisation.id == organisation_id)
        .options(selectinload(Organisation.chambers), joinedload(Organisation.municipality))
    )


def organisations_of_kind(kind: Kind) -> Sequence[Organisation]:
    """All organisations of a kind by name: for chambers and municipalities, which are few."""
    return db.session.scalars(select(Organisation).where(Organisation.kind == kind).order_by(Organisation.name)).all()


def search_organisations(
    text: str = "", kind: str = "", chamber_id: int | None = None, page: int = 1, per_page: int = 50
) -> tuple[Sequence[Organisation], int]:
    """One page of the organisations whose name contains the text, and how many there are in all."""
    query = select(Organisation)
    if text:
        query = query.where(Organisation.name.icontains(text, autoescape=True))
    if kind:
        query = query.where(Organisation.kind == kind)
    if chamber_id is not None:
        query = query.join(Membership, Membership.organisation_id == Organisation.id).where(
            Membership.chamber_id == chamber_id
        )
    total = db.session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = db.session.scalars(
        query.options(selectinload(Organisation.chambers), joinedload(Organisation.municipality))
        .order_by(Organisation.name, Organisation.id)
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return rows, total


def accounts_of(organisation_id: int) -> Sequence[Account]:
    """The accounts of an organisation, oldest first."""
    return db.session.scalars(
        select(Account).where(Account.organisation_id == organisation_id).order_by(Account.id)
    ).all()


def in_reach(account: Account, organisation: Organisation) -> bool:
    """Whether an admin may manage an organisation: the own chamber and its members, or all for a consultation admin."""
    if account.role == Role.CONSULTATION_ADMIN:
        return True
    return organisation.id == account.organisation_id or account.organisation_id in {
        chamber.id for chamber in organisation.chambers
    }


def find_organisation_by_name(name: str) -> Organisation | None:
    """The organisation with exactly this name, or None."""
    return db.session.scalar(select(Organisation).where(Organisation.name == name).order_by(Organisation.id).limit(1))
