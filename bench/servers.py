"""The servers that benchmarks start: RuhrVote as by `ruhrvote serve`, and those for comparison."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.electorate import SECRET_KEY

HERE = Path(__file__).parent
COMMAND = str(Path(sys.executable).with_name("ruhrvote"))


def environment(folder: Path, url: str = "") -> dict[str, str]:
    """The environment variables of a server with this data folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RUHRVOTE_")}
    given = {"RUHRVOTE_DATA_DIR": str(folder), "RUHRVOTE_SECRET_KEY": SECRET_KEY, "PYTHONPATH": str(HERE.parent)}
    database = url or f"sqlite:///{folder / 'bench.sqlite3'}"
    return own | given | {"RUHRVOTE_DATABASE_URL": database}


@contextmanager
def running(command: list[str], environ: dict[str, str] | None = None) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs during the block and is ended after it."""
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def product(folder: Path, url: str = "") -> Iterator[int]:
    """RuhrVote on a free port, as `ruhrvote serve` runs it."""
    port = free_port()
    for left in (folder / "processes").glob("*.sock"):
        left.unlink()  # sockets of an earlier server that is still ending
    with running([COMMAND, "serve", "--port", str(port)], environment(folder, url)):
        wait_for(port)
        while len(web_processes(folder)) < 2:
            time.sleep(0.1)
        yield port


@contextmanager
def hello(folder: Path) -> Iterator[int]:
    """A minimal Flask application on the same server with the same settings."""
    port = free_port()
    program = [sys.executable, "-m", "gunicorn", "-c", str(HERE / "hello.py"), "--bind", f"127.0.0.1:{port}"]
    with running([*program, "bench.hello:app"], environment(folder)):
        wait_for(port)
        yield port


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, seconds: float = 60) -> None:
    """Return once somebody listens there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def web_processes(folder: Path) -> list[int]:
    """The process numbers of the web processes with this data folder."""
    return sorted(int(path.stem) for path in (folder / "processes").glob("*.sock"))


def memory(processes: list[int]) -> float:
    """The resident memory of these processes in KB; shared pages count for each process."""
    total = 0
    for process in processes:
        status = Path(f"/proc/{process}/status").read_text()
        (line,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
        total += int(line.split()[1])
    return float(total)


def cpu_seconds(processes: list[int]) -> float:
    """The CPU time that these processes have used so far."""
    ticks = 0
    for process in processes:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")
