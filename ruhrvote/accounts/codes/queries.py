"""Reads of access codes."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.db import db


def code_hash(code: str) -> str:
    """What the database keeps of a code: HMAC-SHA-256 of its canonical form under the server's key."""
    key = f"access code {current_app.config['SECRET_KEY']}".encode()
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()


def find_code(code: str) -> AccessCode | None:
    """The valid access code of this canonical form with its organisation, or None."""
    return db.session.scalar(
        select(AccessCode)
        .where(AccessCode.code_hash == code_hash(code), AccessCode.revoked_at.is_(None))
        .options(joinedload(AccessCode.organisation))
    )
