"""`bin/run`: the two programs together, ports, starting over, and from wherever it is called."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from flask_migrate import downgrade

from ruhrvote.app import create_app
from ruhrvote.config import ROOT
from ruhrvote.db import db
from ruhrvote.prepared import newest_revision
from tests.databases import Databases, settings_for
from tests.live_server import environment, free_port

pytestmark = pytest.mark.once
RUN = ROOT / "bin" / "run"
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def data_dir(databases: Databases, tmp_path: Path) -> Path:
    """A data folder that holds the demonstration already, so that starting takes a moment only."""
    folder = tmp_path / "data"
    folder.mkdir()
    databases.copy("demo", folder / "ruhrvote.sqlite3")
    return folder


@pytest.fixture
def start(data_dir: Path) -> Iterator[Start]:
    """A function that starts bin/run on that folder; whatever still runs at the end is ended."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str, program: Path = RUN, cwd: Path = ROOT, **environ: str) -> subprocess.Popen[bytes]:
        with (data_dir / f"run-{len(started)}.log").open("wb") as log:
            started.append(
                subprocess.Popen(
                    [program, *arguments],
                    cwd=cwd,
                    env=environment(data_dir, PORT=str(free_port())) | environ,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )
        return started[-1]

    yield run
    for process in started:
        if process.poll() is None:
            process.terminate()
            process.wait(300)


def said(data_dir: Path, which: int = 0) -> str:
    return (data_dir / f"run-{which}.log").read_text()


def wait_for(data_dir: Path, pattern: str, which: int = 0) -> str:
    """Wait until a started bin/run has said this; return what the pattern captures."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        if found := re.search(pattern, said(data_dir, which)):
            return found.group(1)
        time.sleep(0.1)
    raise AssertionError(f"{pattern!r} was never said:\n{said(data_dir, which)}")


def child_of(pid: int, program: str) -> int:
    """The process that runs a program for bin/run, which starts the web server first and the worker after it."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            with suppress(FileNotFoundError):
                if re.search(program, Path(f"/proc/{child}/cmdline").read_text(encoding="utf-8")):
                    return int(child)
        time.sleep(0.1)
    raise AssertionError(f"bin/run never started {program}")


ADDRESS = r"RuhrVote is at \S*?(http://[\d.:]+)"


def test_it_serves_beside_another_one_and_ends_when_it_is_told_to(start: Start, data_dir: Path) -> None:
    first = start()
    url = wait_for(data_dir, ADDRESS)
    port = url.rsplit(":", 1)[1]
    wait_for(data_dir, "(ruhrvote-demo)")
    second = start(PORT=port)
    assert wait_for(data_dir, ADDRESS, 1) != url
    assert f"Port {port} is taken" in said(data_dir, 1)
    assert start("--fresh", "--yes").wait(300) == 2
    assert "end it first" in said(data_dir, 2)
    assert (data_dir / "ruhrvote.sqlite3").exists()
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
    assert (first.wait(300), second.wait(300)) == (0, 0)
    with pytest.raises(ConnectionError):
        socket.create_connection(("127.0.0.1", int(port)), 1)


@pytest.mark.parametrize("program", ["serve|gunicorn", pytest.param("worker", marks=pytest.mark.long)])
def test_when_one_program_dies_the_other_one_is_ended(start: Start, data_dir: Path, program: str) -> None:
    running = start()
    wait_for(data_dir, ADDRESS)
    os.kill(child_of(running.pid, program), signal.SIGKILL)
    assert running.wait(300) == 128 + signal.SIGKILL
    assert "ended by itself" in said(data_dir)


def test_it_may_be_called_from_anywhere(start: Start, data_dir: Path, tmp_path: Path) -> None:
    link = tmp_path / "start-ruhrvote"
    link.symlink_to(RUN)
    assert start(program=link, cwd=tmp_path, RUHRVOTE_DATA_DIR="data", HOST="192.0.2.1").wait(300) == 2
    assert "The database is ready." in said(data_dir)
    assert (data_dir / "ruhrvote.sqlite3").exists()
    assert not (ROOT / "data").exists()


NO_ADDRESS = {"HOST": "192.0.2.1"}  # nothing of this machine: it ends once the database is ready


def revision(database: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchall()


def test_a_database_that_is_ready_is_not_prepared_again(start: Start, data_dir: Path) -> None:
    for number in range(2):
        assert start(**NO_ADDRESS).wait(300) == 2
        assert "The database is ready." in said(data_dir, number)
        assert "Creating the tables" not in said(data_dir, number)


def test_an_outdated_database_is_migrated(start: Start, data_dir: Path) -> None:
    """Even though it says that this very program has prepared it."""
    database = data_dir / "ruhrvote.sqlite3"
    newest = revision(database)
    app = create_app(settings_for(f"sqlite:///{database}", data_dir))
    with app.app_context():
        downgrade(directory=str(ROOT / "migrations"), revision="-1")
        db.session.remove()
        db.engine.dispose()
    assert revision(database) != newest
    assert start(**NO_ADDRESS).wait(300) == 2
    assert "Creating the tables" in said(data_dir)
    assert revision(database) == newest == [(newest_revision(),)]


@pytest.mark.parametrize("change", ["PRAGMA user_version = 0", "PRAGMA user_version = 1"])
def test_a_database_of_another_program_or_half_made_is_prepared_to_the_end(
    start: Start, data_dir: Path, change: str
) -> None:
    """The mark is what `ruhrvote init` does last, and every change of the program makes another one of it."""
    database = data_dir / "ruhrvote.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(change)
    assert start(**NO_ADDRESS).wait(300) == 2
    assert "Creating the tables" in said(data_dir)
    assert start(**NO_ADDRESS).wait(300) == 2
    assert "Creating the tables" not in said(data_dir, 1)


@pytest.mark.parametrize(
    ("arguments", "environ", "message"),
    [
        (["--frehs"], {}, "unknown argument --frehs"),
        (["--yes"], {}, "--yes belongs to --fresh"),
        (["--fresh"], {}, "no terminal to ask"),
        (["--fresh", "--yes"], {"RUHRVOTE_DATABASE_URL": "postgresql+psycopg:///x"}, "names another database"),
        ([], {"PORT": "http"}, "PORT=http is not a port"),
        ([], {"HOST": "192.0.2.1"}, "cannot listen on 192.0.2.1"),
        ([], {"RUHRVOTE_COLOUR": "blue"}, "unknown setting RUHRVOTE_COLOUR"),
    ],
)
def test_what_it_cannot_do_it_says_and_ends_with_code_2(
    start: Start, data_dir: Path, arguments: list[str], environ: dict[str, str], message: str
) -> None:
    assert start(*arguments, **environ).wait(300) == 2
    assert message in said(data_dir)
    assert (data_dir / "ruhrvote.sqlite3").exists()


@pytest.mark.parametrize(("answer", "kept"), [(b"n\n", True), (b"\n", True), (b"y\n", False)])
def test_starting_over_asks_and_deletes_nothing_but_the_database(data_dir: Path, answer: bytes, kept: bool) -> None:
    database = data_dir / "ruhrvote.sqlite3"
    (data_dir / "notes.txt").write_text("mine")
    before = database.stat().st_ino
    keyboard, terminal = pty.openpty()
    # An unknown setting ends it after the deletion, so that nothing has to be built again here.
    environ = environment(data_dir, RUHRVOTE_COLOUR="blue")
    with subprocess.Popen([RUN, "--fresh"], env=environ, stdin=terminal, stderr=subprocess.PIPE) as running:
        os.write(keyboard, answer)
        assert running.wait(300) == (1 if kept else 2)
    os.close(keyboard)
    os.close(terminal)
    assert database.exists() == kept
    assert not kept or database.stat().st_ino == before
    assert (data_dir / "notes.txt").read_text() == "mine"
