"""A PostgreSQL server for one test run: Debian's own programs, a throw-away folder, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.scratch import scratch_folder

# Durability is not what is tested here, and a crash of this machine ends the tests anyway.
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresMissing(Exception):
    """There is no PostgreSQL on this machine; the message says how to get it."""


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Run a server on a Unix socket in a fresh temporary folder; both are gone afterwards.

    A durable one is as a real one is, on the disk and with its default settings: for benchmarks.
    """
    programs = find_programs()
    with scratch_folder(on_disk=durable) as folder, (folder / "log").open("w") as log:
        started_as = {"stdout": log, "stderr": subprocess.STDOUT, **unprivileged(folder)}
        layout = ["--username", "ruhrvote", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(
            [programs / "initdb", "--pgdata", folder / "data", "--no-sync", *layout], check=True, **started_as
        )
        chosen = () if durable else FAST
        options = [
            part for setting in (*chosen, "listen_addresses=", "max_connections=200") for part in ("-c", setting)
        ]
        process = subprocess.Popen([programs / "postgres", "-D", folder / "data", "-k", folder, *options], **started_as)
        try:
            server = PostgresServer(folder)
            server.wait_until_ready(process)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # a fast shutdown, which ends open connections
            process.wait(30)


class PostgresServer:
    """A running server that is reached by its socket's folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def url(self, database: str) -> str:
        """The address of a database as RUHRVOTE_DATABASE_URL takes it."""
        return f"postgresql+psycopg://ruhrvote@/{database}?host={self.folder}"

    def execute(self, statement: str) -> None:
        """Run one statement as the superuser, outside of any transaction."""
        with psycopg.connect(f"user=ruhrvote dbname=postgres host={self.folder}", autocommit=True) as connection:
            connection.execute(statement.encode())

    def wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        """Return once the server answers; raise with its log if it ends or takes half a minute."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}") from None
                time.sleep(0.05)


def find_programs() -> Path:
    """The folder of the newest PostgreSQL on this machine, from version 15."""
    folders = {int(path.parts[-3]): path.parent for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin/postgres")}
    on_path = shutil.which("postgres")
    if folders and max(folders) >= 15:
        return folders[max(folders)]
    if on_path:
        return Path(on_path).resolve().parent
    raise PostgresMissing("PostgreSQL 15 or newer is missing. As root on Debian: apt-get install postgresql")


def unprivileged(folder: Path) -> dict[str, Any]:
    """How to start PostgreSQL's programs, which refuse to run as root: as Debian's user, who gets the folder."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": folder}
