"""The table of the ledger: everything that a recount by hand needs but the ballots themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ruhrvote.exports.tables.scope import Asked, in_parts
from ruhrvote.files.table import Column, Format, Row, Table
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.ledger.queries import entries_of_kinds, head_of

COLUMNS = (
    Column("seq", _l("Entry"), Format.WHOLE),
    Column("kind", _l("Kind")),
    # As a text: the hash covers each of its six decimals.
    Column("recorded_at", _l("Recorded at"), about=_l("In UTC with six decimals, as the hash covers it.")),
    Column("payload", _l("Content"), about=_l("JSON as the hash covers it.")),
    Column("previous_hash", _l("Hash of the entry before")),
    Column("hash", _l("Hash"), about=_l("SHA-256, as the methodology describes it.")),
)


def ledger_table(asked: Asked) -> Table:
    """The entries of the consultation's chain from the first to the one that is the last now.

    An archive of before holds tallies of groups that are shown together only; then the table ends before it.
    """
    seq, _hash = head_of(asked.consultation.id)
    for entry in entries_of_kinds(asked.consultation.id, [EntryKind.ARCHIVED]):
        if "groups" in json.loads(entry.payload):
            seq = entry.seq - 1
    query = (
        select(
            LedgerEntry.seq,
            LedgerEntry.kind,
            LedgerEntry.recorded_at,
            LedgerEntry.payload,
            LedgerEntry.previous_hash,
            LedgerEntry.hash,
        )
        .where(LedgerEntry.consultation_id == asked.consultation.id, LedgerEntry.seq <= seq)
        .order_by(LedgerEntry.seq)
    )
    rows = in_parts(lambda last: query.where(LedgerEntry.seq > last), 0, lambda row: int(row.seq), _rows)
    return Table("ledger", _l("Ledger"), COLUMNS, rows, seq)


def _rows(found: Sequence[Any]) -> list[Row]:
    return [
        [
            entry.seq,
            entry.kind,
            entry.recorded_at.isoformat(timespec="microseconds"),
            entry.payload,
            entry.previous_hash,
            entry.hash,
        ]
        for entry in found
    ]
