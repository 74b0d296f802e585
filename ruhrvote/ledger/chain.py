"""The hash chain: how an entry is hashed and how a chain is verified. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Protocol

GENESIS = "0" * 64


class Entry(Protocol):
    """What verification reads of an entry."""

    consultation_id: int
    seq: int
    kind: str
    recorded_at: datetime
    payload: str
    previous_hash: str
    hash: str


def entry_hash(
    previous_hash: str, consultation_id: int, seq: int, kind: str, recorded_at: datetime, payload: str
) -> str:
    """SHA-256 over all fields of an entry and the previous hash, in hexadecimal; the same on every database."""
    moment = recorded_at.astimezone(UTC).isoformat(timespec="microseconds")
    text = "\n".join(("ruhrvote-ledger-1", previous_hash, str(consultation_id), str(seq), str(kind), moment, payload))
    return hashlib.sha256(text.encode()).hexdigest()


def first_fault(entries: Iterable[Entry]) -> str | None:
    """A sentence about the first entry that does not follow from the entries before it; None for a sound chain."""
    previous, expected = GENESIS, 1
    for entry in entries:
        if entry.seq != expected:
            return f"entry {expected} is missing: entry {entry.seq} follows entry {expected - 1}"
        if entry.previous_hash != previous:
            return f"entry {entry.seq} does not name entry {expected - 1} as the one before it"
        if entry.hash != entry_hash(
            previous, entry.consultation_id, entry.seq, entry.kind, entry.recorded_at, entry.payload
        ):
            return f"entry {entry.seq} was changed after it was written"
        previous, expected = entry.hash, expected + 1
    return None
