"""Reads of identities."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from ruhrvote.accounts.models import Account
from ruhrvote.accounts.sign_on.models import Identity
from ruhrvote.db import db


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
