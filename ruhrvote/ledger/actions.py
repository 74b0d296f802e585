"""Writes of the ledger: entries are appended in the same transaction as the change that they record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select, text

from ruhrvote.db import clock, db
from ruhrvote.ledger.chain import GENESIS, entry_hash
from ruhrvote.ledger.models import ChainHead, EntryKind, LedgerEntry
from ruhrvote.live.signal import CHANNEL


def start_chain(consultation_id: int) -> None:
    """Create the empty chain of a consultation; part of the caller's transaction."""
    db.session.add(ChainHead(consultation_id=consultation_id, seq=0, hash=GENESIS))
    db.session.flush()


def lock_head(consultation_id: int) -> ChainHead:
    """Lock the head of a consultation's chain until the transaction ends; entries are appended under this lock only.

    Take it as the last lock, after that of the ballot's row: all submissions wait for it. Read whatever must hold at
    the moment of the entry ("is the consultation still open?") after this call.
    """
    head = db.session.scalar(
        select(ChainHead)
        .where(ChainHead.consultation_id == consultation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if head is None:
        raise LookupError(f"consultation {consultation_id} has no chain")
    return head


def append(head: ChainHead, kind: EntryKind, payload: Mapping[str, object], now: datetime | None = None) -> LedgerEntry:
    """Append an entry to the chain whose head is locked, so that entries are numbered in the order of their commits.

    now: the database's time, if the caller has read it under this lock; otherwise it is read here.
    """
    entry = LedgerEntry(
        consultation_id=head.consultation_id,
        seq=head.seq + 1,
        kind=kind,
        recorded_at=now or clock(),
        payload=json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        previous_hash=head.hash,
    )
    entry.hash = entry_hash(
        entry.previous_hash, entry.consultation_id, entry.seq, entry.kind, entry.recorded_at, entry.payload
    )
    db.session.add(entry)
    head.seq, head.hash = entry.seq, entry.hash
    db.session.flush()
    if db.engine.dialect.name == "postgresql":
        db.session.execute(text(f"NOTIFY {CHANNEL}"))  # delivered at commit, to every process
    return entry
