"""Writes of passkeys (WebAuthn): options for the browser, and checking its answers; each function is one commit."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ruhrvote.accounts.factors.actions import (
    SetUp,
    after_set_up,
    audit,
    confirmed,
    lock_owner,
    login_owner,
    refuse_last,
    tell,
)
from ruhrvote.accounts.factors.models import Passkey, PasskeyChallenge
from ruhrvote.accounts.factors.queries import factors_of
from ruhrvote.accounts.factors.secrets import new_challenge, user_handle
from ruhrvote.accounts.queries import token_hash
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.services import services

ANSWER_WITHIN = timedelta(minutes=5)
MOST_PASSKEYS = 20
# What the library raises for an invalid or malformed answer.
UNREADABLE = (WebAuthnException, ValueError, KeyError, TypeError, RecursionError)
NOT_ACCEPTED = _l("The passkey was not accepted. Try again, or use a code.")


def possible() -> bool:
    """Whether browsers can use passkeys here: they need a host name, not an IP address."""
    try:
        ip_address(_rp_id())
    except ValueError:
        return True
    return False


def ask_for_new(token: str) -> str:
    """The options for the browser to create a passkey, as JSON."""
    account, challenge = _challenge(token)
    return options_to_json(
        generate_registration_options(
            rp_id=_rp_id(),
            rp_name="RuhrVote",
            user_id=user_handle(account.id),
            user_name=account.email or account.person,
            user_display_name=account.person,
            challenge=challenge,
            timeout=int(ANSWER_WITHIN.total_seconds()) * 1000,
            exclude_credentials=_known(account.id),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
            ),
        )
    )


def ask_for_known(token: str) -> str:
    """The options for the browser to authenticate with one of the account's passkeys, as JSON."""
    account, challenge = _challenge(token)
    return options_to_json(
        generate_authentication_options(
            rp_id=_rp_id(),
            challenge=challenge,
            timeout=int(ANSWER_WITHIN.total_seconds()) * 1000,
            allow_credentials=_known(account.id),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def add_passkey(token: str, credential: str, name: str) -> SetUp | None:
    """Add a passkey that the browser has created; return a SetUp if it is the first factor, else None."""
    challenge = _take_challenge(token)
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_rp_id(),
            expected_origin=services().settings.base_url,
            require_user_verification=True,
        )
    except UNREADABLE as error:
        raise Refused(_l("The passkey was not accepted. Please try again.")) from error
    try:
        with transaction() as session:
            account = lock_owner(login_owner(token).id)
            had = factors_of(account.id)
            if len(had.passkeys) >= MOST_PASSKEYS:
                raise Refused(_l("You have 20 passkeys already. Remove one that you do not use any more."))
            session.add(
                Passkey(
                    account_id=account.id,
                    name=name,
                    credential_id=bytes_to_base64url(made.credential_id),
                    public_key=made.credential_public_key,
                    sign_count=made.sign_count,
                    added_at=clock(),
                )
            )
            session.flush()
            audit(Event.FACTOR_ADDED, account, factor="passkey")
            return after_set_up(account, token, had.count == 0)
    except IntegrityError as error:
        raise Conflict(_l("This passkey is in use already.")) from error


def confirm_by_passkey(token: str, credential: str) -> str:
    """Confirm a login with a passkey and return the login's new token; raises Refused if the answer is not valid."""
    challenge = _take_challenge(token)
    with transaction() as session:
        account = login_owner(token)
        try:
            answer = parse_authentication_credential_json(credential)
            mine = (Passkey.account_id == account.id, Passkey.credential_id == answer.id)
            passkey = session.scalar(select(Passkey).where(*mine).with_for_update())
            if passkey is None:
                raise Refused(NOT_ACCEPTED)
            proof = verify_authentication_response(
                credential=answer,
                expected_challenge=challenge,
                expected_rp_id=_rp_id(),
                expected_origin=services().settings.base_url,
                credential_public_key=passkey.public_key,
                credential_current_sign_count=passkey.sign_count,
                require_user_verification=True,
            )
        except UNREADABLE as error:
            raise Refused(NOT_ACCEPTED) from error
        passkey.sign_count, passkey.used_at = proof.new_sign_count, clock()
        return confirmed(token)


def remove_passkey(account_id: int, passkey_id: int) -> None:
    """Remove a passkey; raises Conflict if it is the last factor."""
    with transaction() as session:
        account = lock_owner(account_id)
        passkey = session.get(Passkey, passkey_id)
        if passkey is not None and passkey.account_id == account_id:
            refuse_last(account_id)
            session.delete(passkey)
            audit(Event.FACTOR_REMOVED, account, factor="passkey")
            tell(account)


def _challenge(token: str):  # type: ignore[no-untyped-def]
    """The login's account and a new challenge, which replaces a former one."""
    challenge = new_challenge()
    with transaction() as session:
        account = login_owner(token)
        session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.login_hash == token_hash(token)))
        session.add(
            PasskeyChallenge(login_hash=token_hash(token), challenge=challenge, expires_at=clock() + ANSWER_WITHIN)
        )
    return account, challenge


def _take_challenge(token: str) -> bytes:
    """Delete the login's challenge and return it; committed at once, so that it is valid for one answer only."""
    with transaction() as session:
        mine = delete(PasskeyChallenge).where(PasskeyChallenge.login_hash == token_hash(token))
        taken = session.execute(mine.returning(PasskeyChallenge.challenge, PasskeyChallenge.expires_at)).first()
        challenge = None if taken is None or taken.expires_at < clock() else bytes(taken.challenge)
    if challenge is None:
        raise Refused(_l("This took too long. Please try again."))
    return challenge


def _known(account_id: int) -> list[PublicKeyCredentialDescriptor]:
    passkeys = factors_of(account_id).passkeys
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(passkey.credential_id)) for passkey in passkeys]


def _rp_id() -> str:
    return urlsplit(services().settings.base_url).hostname or ""
