"""Runs the migrations against the application's database, in one transaction on PostgreSQL and SQLite alike."""

from __future__ import annotations

from alembic import context
from flask import current_app

from ruhrvote import worker  # noqa: F401  its table is compared too
from ruhrvote.db import UtcDateTime, db


def render_item(kind: str, thing: object, autogen_context: object) -> str | bool:
    """Write our time type as the plain type that it stores, so that migrations import nothing of ours."""
    if kind == "type" and isinstance(thing, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def is_search_index(name: str | None) -> bool:
    """Whether a table or index is of the search index, which migrations write by hand for each database."""
    return (name or "").startswith("search_index")


def run() -> None:
    """Migrate the database that the application uses; offline scripts are not supported."""
    if context.is_offline_mode():
        raise SystemExit("migrations need a database; run them online")
    with db.engine.connect().execution_options(ruhrvote_write=True) as connection:
        embedded = connection.dialect.name == "sqlite"
        if embedded:
            # SQLite changes a column by rebuilding its table, and would miss the old one's rows at each reference to
            # them. This can be said only outside of a transaction (https://www.sqlite.org/lang_altertable.html, 7).
            raw = connection.connection.dbapi_connection
            raw.execute("PRAGMA foreign_keys = OFF")
        context.configure(
            connection=connection,
            target_metadata=db.metadatas[None],
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
            include_name=lambda name, kind, parents: not is_search_index(name),
            compare_server_default=False,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
            if embedded and raw.execute("PRAGMA foreign_key_check").fetchall():
                raise SystemExit("a migration would leave references that lead nowhere; nothing was changed")
        if embedded:
            raw.execute("PRAGMA foreign_keys = ON")
    current_app.logger.debug("migrations are done")


run()
