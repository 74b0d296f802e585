"""Cryptography of second factors: encrypting an app's secret, checking its codes, hashing recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

STEP = 30  # seconds for which an app shows one code
DRIFT = 1  # steps by which a phone's clock may be wrong
DIGITS = 6
SET_UP_WITHIN = 3600  # seconds


def new_secret() -> str:
    """A new secret of 160 bits for an authenticator app, in base 32."""
    return pyotp.random_base32()


def seal(secret: str, account_id: int) -> str:
    """Encrypt a secret with a key that is derived from the server's key and the account."""
    return _box(account_id).encrypt(secret.encode()).decode()


def unseal(sealed: str, account_id: int, max_age: int | None = None) -> str | None:
    """The secret; None if it is another account's or another key's, or older than `max_age` seconds."""
    try:
        return _box(account_id).decrypt(sealed.encode(), ttl=max_age).decode()
    except InvalidToken:
        return None


def matching_step(secret: str, code: str, seconds: float) -> int | None:
    """The time step to which a code belongs, at most DRIFT away from that of `seconds`; None for a wrong code."""
    app, now = pyotp.TOTP(secret, digits=DIGITS, interval=STEP), int(seconds) // STEP
    steps = range(now - DRIFT, now + DRIFT + 1)
    # All steps are compared, so that the time taken reveals nothing.
    found = [step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())]
    return found[-1] if found else None


def qr_code(secret: str, name: str, issuer: str) -> str:
    """The QR code for an authenticator app, as a data address for an img element."""
    uri = pyotp.TOTP(secret, digits=DIGITS, interval=STEP).provisioning_uri(name=name, issuer_name=issuer)
    return segno.make(uri, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")


def recovery_hash(code: str) -> str:
    """The stored hash of a recovery code: HMAC-SHA-256 of its canonical form with the server's key."""
    return _keyed("recovery code", code).hex()


def user_handle(account_id: int) -> bytes:
    """The pseudonym by which a passkey tells accounts apart."""
    return _keyed("user handle", str(account_id))


def new_challenge() -> bytes:
    """A random challenge for a passkey to sign."""
    return secrets.token_bytes(32)


def _keyed(purpose: str, value: str) -> bytes:
    key = f"{purpose} {current_app.config['SECRET_KEY']}".encode()
    return hmac.new(key, value.encode(), hashlib.sha256).digest()


def _box(account_id: int) -> Fernet:
    key = str(current_app.config["SECRET_KEY"]).encode()
    derived = HKDF(SHA256(), 32, salt=None, info=f"authenticator app of account {account_id}".encode()).derive(key)
    return Fernet(base64.urlsafe_b64encode(derived))
