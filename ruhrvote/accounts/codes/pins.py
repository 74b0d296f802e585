"""PINs of six digits, which a person chooses for a letter's code: the code says which organisation, the PIN who.

A code is known to whoever holds the print file, so alone it shows nothing that anybody wrote. A PIN is stored as an
HMAC with the server's key: six digits are guessed through any slow hash in minutes, but not without the key. Guesses
are bounded for good, and not only slowed down, since the holder of a code has the whole consultation to try.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from flask import current_app
from sqlalchemy import ColumnElement, func, select

from ruhrvote.accounts.limits.queries import Client
from ruhrvote.accounts.models import Account
from ruhrvote.db import db

LENGTH = 6  # digits
# Wrong PINs that may be tried on an account in all; from then on it lets in only browsers that it has let in before,
# so that a stranger guesses right in one of 50,000 organisations, and keeps nobody out at their own desk.
MOST_WRONG = 20


def pin_hash(account_id: int, pin: str) -> str:
    """The stored hash of an account's PIN: HMAC-SHA-256 with the server's key."""
    key = f"pin {current_app.config['SECRET_KEY']}".encode()
    return hmac.new(key, f"{account_id}\n{pin}".encode(), hashlib.sha256).hexdigest()


def is_easy(pin: str) -> bool:
    """Whether a PIN is among the first that anybody would try: a digit, pair or triple again and again, or a row."""
    repeated = any(pin == pin[:size] * (LENGTH // size) for size in (1, 2, 3))
    return repeated or pin in "01234567890" or pin in "09876543210"


def anybody(organisation_id: int) -> bool:
    """Whether somebody of the organisation logs in with a code and a PIN."""
    return how_many(organisation_id) > 0


def how_many(organisation_id: int, since: datetime | None = None) -> int:
    """How many accounts of the organisation log in with a code and a PIN; with `since`, of those made since then."""
    counted = select(func.count()).select_from(Account).where(_with_pin(organisation_id))
    return db.session.scalar(counted if since is None else counted.where(Account.created_at >= since)) or 0


def find(organisation_id: int, pin: str, client: Client) -> int | None:
    """The account with this PIN, the oldest if two have the same; a wrong PIN is counted on each account.

    Part of the caller's transaction, under `lock_organisation`, so that guesses at the same moment all count.
    """
    accounts = db.session.scalars(
        select(Account).where(_with_pin(organisation_id)).order_by(Account.id).execution_options(populate_existing=True)
    ).all()
    tried = [each for each in accounts if each.wrong_pins < MOST_WRONG or each.id == client.known_account]
    for account in tried:
        if hmac.compare_digest(account.pin_hash or "", pin_hash(account.id, pin)):
            return account.id
    for account in tried:
        if account.id != client.known_account:
            account.wrong_pins += 1
    return None


def _with_pin(organisation_id: int) -> ColumnElement[bool]:
    there = (Account.organisation_id == organisation_id) & Account.removed_at.is_(None)
    return there & Account.pin_hash.is_not(None)
