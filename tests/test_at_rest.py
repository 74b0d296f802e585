"""Files at rest: whatever the umask was, and however they came to be open, only the program's user reads them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.live_server import (
    COMMAND,
    environment,
    free_port,
    run_command,
    running,
    wait_until_it_answers,
    wait_until_it_says,
)

pytestmark = pytest.mark.once

SAID = "was open to other users of this machine; it is closed to them now."


def open_to_others(folder: Path) -> list[str]:
    """What others could read, write or enter, by its name."""
    return sorted(
        path.name
        for path in (folder, *folder.rglob("*"))
        if not path.is_symlink() and path.suffix != ".log" and stat.S_IMODE(path.stat().st_mode) & 0o077
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of an installation that was made by a user whose files everybody may read."""
    folder = tmp_path / "data"
    before = os.umask(0o000)
    try:
        made = run_command(environment(folder), "init")
    finally:
        os.umask(before)
    assert made.returncode == 0, made.stderr
    return folder


def test_a_new_installation_is_its_users_alone(data: Path) -> None:
    assert (data / "ruhrvote.sqlite3").exists()
    assert open_to_others(data) == []


@pytest.mark.parametrize("command", ["init", "serve", "worker"])
def test_what_is_open_is_closed_at_the_start_and_said(data: Path, tmp_path: Path, command: str) -> None:
    uploads = data / "uploads"
    uploads.mkdir(exist_ok=True)
    (uploads / "members").write_text("Muster GmbH")
    (data / "notes-of-the-operator.txt").write_text("stays as it is")
    for path in (data, uploads):
        path.chmod(0o755)
    for path in (uploads / "members", data / "ruhrvote.sqlite3", data / "notes-of-the-operator.txt"):
        path.chmod(0o644)
    environ, log = environment(data), tmp_path / "said.log"
    if command == "init":
        said = run_command(environ, "init").stderr
    else:
        port = str(free_port())
        program = [COMMAND, command, *(["--port", port] if command == "serve" else [])]
        with running(program, environ, log):
            if command == "serve":
                wait_until_it_answers(f"http://127.0.0.1:{port}", log)
            wait_until_it_says(SAID, log, times=4)
        said = log.read_text()
    assert open_to_others(data) == ["notes-of-the-operator.txt"]
    for name in ("data", "uploads", "members", "ruhrvote.sqlite3"):
        assert f"{name} {SAID}" in said
    assert SAID not in run_command(environ, "init").stderr, "said once"
