"""Appending to the chain, inside the transaction of the change that an entry records."""

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
    """Give a consultation its empty chain."""
    db.session.add(ChainHead(consultation_id=consultation_id, seq=0, hash=GENESIS))
    db.session.flush()


def lock_head(consultation_id: int) -> ChainHead:
    """Take the one lock under which a consultation's entries are appended, until the transaction ends.

    Take it last, after the ballot's own row: everybody waits here. What must hold at the moment of the
    entry ("is it still open?") is read after this call.
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
    """Append an entry under the locked head; sequence order is commit order.

    `now` is the database's clock where it was read under this lock already.
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
