"""The mark that `ruhrvote init` leaves in SQLite's file: this very program has prepared this database.

Reading it takes a twentieth of what loading the application does, so nothing of the application is imported here.
A database of PostgreSQL carries no mark and is prepared at each start.
"""

from __future__ import annotations

import sqlite3
import zlib
from contextlib import closing, suppress
from pathlib import Path

from ruhrvote.config import PACKAGE, ROOT, Settings

PROGRAM = ((PACKAGE, "*.py"), (ROOT / "migrations", "*.py"), (ROOT / "seed", "*"))


def is_prepared(settings: Settings, *, as_demo: bool) -> bool:
    """Whether preparing the database again would change nothing, and it can be written; if in doubt, not."""
    path = _file_of(settings)
    if path is None or not path.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, isolation_level=None)) as connection:
            (mark,) = connection.execute("PRAGMA user_version").fetchone()
            revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error:
        return False
    return mark == _mark_of_this_program(as_demo) and revisions == [(newest_revision(),)]


def mark_prepared(settings: Settings, *, as_demo: bool) -> None:
    """Note that this program has prepared the database to the end."""
    path = _file_of(settings)
    if path is not None:
        # While somebody else writes for long there is no mark, and the next start takes its time.
        with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA user_version = {_mark_of_this_program(as_demo)}")


def newest_revision() -> str:
    """The version of the tables that this program expects: the number that the newest migration's file begins with."""
    return max(path.name for path in (ROOT / "migrations" / "versions").glob("[0-9]*.py")).partition("_")[0]


def _file_of(settings: Settings) -> Path | None:
    address = settings.database_url.removeprefix("sqlite:///")
    return Path(address) if settings.is_sqlite and address.startswith("/") and "?" not in address else None


def _mark_of_this_program(as_demo: bool) -> int:
    """A number that changes with every file of the program; SQLite keeps 31 bits of it."""
    files = sorted(path for folder, names in PROGRAM for path in folder.rglob(names) if path.is_file())
    seen = [(str(path), (found := path.stat()).st_size, found.st_mtime_ns) for path in files]
    return zlib.crc32(repr((as_demo, seen)).encode()) & 0x7FFF_FFFF
