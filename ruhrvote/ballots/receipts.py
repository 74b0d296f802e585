"""Receipts and commitments: they bind a submission to the ledger without revealing its content. Pure."""

from __future__ import annotations

import base64
import hashlib
import secrets


def new_receipt_id() -> str:
    """A random receipt number of 128 bits in base 32: 26 letters and digits."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=")


def in_fours(receipt_id: str) -> str:
    """The receipt number in groups of four characters, for people to read."""
    return " ".join(receipt_id[start : start + 4] for start in range(0, len(receipt_id), 4))


def typed_receipt_id(text: str) -> str:
    """The canonical form of a typed or pasted receipt number: letters and digits only, in upper case."""
    return "".join(character for character in text.upper() if character.isalnum())


def commitment(*, consultation_id: int, receipt_id: str, version: int, cell: str, salt: str, ranking: str) -> str:
    """The commitment to a submission: SHA-256 over all that decides how it counts, with a salt against guessing."""
    text = "\n".join(("ruhrvote-ballot-1", str(consultation_id), receipt_id, str(version), cell, salt, ranking))
    return hashlib.sha256(text.encode()).hexdigest()
