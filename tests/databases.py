"""Databases for tests: migrated and filled once per run, then copied for each test."""

from __future__ import annotations

import fcntl
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ruhrvote import demo, seeding
from ruhrvote.accounts.actions import mark_installation
from ruhrvote.app import create_app
from ruhrvote.config import Settings
from ruhrvote.db import db
from ruhrvote.prepared import mark_prepared
from tests.people import fill_world
from tests.postgres import PostgresServer

SECRET_KEY = "only-for-tests-only-for-tests-only-for-tests"


def settings_for(url: str, data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, database_url=url, secret_key=SECRET_KEY)


def fill_nothing() -> None:
    """A migrated database without any row."""


def fill_demo() -> None:
    """The database that `ruhrvote init --demo` makes."""
    mark_installation(True)
    seeding.seed_region()
    demo.build(lambda done, total: None)


KINDS = {"empty": fill_nothing, "world": fill_world, "demo": fill_demo}


class Databases:
    """Makes fresh databases of a kind: the first one is built, all others are copies of it.

    Processes that test side by side share the folder and the server; `who` tells their copies apart.
    """

    def __init__(self, folder: Path, server: PostgresServer | None, who: str):
        self.folder = folder
        self.server = server
        self.who = who
        self.numbers = itertools.count()

    def url(self, name: str) -> str:
        return self.server.url(name) if self.server else f"sqlite:///{self.folder / name}.sqlite3"

    @contextmanager
    def fresh(self, kind: str = "empty") -> Iterator[str]:
        """The address of a copy that nobody has used; it is gone afterwards."""
        template = self.template(kind)
        with self.blank(template) as url:
            yield url

    @contextmanager
    def blank(self, template: str = "") -> Iterator[str]:
        """The address of a database without any table, or of a copy; it is gone afterwards."""
        name = f"copy_{self.who}_{next(self.numbers)}"
        if self.server:
            copied = f"TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
            self.server.execute(f"CREATE DATABASE {name} {copied}")
        elif template:
            shutil.copy(self.folder / f"{template}.sqlite3", self.folder / f"{name}.sqlite3")
        try:
            yield self.url(name)
        finally:
            if self.server:
                self.server.execute(f"DROP DATABASE {name} WITH (FORCE)")
            else:
                for path in self.folder.glob(f"{name}.sqlite3*"):
                    path.unlink()

    def copy(self, kind: str, path: Path) -> None:
        """Put a copy in the place of an SQLite file."""
        assert self.server is None, "only SQLite's databases are files"
        shutil.copy(self.folder / f"{self.template(kind)}.sqlite3", path)

    def template(self, kind: str) -> str:
        """The name of the database that copies of this kind are made from; built on first use."""
        name = f"template_{kind}"
        built = self.folder / f"{name}.built"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not built.exists():
                if self.server:
                    self.server.execute(f"CREATE DATABASE {name}")
                self.build(self.url(name), KINDS[kind])
                if kind == "demo":
                    mark_prepared(settings_for(self.url(name), self.folder), as_demo=True)
                if self.server is None:
                    (self.folder / f"{name}.sqlite3").chmod(0o600)  # as the program makes it; copies keep it
                built.touch()
        return name

    def build(self, url: str, fill: Callable[[], None]) -> None:
        app = create_app(settings_for(url, self.folder))
        with app.app_context():
            try:
                seeding.migrate_database()
                fill()
            finally:
                db.session.remove()
                db.engine.dispose()  # closing the last connection also folds SQLite's log into the file
