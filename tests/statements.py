"""Counting the SQL statements that something costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event

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
