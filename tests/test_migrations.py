"""The migrations make the tables that the models describe, and every step can be taken back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import func, inspect, select, text
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from ruhrvote.accounts.models import Organisation
from ruhrvote.config import ROOT
from ruhrvote.db import db, transaction
from ruhrvote.ledger.models import LedgerEntry
from ruhrvote.prepared import newest_revision
from ruhrvote.recount import recount_all
from ruhrvote.seeding import database_is_current
from ruhrvote.worker import take_lease
from tests.rounds import make_round, submit

MIGRATIONS = str(ROOT / "migrations")
# From the first to the newest: each step names the one before it.
STEPS = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]


@pytest.fixture(autouse=True)
def migrated(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def go_to(step: str) -> None:
    """Migrate to a step, wherever the database stands."""
    db.session.remove()
    current = standing()
    if current is not None and (step == "base" or STEPS.index(step) < STEPS.index(current)):
        downgrade(directory=MIGRATIONS, revision=step)
    else:
        upgrade(directory=MIGRATIONS, revision=step)


def standing() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences_from_the_models() -> list[object]:
    by_hand = "search_index"  # the search index is not of the models: it is another thing on each database
    options = {"compare_type": True, "include_name": lambda name, *_: not (name or "").startswith(by_hand)}
    with db.engine.connect() as connection:
        compared = MigrationContext.configure(connection, opts=options)
        return [*compare_metadata(compared, db.metadatas[None])]


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_there_is_one_line_of_steps() -> None:
    assert ScriptDirectory(MIGRATIONS).get_heads() == STEPS[-1:] == [newest_revision()]


def test_the_newest_step_is_what_the_models_say() -> None:
    assert database_is_current()
    assert differences_from_the_models() == []


def test_the_comparison_would_notice_a_difference() -> None:
    # The control: what the test above rests on does see a missing table and a column too many.
    with transaction() as session:
        session.execute(text("DROP TABLE worker_lease"))
        session.execute(text("ALTER TABLE comment ADD COLUMN surplus INTEGER"))
    assert {difference[0] for difference in differences_from_the_models()} == {"add_table", "remove_column"}


def test_every_step_down_and_up_again() -> None:
    complete = tables()
    for step in [*STEPS[-2::-1], "base"]:
        go_to(step)
        assert standing() == (None if step == "base" else step)
        assert not database_is_current()
    assert tables() == set(), "the first step takes back all that it made"
    for step in STEPS:
        go_to(step)
        assert standing() == step
    assert tables() == complete
    assert differences_from_the_models() == []


def test_data_survives_a_step_down_and_up() -> None:
    round_ = make_round()
    submit(round_, round_.firms[0], "1A1B2~5~0~4~")
    go_to(STEPS[0])
    go_to(STEPS[-1])
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 17
    assert [result.faults for result in recount_all()] == [()]


def test_the_ledger_is_append_only_after_going_down_and_up() -> None:
    go_to("base")
    go_to(STEPS[-1])
    make_round()
    for statement in ("UPDATE ledger_entry SET kind = 'cast'", "DELETE FROM ledger_entry"):
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.execute(text(statement))
    if db.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.execute(text("TRUNCATE ledger_entry"))
    assert db.session.scalar(select(func.count()).select_from(LedgerEntry)) == 1


def test_the_worker_finds_its_table() -> None:
    assert take_lease("worker")


def test_an_interrupted_migration_leaves_nothing_behind() -> None:
    go_to("base")
    with transaction() as session:
        session.execute(text("CREATE TABLE comment (id INTEGER)"))  # in the way of the last table of the first step
    with pytest.raises((OperationalError, ProgrammingError)):
        go_to(STEPS[-1])
    assert tables() == {"comment"}, "all or nothing"
    with transaction() as session:
        session.execute(text("DROP TABLE comment"))
    go_to(STEPS[-1])
    assert differences_from_the_models() == []
