"""Thousands of watchers of a board while ballots are submitted: how long until a ballot is on every screen."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg

from bench.delays import Floats, percentiles, read_records, seen_at
from bench.electorate import BOARD
from bench.polling import ASK_EVERY
from bench.servers import cpu_seconds, environment, free_port, memory, product, running, wait_for, web_processes

HERE = Path(__file__).parent
SETTLE = 1.5  # seconds in which one change reaches all watchers
CATCH_UP = 6.0  # seconds in which a backlog of changes reaches all watchers
WARM = 200  # watchers that are connected before memory is first measured


def compile_watchers(folder: Path) -> Path:
    """Compile the watchers' program and return its path."""
    target = folder / "watchers"
    flags = ["-O2", "-Wall", "-Wextra"]
    subprocess.run(["gcc", *flags, "-o", str(target), str(HERE / "watchers.c")], check=True)  # noqa: S603, S607
    return target


@contextmanager
def watchers(program: Path, port: int, number: int, records: Path, path: str = f"{BOARD}/stream") -> Iterator[None]:
    """Run so many watchers of the board during the block; afterwards the file `records` has what they have read."""
    command = [str(program), str(port), str(number), path, str(records)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError("the watchers could not connect")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def vote(folder: Path, port: int, first: int, number: int, per_second: float) -> np.ndarray:
    """Let voters submit; return rows of organisation, HTTP status, and times sent and answered (ns)."""
    arguments = [str(folder), str(port), str(first), str(number), str(per_second)]
    command = [sys.executable, "-m", "bench.voting", *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment(folder))  # noqa: S603
    votes = np.array(json.loads(done.stdout), dtype=np.int64)
    refused = int((votes[:, 1] != 303).sum())
    if refused:
        raise AssertionError(f"{refused} of {number} ballots were not accepted")
    return votes


def entries_of(folder: Path, votes: np.ndarray, url: str = "") -> np.ndarray:
    """The sequence number of the ledger entry of each of these ballots."""
    query = "SELECT organisation_id, seq FROM ballot JOIN ballot_version ON ballot_id = ballot.id"
    if url:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            found = dict(connection.execute(query).fetchall())
    else:
        connection = sqlite3.connect(folder / "bench.sqlite3")
        found = dict(connection.execute(query).fetchall())
        connection.close()
    return np.array([found[organisation] for organisation in votes[:, 0]])


def summary(seen: Floats, votes: np.ndarray) -> dict[str, object]:
    """Percentiles in ms: delays from sending a ballot to the last watcher and to any, and of the answer."""
    if not np.isfinite(seen).all():
        raise AssertionError(f"{int((~np.isfinite(seen)).sum())} times a watcher never saw a ballot")
    return {
        "to_last_watcher": percentiles(seen.max(axis=0) - votes[:, 2]),
        "to_any_watcher": percentiles(seen - votes[:, 2]),
        "post": percentiles(votes[:, 3] - votes[:, 2]),
    }


def measure_streams(
    folder: Path, program: Path, number: int, first: int, ballots: int, per_second: float, url: str = ""
) -> dict[str, object]:
    """Delays with streams while ballots are submitted at this rate, and memory and CPU of the web processes."""
    with product(folder, url) as port:
        processes, warm, records = web_processes(folder), folder / "warm.records", folder / "records"
        with watchers(program, port, WARM, warm):
            vote(folder, port, first, 20, 10)
            time.sleep(SETTLE)
            before = memory(processes)
            with watchers(program, port, number, records):
                time.sleep(SETTLE)
                idle = memory(processes)
                used, begun = cpu_seconds(processes), time.monotonic()
                votes = vote(folder, port, first + 20, ballots, per_second)
                used, took = cpu_seconds(processes) - used, time.monotonic() - begun
                time.sleep(CATCH_UP)
                busy = memory(processes)
    found = read_records(records)
    seen = seen_at(found, number, entries_of(folder, votes, url))
    return {
        "watchers": number,
        "ballots": ballots,
        **summary(seen, votes),
        "updates_per_second": len(found) / number / took,
        "kilobytes_per_watcher": (idle - before) / number,
        "kilobytes_per_watcher_busy": (busy - before) / number,
        "cores_of_the_server": used / took,
    }


def measure_polling(folder: Path, number: int, first: int, ballots: int, per_second: float) -> dict[str, object]:
    """The same with watchers that poll every three seconds."""
    records = folder / "polled"
    with product(folder) as port:
        command = [sys.executable, "-m", "bench.polling", str(port), str(number), str(records)]
        environ, pipe = environment(folder), subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environ) as process:  # noqa: S603
            assert process.stdout is not None
            process.stdout.readline()
            processes = web_processes(folder)
            used, begun = cpu_seconds(processes), time.monotonic()
            votes = vote(folder, port, first, ballots, per_second)
            used, took = cpu_seconds(processes) - used, time.monotonic() - begun
            time.sleep(ASK_EVERY + SETTLE)
            process.communicate(timeout=60)
    seen = seen_at(read_records(records), number, entries_of(folder, votes))
    return {
        "watchers": number,
        **summary(seen, votes),
        "cores_of_the_server": used / took,
    }


def measure_fan_out(folder: Path, program: Path, number: int, first: int, changes: int) -> dict[str, object]:
    """How long after the answer to a single ballot the watchers have the board: from RuhrVote and the bare server."""
    found: dict[str, object] = {"watchers": number, "changes": changes}
    with product(folder) as port:
        with watchers(program, port, 1, folder / "one"):
            time.sleep(SETTLE)
        records = folder / "records"
        with watchers(program, port, number, records):
            votes = _one_by_one(folder, port, first, changes)
        seen = seen_at(read_records(records), number, entries_of(folder, votes))
        found["ours"] = _fan_out(seen, votes)
        bare, event, database = free_port(), folder / "event", folder / "bench.sqlite3"
        event.write_bytes(_event(port))
        command = [sys.executable, "-m", "bench.bare_server", str(bare), str(event), str(database)]
        with running(command, environment(folder)):
            wait_for(bare)
            with watchers(program, bare, number, records, "/"):
                votes = _one_by_one(folder, port, first + changes, changes)
        # The bare server always sends the same board, so events are assigned to changes by time.
        read = read_records(records)
        bounds = np.searchsorted(read["watcher"], np.arange(number + 1))
        times = [read["ns"][bounds[i] : bounds[i + 1]].astype(float) for i in range(number)]
        at = np.array([each[np.searchsorted(each, votes[:, 2])] for each in times])
        found["bare"] = _fan_out(at, votes)
    return found


def _one_by_one(folder: Path, port: int, first: int, changes: int) -> np.ndarray:
    """Submit ballots far apart, so that each causes an update of its own."""
    votes = []
    for number in range(changes):
        votes.append(vote(folder, port, first + number, 1, 1000))
        time.sleep(SETTLE)
    return np.concatenate(votes)


def _fan_out(seen: Floats, votes: np.ndarray) -> dict[str, object]:
    return {
        "after_the_answer": percentiles(seen - votes[:, 3]),
        "after_the_first_watcher": percentiles(seen - seen.min(axis=0)),
    }


def _event(port: int) -> bytes:
    """The first event of a stream."""
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(f"GET {BOARD}/stream HTTP/1.0\r\nAccept-Language: de\r\n\r\n".encode())
        data = b""
        while b"event: board\n" not in data or not data.endswith(b"\n\n"):
            data += connection.recv(1 << 16)
    return data[data.index(b"event: board\n") :]
