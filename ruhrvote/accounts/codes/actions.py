"""Writes of access codes: issuing and revoking them, in the caller's transaction, and using them."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import CursorResult, Update, delete, insert, or_, select, update
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.codes import pins
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.limits.queries import Client
from ruhrvote.accounts.models import Account, Login, Organisation, Role
from ruhrvote.accounts.typed_codes import new_code
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict

SOMEBODY_CAME = _l("Somebody has come in with a code of your organisation meanwhile. Enter your PIN, or begin anew.")
TOO_MANY_BEGUN = _l("Too many people have begun with this letter. Ask your chamber for a new one.")
MOST_BEGUN = 20  # accounts with a PIN since the letter: a bound for whoever floods; a new letter begins to count anew
AT_A_TIME = 5_000  # rows in one statement: both databases have a limit for its parameters


@dataclass(frozen=True)
class CodeUse:
    """The account that somebody with a code logs in to, and the consultation for which it was sent."""

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
        linked = select(AccessCode.account_id).where(
            AccessCode.consultation_id == consultation_id, AccessCode.revoked_at.is_(None), of_these
        )
        with_pin = select(Account.id).where(
            Account.organisation_id.in_(organisation_ids[start : start + AT_A_TIME]), Account.pin_hash.is_not(None)
        )
        db.session.execute(delete(Login).where(or_(Login.account_id.in_(linked), Login.account_id.in_(with_pin))))
        revoked += _changed(valid.where(of_these))
    return revoked


def revoke_codes_of(account_id: int) -> None:
    """Let letters' codes not log this account in any more, when it gets another way to log in, or none.

    The organisation's codes end, unless somebody else logs in with one and a PIN. Part of the caller's transaction.
    """
    account = db.session.get_one(Account, account_id)
    came_by_code, account.pin_hash = account.pin_hash is not None, None
    db.session.flush()
    if pins.anybody(account.organisation_id):
        return
    valid = (AccessCode.organisation_id == account.organisation_id) & AccessCode.revoked_at.is_(None)
    if not came_by_code:
        valid &= AccessCode.account_id == account_id
    db.session.execute(update(AccessCode).where(valid).values(revoked_at=clock()))


def log_in_with_pin(code: str, pin: str, client: Client) -> CodeUse | None:
    """The account of the organisation of this code, in canonical form, that has this PIN; None if there is none.

    Each wrong PIN is counted before the answer is known, for every account that it was tried on; see `pins.find`.
    """
    found = find_code(code)
    if found is None:
        return None
    organisation_id, consultation_id = found.organisation_id, found.consultation_id
    with transaction():
        lock_organisation(organisation_id)
        account_id = pins.find(organisation_id, pin, client)
    return None if account_id is None else CodeUse(account_id, consultation_id)


def begin_with_code(code: str, language: str, *, pin: str | None, anew: bool = False) -> CodeUse | None:
    """Create an account with a circle of its own for whoever has this code; None if the code is not valid.

    pin: what the person chose to come in again with the code; None for somebody who logs in with an identity.
    anew: also if somebody has come in with a code before, whose account stays as it is. Raises Conflict else. It can
    never tell which PINs there are: the same one may be chosen again.
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
        if pins.anybody(organisation_id) and not anew:
            raise Conflict(SOMEBODY_CAME)
        if pins.how_many(organisation_id, since=found.issued_at) >= MOST_BEGUN:
            raise Conflict(TOO_MANY_BEGUN)
        account = _new_account(organisation_id, name, language)
        account.pin_hash = pins.pin_hash(account.id, pin) if pin is not None else None
        if found.used_at is None:
            found.used_at = clock()
        found.account_id = account.id
        record(
            Event.CODE_USED,
            by=account.id,
            organisation_id=organisation_id,
            consultation_id=found.consultation_id,
            object_id=account.id,
        )
        return CodeUse(account.id, found.consultation_id)


def _new_account(organisation_id: int, name: str, language: str) -> Account:
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
    return account


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
