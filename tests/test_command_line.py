"""The command `ruhrvote`: what it makes, what it refuses, and how its programs end."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.databases import Databases
from tests.live_server import COMMAND, environment, live_server, run_command


def test_init_makes_an_empty_system_and_changes_nothing_the_second_time(databases: Databases, tmp_path: Path) -> None:
    with databases.blank() as url:
        environ = environment(tmp_path, url)
        for _ in range(2):
            made = run_command(environ, "init")
            assert made.returncode == 0, made.stderr
        assert run_command(environ, "demo-logins").stdout == ""
        counted = run_command(environ, "recount")
        assert counted.returncode == 0, counted.stdout


@pytest.mark.alike
def test_a_live_database_never_becomes_a_demonstration(databases: Databases, tmp_path: Path) -> None:
    with databases.blank() as url:
        environ = environment(tmp_path, url)
        assert run_command(environ, "init").returncode == 0
        refused = run_command(environ, "init", "--demo")
        assert refused.returncode == 2
        assert "live system" in refused.stderr
        assert run_command(environ, "demo-logins").stdout == ""


@pytest.mark.alike
def test_a_demonstration_never_becomes_a_live_system(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("demo") as url:
        refused = run_command(environment(tmp_path, url), "init")
        assert refused.returncode == 2
        assert "demonstration" in refused.stderr


@pytest.mark.alike
def test_the_demonstration_has_logins_for_every_role(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("demo") as url:
        logins = run_command(environment(tmp_path, url), "demo-logins").stdout
        for role in ("voter", "reviewer", "chamber_admin", "consultation_admin"):
            assert f"({role})" in logins


@pytest.mark.parametrize("command", [["serve"], ["worker"], ["recount"]])
def test_without_a_database_every_command_says_what_to_do(
    databases: Databases, tmp_path: Path, command: list[str]
) -> None:
    with databases.blank() as url:
        refused = run_command(environment(tmp_path, url), *command)
        assert refused.returncode == 2
        assert refused.stderr.count("\n") == 1
        assert "ruhrvote init" in refused.stderr


@pytest.mark.once
@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("RUHRVOTE_DATBASE_URL", "x", "unknown setting RUHRVOTE_DATBASE_URL"),
        ("RUHRVOTE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:1/nothing", "the database cannot be used"),
        ("RUHRVOTE_DATA_DIR", "/dev/null/var", "cannot be used"),
    ],
)
def test_a_wrong_setting_is_one_line_and_code_2(tmp_path: Path, setting: str, value: str, said: str) -> None:
    ended = run_command(environment(tmp_path) | {setting: value}, "recount")
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert said in ended.stderr


@pytest.mark.once
def test_an_unreadable_database_is_one_line_and_code_2(tmp_path: Path) -> None:
    (tmp_path / "ruhrvote.sqlite3").write_bytes(b"this is no database, but a text that is long enough" * 100)
    for command in ("init", "serve"):
        ended = run_command(environment(tmp_path), command)
        assert ended.returncode == 2
        assert "the database cannot be used" in ended.stderr
        assert "Traceback" not in ended.stderr


def test_both_web_processes_serve_what_a_full_recount_gives(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("demo") as url, live_server(url, tmp_path, worker=True) as server:
        counted = server.command("recount")
        assert counted.returncode == 0, counted.stdout + counted.stderr
        processes = {line.split(",")[0] for line in counted.stdout.splitlines() if line.startswith("web process")}
        assert len(processes) == 2, counted.stdout


@pytest.mark.alike
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_ends_when_it_is_told_to(databases: Databases, tmp_path: Path, how: signal.Signals) -> None:
    with databases.fresh("empty") as url:
        environ = environment(tmp_path, url)
        with subprocess.Popen([COMMAND, "worker"], env=environ, stderr=subprocess.PIPE, text=True) as worker:
            wait_until_it_listens(worker.pid, signal.SIGTERM)
            wait_until_it_works(url)
            worker.send_signal(how)
            assert worker.wait(60) == 0
            assert worker.stderr is not None
            assert worker.stderr.read() == ""


def wait_until_it_works(url: str) -> None:
    """Return once a worker has begun its first round."""
    engine = create_engine(url)
    deadline = time.monotonic() + 60
    with engine.connect() as connection:
        while connection.execute(text("SELECT count(*) FROM worker_lease")).scalar_one() == 0:
            assert time.monotonic() < deadline, "the worker never began a round"
            connection.rollback()
            time.sleep(0.05)
    engine.dispose()


def wait_until_it_listens(pid: int, to: signal.Signals) -> None:
    """Return once a process has a handler for a signal."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        if caught & 1 << (to - 1):
            return
        time.sleep(0.05)
    raise AssertionError("the worker never began to listen to signals")
