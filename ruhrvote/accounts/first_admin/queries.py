"""Whether there is an admin yet, and the code that the first one needs."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app
from sqlalchemy import select

from ruhrvote.accounts.models import Account, Role
from ruhrvote.db import db


def has_admin() -> bool:
    """Whether a consultation admin has ever been created here."""
    return db.session.scalar(select(Account.id).where(Account.role == Role.CONSULTATION_ADMIN).limit(1)) is not None


def first_code() -> str:
    """The code of this installation, in groups of four; it is worth nothing once there is an admin.

    It follows from the secret key, so nothing is stored and each host prints the same.
    """
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(key, b"first consultation admin", hashlib.sha256).digest()
    plain = base64.b32encode(digest).decode()[:16]
    return "-".join(plain[start : start + 4] for start in range(0, 16, 4))


def is_first_code(typed: str) -> bool:
    """Whether somebody typed the code, in whatever case and spacing."""

    def bare(code: str) -> bytes:
        return "".join(filter(str.isalnum, code)).upper().encode()

    return hmac.compare_digest(bare(typed), bare(first_code()))
