"""Reads of second factors."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, select, union

from ruhrvote.accounts.factors.models import AuthenticatorApp, Passkey, RecoveryCode
from ruhrvote.accounts.models import Login
from ruhrvote.accounts.queries import token_hash
from ruhrvote.db import db

FRESH = timedelta(minutes=10)  # after entering a second factor, its owner may change factors for so long


@dataclass(frozen=True)
class Factors:
    """The second factors of an account, and how many recovery codes are left."""

    app: AuthenticatorApp | None
    passkeys: Sequence[Passkey]
    codes_left: int

    @property
    def count(self) -> int:
        """How many factors there are; recovery codes do not count."""
        return len(self.passkeys) + (self.app is not None)


def factors_of(account_id: int) -> Factors:
    """The second factors of an account."""
    app = db.session.get(AuthenticatorApp, account_id)
    passkeys = db.session.scalars(select(Passkey).where(Passkey.account_id == account_id).order_by(Passkey.id)).all()
    left = select(func.count()).select_from(RecoveryCode)
    unused = left.where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return Factors(app, passkeys, db.session.scalar(unused) or 0)


def with_factors(account_ids: Collection[int]) -> set[int]:
    """Those of the accounts that have a second factor."""
    having = union(
        select(AuthenticatorApp.account_id).where(AuthenticatorApp.account_id.in_(account_ids)),
        select(Passkey.account_id).where(Passkey.account_id.in_(account_ids)),
    )
    return set(db.session.scalars(having))


def is_fresh(token: str) -> bool:
    """Whether the second factor of a login was entered within FRESH."""
    confirmed_at = db.session.scalar(select(Login.confirmed_at).where(Login.token_hash == token_hash(token)))
    return confirmed_at is not None and confirmed_at > datetime.now(UTC) - FRESH
