"""What all tests share: a database, an application on it, and visitors."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from ruhrvote.accounts import passwords
from ruhrvote.app import create_app
from ruhrvote.db import db
from ruhrvote.leaderboards.stream import BoardStreams
from ruhrvote.services import services
from tests.compiled import COMPILED, share_statements
from tests.databases import Databases, settings_for
from tests.pages import Visitor
from tests.people import WORLD, World
from tests.postgres import PostgresMissing, PostgresServer, postgres_server
from tests.scratch import scratch_folder

FOLDER = pytest.StashKey[Path]()
SHARE_A_SERVER = ("tests/browser/", "tests/hosts/")
SERVER = pytest.StashKey[PostgresServer]()
# A hash takes 20 ms on purpose, which would be a tenth of all tests: here the same argon2 does less work.
PRODUCT_HASHER, passwords._hasher = passwords._hasher, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite", help="the database under test")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder and the server once; processes of pytest-xdist share those of the first process."""
    if hasattr(config, "workerinput"):
        return
    stack = ExitStack()
    config.add_cleanup(stack.close)
    config.stash[FOLDER] = stack.enter_context(scratch_folder())
    if config.getoption("database") == "postgresql":
        try:
            config.stash[SERVER] = stack.enter_context(postgres_server())
        except PostgresMissing as missing:
            raise pytest.UsageError(str(missing)) from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say here of the tally's tests that they know no database: they also run without this file, for the mutants.

    Tests that share a server come first: they take longest, and at the end no process should wait for them.
    """
    for item in items:
        if Path(__file__).parent / "tally" in item.path.parents:
            item.add_marker("once")
    items.sort(key=lambda item: not item.nodeid.startswith(SHARE_A_SERVER))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process one test after the other, and the tests of a file that share a server to the same process."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid.partition("::")[0] if nodeid.startswith(SHARE_A_SERVER) else nodeid

    return Scheduling(config, log)


def pytest_collection_finish() -> None:
    """Let no collection of garbage walk again what stays for the whole run, as the server does: a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of pytest-xdist what it shares."""
    server = node.config.stash.get(SERVER, None)
    node.workerinput["ruhrvote"] = (str(node.config.stash[FOLDER]), str(server.folder) if server else None)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """Fresh databases of the engine that --database names."""
    config = request.config
    if hasattr(config, "workerinput"):
        folder, server = config.workerinput["ruhrvote"]
        return Databases(Path(folder), PostgresServer(Path(server)) if server else None, config.workerinput["workerid"])
    return Databases(config.stash[FOLDER], config.stash.get(SERVER, None), "alone")


@pytest.fixture
def app(databases: Databases, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """The application on a migrated database without any row; for a test that asks for `world`, with that in it."""
    with databases.fresh("world" if "world" in request.fixturenames else "empty") as url:
        yield from application(url, tmp_path)


@pytest.fixture
def world(app: Flask) -> World:
    """A small open round with one person of each role; modules add to it what they need."""
    return WORLD


@pytest.fixture
def demo_app(databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """The application on the database that `ruhrvote init --demo` makes."""
    with databases.fresh("demo") as url:
        yield from application(url, tmp_path)


def application(url: str, data_dir: Path) -> Iterator[Flask]:
    app = create_app(settings_for(url, data_dir))
    app.testing = True
    app.test_client_class = Visitor
    app.jinja_env.bytecode_cache = COMPILED
    with app.app_context():
        share_statements(db.engine)
    yield app
    services(app).of(BoardStreams).stop()
    # Only now is there a context: Flask-Login and Flask-Babel keep what they know in it, and requests
    # that shared one would share the person and the language.
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def product_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed as in the product, with all of the work."""
    monkeypatch.setattr(passwords, "_hasher", PRODUCT_HASHER)


@pytest.fixture
def client(app: Flask) -> Visitor:
    """A visitor of the empty application who has not logged in."""
    return app.test_client()


@pytest.fixture
def demo_client(demo_app: Flask) -> Visitor:
    """A visitor of the demonstration who has not logged in."""
    return demo_app.test_client()
