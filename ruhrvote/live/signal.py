"""Noticing at once that a ledger has grown, whichever process on whichever machine has written to it.

SQLite: `PRAGMA data_version` of one idle connection is polled every few milliseconds. PostgreSQL: LISTEN, with a slow
poll as a fallback. Both are only hints: after a hint the ledgers' heads are read, and it is a change only if a head
has moved.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

from flask import Flask
from sqlalchemy import make_url

LOOK_EVERY = 0.05  # seconds between two polls of SQLite's data version
SAFETY_POLL = 1.0  # seconds after which PostgreSQL is asked even without a notification
GATHER = 0.02  # seconds in which several notifications of PostgreSQL are answered by one query
RETRY_AFTER = 1.0  # seconds to wait after the database did not answer
CHANNEL = "ruhrvote_ledger"

Heads = dict[int, int]


class ChangeSignal:
    """Counts the changes that this process has noticed, and lets threads wait for the next one."""

    def __init__(self, app: Flask, read_heads: Callable[[], Heads]):
        self._app = app
        self._read_heads = read_heads
        self._condition = threading.Condition()
        self._generation = 0
        self._heads: Heads | None = None
        self._watcher: threading.Thread | None = None
        self._stop = threading.Event()

    @property
    def generation(self) -> int:
        """The number of the latest change. Reads no database: a background thread watches it."""
        if self._watcher is None:
            self._start()
        return self._generation

    @property
    def stopped(self) -> bool:
        """Whether this process has stopped watching for good."""
        return self._stop.is_set()

    def wait(self, known: int, timeout: float) -> int:
        """Wait until the latest change is not `known`, at most `timeout` seconds; return its number."""
        if self._watcher is None:
            self._start()
        with self._condition:
            self._condition.wait_for(lambda: self._generation != known or self.stopped, timeout)
            return self._generation

    def pause(self, seconds: float) -> None:
        """Wait so many seconds, or until the signal is stopped."""
        self._stop.wait(seconds)

    def stop(self) -> None:
        """Stop watching for good and wake all waiting threads, in a process that goes on without this application."""
        self._stop.set()
        with self._condition:
            self._condition.notify_all()
        if self._watcher is not None:
            self._watcher.join()

    def _start(self) -> None:
        with self._condition:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="change-signal", daemon=True)
                self._watcher.start()

    def _watch(self) -> None:
        url = make_url(self._app.config["SQLALCHEMY_DATABASE_URI"])
        hints = _sqlite_hints if url.get_backend_name() == "sqlite" else _postgresql_hints
        address = url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)
        while not self._stop.is_set():
            try:
                for _ in hints(address, self._stop):
                    self._look()
            except Exception:  # the watcher must outlive a database that restarts
                self._app.logger.exception("the change signal lost the database; trying again")
                self._stop.wait(RETRY_AFTER)

    def _look(self) -> None:
        with self._app.app_context():
            heads = self._read_heads()
        if heads != self._heads:
            with self._condition:
                self._heads = heads
                self._generation += 1
                self._condition.notify_all()


def _sqlite_hints(url: str, stop: threading.Event) -> Iterator[None]:
    """Yield once at the start, then whenever another connection has committed."""
    with closing(sqlite3.connect(make_url(url).database or "", isolation_level=None)) as connection:
        known = None
        while not stop.is_set():
            (version,) = connection.execute("PRAGMA data_version").fetchone()
            if version != known:
                known = version
                yield
            time.sleep(LOOK_EVERY)


def _postgresql_hints(url: str, stop: threading.Event) -> Iterator[None]:
    """Yield once at the start, then after each notification and at least every SAFETY_POLL seconds."""
    import psycopg  # here: with SQLite nothing needs it

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        while not stop.is_set():
            yield
            for _ in connection.notifies(timeout=SAFETY_POLL, stop_after=1):
                time.sleep(GATHER)
