"""Permissions and the roles that have them.

Every view names its permission with `@allow(...)`; a request to a view without one is refused, and a test fails.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask import g
from flask_login import current_user
from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from ruhrvote.accounts import queries
from ruhrvote.accounts.models import Account, Membership, Organisation, Role
from ruhrvote.web import MAX_BODY, MAX_FIELDS

View = TypeVar("View", bound=Callable[..., object])
Condition = ColumnElement[bool]
Number = InstrumentedAttribute[Any]  # the column that names an organisation


class Permission(StrEnum):
    """What a view needs: one permission each."""

    PUBLIC = "see public pages"
    SIGNED_IN = "use an account"
    SECOND_FACTOR = "give a second factor and change one's own"
    VOTE = "prepare the organisation's ballot"
    SUBMIT = "submit and withdraw the organisation's ballot"
    COMMENT = "write comments"
    REPLY_OFFICIALLY = "reply to comments in the chamber's name"
    MODERATE = "hide and restore comments"
    REVIEW = "see participation of the own members"
    MANAGE_ORGANISATIONS = "create organisations and accounts"
    RUN_CONSULTATION = "open, close and publish, and export results"


_SIGNED_IN = frozenset({Permission.PUBLIC, Permission.SIGNED_IN})
_STAFF = _SIGNED_IN | {Permission.SECOND_FACTOR}
GRANTS: dict[str, frozenset[Permission]] = {
    Role.VOTER: _SIGNED_IN | {Permission.VOTE, Permission.COMMENT},
    Role.SIGNATORY: _SIGNED_IN | {Permission.VOTE, Permission.SUBMIT, Permission.COMMENT},
    Role.REVIEWER: _STAFF | {Permission.REVIEW, Permission.COMMENT, Permission.REPLY_OFFICIALLY, Permission.MODERATE},
    Role.CHAMBER_ADMIN: _STAFF | {Permission.REVIEW, Permission.MODERATE, Permission.MANAGE_ORGANISATIONS},
    Role.CONSULTATION_ADMIN: _STAFF
    | {Permission.REVIEW, Permission.MODERATE, Permission.MANAGE_ORGANISATIONS, Permission.RUN_CONSULTATION},
}


@dataclass(frozen=True)
class Reach:
    """Whom a chamber's staff may reach: their chamber and its members; with chamber_id None every organisation.

    The methods that return conditions are for statements about organisations, or about rows that name one.
    """

    chamber_id: int | None

    def covers(self, organisation_id: Number = Organisation.id) -> Condition:
        """The condition that an organisation is within reach."""
        if self.chamber_id is None:
            return true()
        return or_(organisation_id == self.chamber_id, self.has_member(organisation_id))

    def has_member(self, organisation_id: Number = Organisation.id) -> Condition:
        """The condition that an organisation is a member of the chamber."""
        if self.chamber_id is None:
            return true()
        return organisation_id.in_(select(Membership.organisation_id).where(Membership.chamber_id == self.chamber_id))

    def includes(self, organisation: Organisation) -> bool:
        """Whether this organisation, loaded with its chambers, is within reach."""
        chambers = {organisation.id, *(chamber.id for chamber in organisation.chambers)}
        return self.chamber_id is None or self.chamber_id in chambers

    def includes_chamber(self, chamber_id: int) -> bool:
        """Whether the members of this chamber are within reach."""
        return self.chamber_id in (None, chamber_id)


EVERYBODY = Reach(None)


def reach_of(account: Account) -> Reach:
    """Whom an account may reach: a consultation admin everybody, others their own organisation and its members."""
    return Reach(None if account.role == Role.CONSULTATION_ADMIN else account.organisation_id)


def allow(permission: Permission, most_bytes: int = MAX_BODY, most_fields: int = MAX_FIELDS) -> Callable[[View], View]:
    """Mark a view with the permission that it needs, and with the largest body and form that it takes."""

    def mark(view: View) -> View:
        view.permission, view.most_bytes, view.most_fields = permission, most_bytes, most_fields  # type: ignore[attr-defined]
        return view

    return mark


def may(permission: Permission, account: Account | None = None) -> bool:
    """Whether an account, by default the current visitor, has a permission."""
    person = account or current_user
    if not person.is_authenticated:
        return permission is Permission.PUBLIC
    if person.lacks_factor:
        return permission in (Permission.PUBLIC, Permission.SECOND_FACTOR)
    if permission is Permission.SUBMIT and person.role == Role.VOTER:
        return queries.may_submit(person)  # depends on whether another account is the signatory
    return permission in GRANTS[person.role]


def current_account() -> Account:
    """The account that is logged in; only for views whose permission needs a login."""
    account = current_user._get_current_object()
    assert isinstance(account, Account)
    return account


def login_ends_at() -> queries.LoginEnd | None:
    """When the visitor's login ends; None for somebody who is not logged in."""
    end: queries.LoginEnd | None = g.get("login_end") if current_user.is_authenticated else None
    return end


def seconds_until(moment: datetime) -> int:
    """Whole seconds from now until a moment, 0 for the past."""
    return max(0, int((moment - datetime.now(UTC)).total_seconds()))
