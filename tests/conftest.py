"""What all tests share: a database, an application on it, and visitors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask

from ruhrvote.app import create_app
from ruhrvote.db import db
from tests.databases import Databases, settings_for
from tests.pages import Visitor
from tests.postgres import PostgresMissing, postgres_server
from tests.scratch import scratch_folder


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="the database under test")


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Fresh databases of the engine that --database names."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgres_server()) if request.config.option.database == "postgresql" else None
        except PostgresMissing as missing:
            pytest.fail(str(missing), pytrace=False)
        yield Databases(stack.enter_context(scratch_folder()), server)


@pytest.fixture
def app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application on a migrated database without any row."""
    with databases.fresh("empty") as url:
        yield from application(url, tmp_path)


@pytest.fixture
def demo_app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application on the database that `ruhrvote init --demo` makes."""
    with databases.fresh("demo") as url:
        yield from application(url, tmp_path)


def application(url: str, data_dir: Path) -> Iterator[Flask]:
    app = create_app(settings_for(url, data_dir))
    app.testing = True
    app.test_client_class = Visitor
    yield app
    # Only now is there a context: Flask-Login and Flask-Babel keep what they know in it, and requests
    # that shared one would share the person and the language.
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> Visitor:
    """A visitor of the empty application who has not logged in."""
    return app.test_client()


@pytest.fixture
def demo_client(demo_app: Flask) -> Visitor:
    """A visitor of the demonstration who has not logged in."""
    return demo_app.test_client()
