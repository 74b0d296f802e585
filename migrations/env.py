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


def run() -> None:
    """Migrate the database that the application uses; offline scripts are not supported."""
    if context.is_offline_mode():
        raise SystemExit("migrations need a database; run them online")
    with db.engine.connect().execution_options(ruhrvote_write=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadatas[None],
            render_item=render_item,
            render_as_batch=True,
            compare_type=True,
            compare_server_default=False,
            transaction_per_migration=False,
        )
        with context.begin_transaction():
            context.run_migrations()
    current_app.logger.debug("migrations are done")


run()
