"""The first consultation admin of a new installation, and the code that is needed to create it."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ruhrvote.accounts import passwords
from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.models import Account, Kind, Role
from ruhrvote.accounts.queries import find_account, organisations_of_kind
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import db, transaction
from ruhrvote.errors import Conflict, Refused


def create_first_admin(
    *, code: str, organisation_id: int, email: str, person: str, password: str, language: str = "de"
) -> None:
    """Create the first consultation admin; raises Refused for a wrong code, Conflict once there is an admin."""
    if not is_first_code(code):
        raise Refused(_l("This is not the code that the server printed when it started. Copy it again."))
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        # Everybody locks the same row, whichever chamber they work for.
        lock_organisation(organisations_of_kind(Kind.CHAMBER)[0].id)
        if has_admin():
            raise Conflict(_l("There is an admin already. Log in, or ask them for an account."))
        if find_account(email) is not None:
            raise Conflict(_l("This e-mail address has an account already."))
        account = Account(
            organisation_id=organisation_id,
            email=email.strip().lower(),
            person=person,
            role=Role.CONSULTATION_ADMIN,
            password_hash=password_hash,
            language=language,
        )
        session.add(account)
        session.flush()
        record(
            Event.ACCOUNT_CREATED,
            by=None,
            organisation_id=organisation_id,
            object_id=account.id,
            role=str(account.role),
        )


def has_admin() -> bool:
    """Whether a consultation admin has ever been created."""
    return db.session.scalar(select(Account.id).where(Account.role == Role.CONSULTATION_ADMIN).limit(1)) is not None


def first_code() -> str:
    """The code to create the first admin, in groups of four characters; useless once there is an admin.

    It is derived from the secret key, so it is not stored and each host prints the same code.
    """
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.new(key, b"first consultation admin", hashlib.sha256).digest()
    plain = base64.b32encode(digest).decode()[:16]
    return "-".join(plain[start : start + 4] for start in range(0, 16, 4))


def is_first_code(typed: str) -> bool:
    """Whether the typed text is the first code, ignoring case and separators."""

    def bare(code: str) -> bytes:
        return "".join(filter(str.isalnum, code)).upper().encode()

    return hmac.compare_digest(bare(typed), bare(first_code()))
