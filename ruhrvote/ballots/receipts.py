"""Receipts: what binds a submission to the ledger without saying what was submitted. Pure."""

from __future__ import annotations

import base64
import hashlib
import secrets


def new_receipt_id() -> str:
    """A random receipt number of 128 bits: 26 letters and digits."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")


def in_fours(receipt_id: str) -> str:
    """The receipt number as people read it."""
    return " ".join(receipt_id[start : start + 4] for start in range(0, len(receipt_id), 4))


def typed_receipt_id(text: str) -> str:
    """The receipt number that somebody typed or pasted: only letters and digits matter, not their case."""
    return "".join(character for character in text.upper() if character.isalnum())


def commitment(*, consultation_id: int, receipt_id: str, version: int, cell: str, salt: str, ranking: str) -> str:
    """SHA-256 over everything that makes a submission count as it does; the salt keeps it from being guessed."""
    text = "\n".join(("ruhrvote-ballot-1", str(consultation_id), receipt_id, str(version), cell, salt, ranking))
    return hashlib.sha256(text.encode()).hexdigest()
