"""What is kept encrypted in the database: letters and mails, because a code in them lets people in.

AES-256-GCM under keys that are derived from the server's key: whoever has only the database, or a backup of it,
reads nothing.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator

NONCE = 12  # bytes
MARK = "sealed:"


class Unreadable(Exception):
    """The server's key is not the one that this was sealed under, or somebody has changed it."""


def seal(content: bytes, place: str) -> bytes:
    """Encrypt under the server's key; it opens for the same `place` only, so that nothing can be put elsewhere."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_key()).encrypt(nonce, content, place.encode())


def unseal(sealed: bytes, place: str) -> bytes:
    """What was sealed for this place; raises Unreadable if it cannot be opened."""
    try:
        return AESGCM(_key()).decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except InvalidTag as error:
        raise Unreadable(place) from error


class SealedText(TypeDecorator[str]):
    """A text that the database keeps sealed; an empty one stays empty, one from before is read as it is.

    One that was sealed under another key is read as None: whoever lists many must not fail over one.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if not value:
            return value
        return MARK + base64.b64encode(seal(value.encode(), "text")).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or not value.startswith(MARK):
            return value
        try:
            return unseal(base64.b64decode(value.removeprefix(MARK)), "text").decode()
        except Unreadable:
            return None


def _key() -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return HKDF(SHA256(), length=32, salt=None, info=b"ruhrvote sealed content").derive(secret)
