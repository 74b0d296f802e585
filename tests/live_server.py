"""The real server as `ruhrvote serve` starts it: gunicorn, two web processes, the worker beside them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError

from tests.databases import SECRET_KEY

COMMAND = str(Path(sys.executable).with_name("ruhrvote"))


@dataclass(frozen=True)
class LiveServer:
    """A running server and the environment that its command line needs."""

    url: str
    environ: dict[str, str]

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `ruhrvote` with these arguments on the server's database."""
        return run_command(self.environ, *arguments)


def environment(data_dir: Path, database_url: str = "", **more: str) -> dict[str, str]:
    """The environment of a RuhrVote with this data folder, whatever the tests' own is."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RUHRVOTE_")}
    given = {"RUHRVOTE_DATA_DIR": str(data_dir), "RUHRVOTE_SECRET_KEY": SECRET_KEY}
    if database_url:
        given["RUHRVOTE_DATABASE_URL"] = database_url
    return own | given | more


def run_command(environ: dict[str, str], *arguments: str, program: str = COMMAND) -> subprocess.CompletedProcess[str]:
    """Run `ruhrvote` and return what it said and how it ended."""
    return subprocess.run([program, *arguments], env=environ, capture_output=True, text=True, timeout=600, check=False)


@contextmanager
def live_server(database_url: str, data_dir: Path, *, worker: bool = False) -> Iterator[LiveServer]:
    """Serve a migrated database on a free port of the loopback until the block ends."""
    environ = environment(data_dir, database_url)
    port = free_port()
    programs = [["serve", "--port", str(port)], *([["worker"]] if worker else [])]
    with ExitStack() as stack:
        for program in programs:
            stack.enter_context(running([COMMAND, *program], environ, data_dir / f"{program[0]}.log"))
        server = LiveServer(f"http://127.0.0.1:{port}", environ)
        wait_until_it_answers(server.url, data_dir / "serve.log")
        yield server


@contextmanager
def running(command: list[str], environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs during the block and is ended after it by SIGTERM."""
    with log.open("wb") as output, subprocess.Popen(command, env=environ, stdout=output, stderr=output) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def wait_until_it_answers(url: str, log: Path, seconds: float = 300) -> None:
    """Return once the address answers anything; raise with the log if it does not in time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(url, timeout=60).close()
            return
        except HTTPError as answer:
            answer.close()
            return
        except (URLError, ConnectionError, TimeoutError):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{url} does not answer:\n{log.read_text()}") from None
            time.sleep(0.05)


def wait_until_it_says(text: str, log: Path, times: int = 1, seconds: float = 120) -> None:
    """Return once the log has this text so often; raise with the log if it has not in time."""
    deadline = time.monotonic() + seconds
    while log.read_text().count(text) < times:
        if time.monotonic() > deadline:
            raise RuntimeError(f"nobody says {text!r}:\n{log.read_text()}")
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
