"""Counting the SQL statements of a block of code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event

from ruhrvote.db import db

WRITING = ("INSERT", "UPDATE", "DELETE")


class Statements(list[str]):
    """The statements in their order, without BEGIN, COMMIT and the like."""

    @property
    def writing(self) -> list[str]:
        return [statement for statement in self if statement.lstrip().upper().startswith(WRITING)]


@contextmanager
def counted(app: Flask) -> Iterator[Statements]:
    """What is sent to the application's database during the block, from whichever thread."""
    found = Statements()

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            found.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def deleted_in_each_commit(app: Flask) -> Iterator[list[int]]:
    """How many rows each transaction of the block deletes that deletes any, from whichever thread."""
    found: list[int] = []
    open_: dict[int, int] = {}

    def note(connection: Connection, cursor: Any, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith("DELETE"):
            key = id(connection.connection.dbapi_connection)
            open_[key] = open_.get(key, 0) + cursor.rowcount

    def end(connection: Connection) -> None:
        rows = open_.pop(id(connection.connection.dbapi_connection), 0)
        if rows:
            found.append(rows)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", note)
    event.listen(engine, "commit", end)
    try:
        yield found
    finally:
        event.remove(engine, "after_cursor_execute", note)
        event.remove(engine, "commit", end)
