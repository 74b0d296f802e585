"""What SQLite's full-text index keeps of texts that were removed, and until when.

The index notes a removal in a new segment and keeps the words in the old one until both are merged. So that no word of
an erased comment stays in the file, all segments are merged into one; freed pages are overwritten (`db.listen_sqlite`),
and the write-ahead log is emptied. FTS5's own `secure-delete` would need SQLite 3.42, and its files could not be read
by an older one. PostgreSQL has no such index: with a text goes its row.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import text

from ruhrvote.db import db, empty_write_ahead_log, transaction

PAGES_AT_ONCE = 200  # of the index in one transaction: no ballot waits for all of them
START, GO_ON = (
    text(f"INSERT INTO search_index (search_index, rank) VALUES ('merge', {pages})")  # noqa: S608  # a number
    for pages in (-PAGES_AT_ONCE, PAGES_AT_ONCE)
)


def forget_removed_words() -> None:
    """Leave no word of a removed text in the database's files; others may read and write meanwhile."""
    if db.engine.dialect.name != "sqlite":
        return
    step = START
    while _changes(step) >= 2:  # FTS5 counts one for the statement itself
        step = GO_ON
    empty_write_ahead_log()


def _changes(step: object) -> int:
    with transaction() as session:
        raw = session.connection().connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        before = raw.total_changes
        session.execute(step)  # type: ignore[call-overload]
        return raw.total_changes - before
