"""Writes of access codes: issuing and revoking them, in the caller's transaction, and using them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import CursorResult, Update, delete, insert, select, update
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, Identity, Login, Organisation, Role
from ruhrvote.accounts.typed_codes import new_code
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, transaction

AT_A_TIME = 5_000  # rows in one statement: both databases have a limit for its parameters


@dataclass(frozen=True)
class CodeUse:
    """The account that a code logs in, and the consultation for which it was sent."""

    account_id: int
    consultation_id: int


def issue_codes(consultation_id: int, organisation_ids: Sequence[int]) -> dict[int, str]:
    """Issue a new code to each organisation and revoke its former one; return the codes by organisation.

    The codes are in canonical form; only hashes are stored. Part of the caller's transaction.
    """
    codes = {organisation_id: new_code() for organisation_id in organisation_ids}
    enter_codes(consultation_id, codes)
    return codes


def enter_codes(consultation_id: int, codes: Mapping[int, str]) -> None:
    """Make new codes, given by organisation, valid, and revoke the former codes of these organisations.

    For a caller who has already printed the codes. Part of the caller's transaction.
    """
    # Locked in the same order everywhere, so that there is no deadlock.
    named = select(Organisation.id).where(Organisation.id.in_(list(codes))).order_by(Organisation.id)
    db.session.execute(named.with_for_update(key_share=True))
    now = clock()
    revoke_codes(consultation_id, list(codes))
    rows = [
        {
            "organisation_id": organisation_id,
            "consultation_id": consultation_id,
            "code_hash": code_hash(code),
            "issued_at": now,
        }
        for organisation_id, code in codes.items()
    ]
    for start in range(0, len(rows), AT_A_TIME):
        db.session.execute(insert(AccessCode), rows[start : start + AT_A_TIME])


def revoke_codes(consultation_id: int, organisation_ids: Sequence[int] | None = None) -> int:
    """Revoke the valid codes of these organisations, or of all; return how many. Part of the caller's transaction."""
    valid = (
        update(AccessCode)
        .where(AccessCode.consultation_id == consultation_id, AccessCode.revoked_at.is_(None))
        .values(revoked_at=clock())
    )
    if organisation_ids is None:
        return _changed(valid)
    revoked = 0
    for start in range(0, len(organisation_ids), AT_A_TIME):
        of_these = AccessCode.organisation_id.in_(organisation_ids[start : start + AT_A_TIME])
        # A replaced letter may be in the wrong hands: end the logins that were made with its code.
        came_in = select(AccessCode.account_id).where(
            AccessCode.consultation_id == consultation_id, AccessCode.revoked_at.is_(None), of_these
        )
        db.session.execute(delete(Login).where(Login.account_id.in_(came_in)))
        revoked += _changed(valid.where(of_these))
    return revoked


def revoke_codes_of(account_id: int) -> None:
    """Revoke the codes that log this account in, when it gets another way to log in, or none.

    Part of the caller's transaction.
    """
    let_in = (AccessCode.account_id == account_id) & AccessCode.revoked_at.is_(None)
    db.session.execute(update(AccessCode).where(let_in).values(revoked_at=clock()))


def use_code(code: str, language: str) -> CodeUse | None:
    """The account for a code in canonical form, or None if the code is not valid; its first use creates the account.

    This account joins the organisation's team, whose first account and signatory stay the same. `language` is for mail
    to a new account.
    """
    found = find_code(code)
    if found is None:
        return None
    code_id, organisation = found.id, found.organisation
    organisation_id, name = organisation.id, organisation.name
    with transaction() as session:
        lock_organisation(organisation_id)
        found = session.get(AccessCode, code_id, with_for_update=True)
        if found is None or found.revoked_at is not None:
            return None
        if found.account_id is None:
            found.account_id, found.used_at = _account_for(organisation_id, name, language), clock()
            record(
                Event.CODE_USED,
                by=found.account_id,
                organisation_id=organisation_id,
                consultation_id=found.consultation_id,
                object_id=found.account_id,
            )
        return CodeUse(found.account_id, found.consultation_id)


def _account_for(organisation_id: int, name: str, language: str) -> int:
    """The id of the account that an earlier letter created, if it has no other way to log in; else of a new one."""
    earlier = db.session.scalar(
        select(Account.id)
        .join(AccessCode, AccessCode.account_id == Account.id)
        .where(
            AccessCode.organisation_id == organisation_id,
            Account.email.is_(None),
            Account.password_hash.is_(None),
            Account.removed_at.is_(None),
            ~select(Identity.id).where(Identity.account_id == Account.id).exists(),
        )
        .order_by(AccessCode.id.desc())
        .limit(1)
    )
    if earlier is not None:
        db.session.execute(delete(Login).where(Login.account_id == earlier))
        return earlier
    # The person's name is not known yet, so the organisation's name is used.
    account = Account(organisation_id=organisation_id, person=name[:120], role=Role.VOTER, language=language)
    db.session.add(account)
    db.session.flush()
    record(
        Event.ACCOUNT_CREATED,
        by=account.id,
        organisation_id=organisation_id,
        object_id=account.id,
        role=str(account.role),
    )
    return account.id


def _changed(statement: Update) -> int:
    result = db.session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def code_hash(code: str) -> str:
    """The stored hash of a code: HMAC-SHA-256 of its canonical form with the server's key."""
    key = f"access code {current_app.config['SECRET_KEY']}".encode()
    return hmac.new(key, code.encode(), hashlib.sha256).hexdigest()


def find_code(code: str) -> AccessCode | None:
    """The valid access code of this canonical form with its organisation, or None."""
    return db.session.scalar(
        select(AccessCode)
        .where(AccessCode.code_hash == code_hash(code), AccessCode.revoked_at.is_(None))
        .options(joinedload(AccessCode.organisation))
    )
