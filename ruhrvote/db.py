"""The database: one engine, one way to write (`transaction`), one clock.

SQLite allows one writer at a time. Under gevent, a greenlet that waits inside a write transaction would block its whole
process. So only one greenlet of a process writes at a time, no greenlet switch happens between BEGIN and COMMIT, and
waiting for another process happens outside of SQLite.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar, TypeVarTuple

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Select,
    delete,
    event,
    func,
    select,
    tuple_,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, scoped_session
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator

from ruhrvote.config import ROOT, Settings

WRITE_PATIENCE = 10.0  # seconds that a write waits for another process before it fails
DELETED_AT_ONCE = 1_000  # rows in one transaction, which takes some hundredths of a second


class Model(DeclarativeBase):
    """Base class of all tables; its naming convention gives every constraint a name, which migrations need."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Model)
migrate = Migrate()
_one_writer = threading.RLock()
Row = TypeVar("Row")
Other = TypeVar("Other")
Columns = TypeVarTuple("Columns")


class UtcDateTime(TypeDecorator[datetime]):
    """A column type for timezone-aware UTC times on both databases; naive values raise ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time was given; times are aware and in UTC")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class database_now(FunctionElement[datetime]):
    """SQL function: the database's time at the statement, not at the start of the transaction."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **_: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(database_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **_: Any) -> str:
    return "clock_timestamp()"


def clock() -> datetime:
    """The database's time, which is the same for all processes and decides about all deadlines."""
    now = db.session.scalar(select(database_now()))
    assert now is not None
    return now


@contextmanager
def transaction() -> Iterator[scoped_session[Session]]:
    """Write in one transaction: commit at the end of the block, roll back on any exception.

    Objects that were read before are expired first, so that decisions use data read inside the transaction.
    Raises OperationalError if SQLite stays locked by another process for WRITE_PATIENCE seconds.
    """
    session = db.session
    embedded = db.engine.dialect.name == "sqlite"
    session.rollback()
    with _one_writer if embedded else nullcontext():
        if embedded:
            _begin_immediate(session)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


def _begin_immediate(session: scoped_session[Session]) -> None:
    deadline = time.monotonic() + WRITE_PATIENCE
    while True:
        try:
            session.connection(execution_options={"ruhrvote_write": True})
            return
        except OperationalError as error:
            session.rollback()
            busy = isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)
            if not busy or time.monotonic() > deadline:
                raise
            time.sleep(0.001)  # lets other greenlets run; waiting inside SQLite would not


def empty_write_ahead_log() -> None:
    """Take SQLite's log, which keeps what was overwritten, into its file and empty it, unless somebody reads it now."""
    db.session.rollback()
    raw = db.engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.close()


@contextmanager
def consistent_read() -> Iterator[None]:
    """Read one consistent snapshot of the database during the block, whatever others write meanwhile."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":  # transactions of SQLite always read a consistent snapshot
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        db.session.rollback()


def insert(model: type[Model]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT with ON CONFLICT, which SQLAlchemy has only in the dialects of the two databases."""
    return sqlite.insert(model) if db.engine.dialect.name == "sqlite" else postgresql.insert(model)


def insert_if_missing(model: type[Model], unique: list[str], **values: object) -> None:
    """Insert a row unless one with the same `unique` columns exists; safe if two transactions do it concurrently."""
    db.session.execute(insert(model).values(**values).on_conflict_do_nothing(index_elements=unique))


def delete_bit_by_bit(
    key: InstrumentedAttribute[Any] | tuple[InstrumentedAttribute[Any], ...],
    *which: ColumnElement[bool],
    at_once: int | None = None,
) -> int:
    """Delete the rows that `which` names, a few in each commit: no ballot waits for all of them; returns how many.

    `key` is the column, or the columns, by which these rows are told apart; `at_once` says how many are few where
    rows are large.
    """
    keys = key if isinstance(key, tuple) else (key,)
    at_once, deleted = min(at_once or DELETED_AT_ONCE, DELETED_AT_ONCE), 0
    while some := db.session.execute(select(*keys).where(*which).limit(at_once)).all():
        named = (
            tuple_(*keys).in_([tuple(row) for row in some]) if len(keys) > 1 else keys[0].in_([row[0] for row in some])
        )
        with transaction() as session:
            gone = delete(keys[0].class_).where(named, *which)
            deleted += session.execute(gone, execution_options={"synchronize_session": False}).rowcount  # type: ignore[attr-defined]  # of a DELETE
    return deleted


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list: its rows, its number from 1, how many rows a page has, and how many the list has."""

    rows: Sequence[Row]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages the list fills; an empty one is a page too."""
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        """How many rows stand on the pages before this one."""
        return (self.number - 1) * self.size

    def showing(self, rows: Sequence[Other]) -> Page[Other]:
        """The same page with what was made of its rows."""
        return Page(rows, self.number, self.size, self.total)


def page_of(statement: Select[Row], number: int, size: int) -> Page[Row]:
    """One page of what a statement selects, in its order, and how much that is; of several columns only the first."""
    return Page(db.session.scalars(window(statement, number, size)).all(), number, size, count(statement))


def window(statement: Select[*Columns], number: int, size: int) -> Select[*Columns]:
    """The part of a statement's rows that stands on a page."""
    return statement.limit(size).offset((number - 1) * size)


def count(statement: Select[*Columns]) -> int:
    """How many rows a statement selects."""
    return db.session.scalar(select(func.count()).select_from(statement.order_by(None).subquery())) or 0


def init_db(app: Flask, settings: Settings) -> None:
    """Set up the application's database as the settings name it."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    # hide_parameters: error messages are logged, and must not contain the values to be written.
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"hide_parameters": True} | (
        # The longest wait (seconds) inside SQLite, which would block the whole process with all its streams.
        {"connect_args": {"timeout": 0.001}}
        if settings.is_sqlite
        else {
            "pool_size": 20,
            "max_overflow": 20,
            "pool_pre_ping": True,
            # A transaction that was left open must not block all others, which wait for the lock of the chain's head.
            "connect_args": {"options": "-c timezone=UTC -c idle_in_transaction_session_timeout=30000"},
        }
    )
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        if settings.is_sqlite:
            listen_sqlite(db.engine)


def listen_sqlite(engine: Engine) -> None:
    """Configure SQLite connections: BEGIN for reads, BEGIN IMMEDIATE for writes, durable commits."""

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # the handler below issues BEGIN
        # SQLite's own lower() handles ASCII only: Ä would not be found as ä.
        connection.create_function("lower", 1, lambda text: text and str(text).lower(), deterministic=True)
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA secure_delete = ON")  # deleted data are overwritten in the file
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("ruhrvote_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
