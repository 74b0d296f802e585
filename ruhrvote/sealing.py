"""Encryption of letters and mails in the database, since codes in them allow to log in.

AES-256-GCM with a key that is derived from the server's secret key (HKDF): the database or a backup alone cannot be
decrypted.
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
    """Sealed content that cannot be decrypted: it was sealed with another key or for another place, or was changed."""


def seal(content: bytes, place: str) -> bytes:
    """Encrypt with the server's key; `place` is authenticated, so the result cannot be used in another place."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_key()).encrypt(nonce, content, place.encode())


def unseal(sealed: bytes, place: str) -> bytes:
    """Decrypt content that was sealed for this place; raises Unreadable if that is not possible."""
    try:
        return AESGCM(_key()).decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except InvalidTag as error:
        raise Unreadable(place) from error


class SealedText(TypeDecorator[str]):
    """A column type for encrypted text. Empty texts are stored as they are; texts from before encryption are read.

    A text that was sealed with another key is read as None, so that a list does not fail because of one row.
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
