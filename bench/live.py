"""How fast boards reach their watchers, compared with limits and other servers, in one run on one machine.

Each server shares the machine's cores with its own load, so the limits are ratios; the load average is part of the
results. A limit that is missed is printed as missed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bench.electorate import make_electorate
from bench.pages import measure_pages
from bench.servers import environment
from bench.tailing import CONTROL
from bench.timing import Line, machine, write
from bench.watching import compile_watchers, measure_fan_out, measure_polling, measure_streams
from ruhrvote.leaderboards.stream import UPDATE_AT_MOST_EVERY
from tests.postgres import postgres_server

RESULTS = Path(__file__).parent / "results" / "live.json"
GAP = 1000 * UPDATE_AT_MOST_EVERY  # ms
PER_SECOND = 50  # ballots
WRITERS = 8


@dataclass(frozen=True)
class Size:
    """The sizes of a run."""

    seconds: int  # of measuring each page
    turns: int
    few: int  # watchers
    many: int
    ballots: int  # while they watch
    changes: int  # single ballots, far apart
    submitted: int  # ballots by the submit action alone
    tailed: int  # ballots by many writers


FULL = Size(seconds=3, turns=3, few=2_000, many=10_000, ballots=1_000, changes=10, submitted=1_000, tailed=50_000)
QUICK = Size(seconds=2, turns=1, few=200, many=1_000, ballots=200, changes=3, submitted=200, tailed=2_000)


def main() -> int:
    """Measure, print the table, write the file; the exit code is 0 also when a limit is missed."""
    parser = argparse.ArgumentParser(prog="bin/bench live", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little of everything, and no file")
    parser.add_argument("--only", choices=list(PARTS), action="append", help="only this part, and no file")
    asked = parser.parse_args()
    size, parts = (QUICK if asked.quick else FULL), asked.only or list(PARTS)
    found: dict[str, Any] = {"machine": machine()}
    for name in parts:
        print(f"Measuring: {name} (load average {os.getloadavg()[0]:.1f})", flush=True)
        with tempfile.TemporaryDirectory(prefix="rv") as folder:
            found[name] = {"load_average_at_start": os.getloadavg()[0], **PARTS[name](Path(folder), size)}
        print(json.dumps(found[name], indent=1), flush=True)
    lines = judge(found)
    print()
    for line in lines:
        print(line)
    print(f"\nLoad average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if asked.quick or asked.only:
        print("The limits are meant for the full run.")
    else:
        write(RESULTS, found, lines)
    return 0


def pages(folder: Path, size: Size) -> dict[str, Any]:
    """Requests per second of each kind of page; the best of several turns counts, for all."""
    voters = make_electorate(folder, 100)
    rates = measure_pages(folder, voters[0], size.seconds, size.turns)
    return {"requests_per_second": {name: max(each) for name, each in rates.items()}, "turns": rates}


def streams(folder: Path, size: Size) -> dict[str, Any]:
    """Delays while ballots are submitted: for few and for many watchers with streams, and for few that poll."""
    program = compile_watchers(folder)
    make_electorate(folder, 3 * (size.ballots + 100))
    each = size.ballots + 50
    return {
        "few": measure_streams(folder, program, size.few, 0, size.ballots, PER_SECOND),
        "many": measure_streams(folder, program, size.many, each, size.ballots, PER_SECOND),
        "polling": measure_polling(folder, size.few, 2 * each, size.ballots, PER_SECOND),
    }


def streams_on_postgresql(folder: Path, size: Size) -> dict[str, Any]:
    """Delays for few watchers with streams on PostgreSQL."""
    program = compile_watchers(folder)
    with postgres_server(durable=True) as server:
        server.execute("CREATE DATABASE bench")
        url = server.url("bench")
        make_electorate(folder, size.ballots + 100, url)
        return {"few": measure_streams(folder, program, size.few, 0, size.ballots, PER_SECOND, url)}


def fan_out(folder: Path, size: Size) -> dict[str, Any]:
    """Delays of single changes for many watchers, and of the same bytes from the bare server."""
    program = compile_watchers(folder)
    make_electorate(folder, 200)
    return measure_fan_out(folder, program, size.many, 0, size.changes)


def submitting(folder: Path, size: Size) -> dict[str, Any]:
    """Ballots per second of the submit action, without and with 160 stored rows."""
    found: dict[str, Any] = {}
    with postgres_server(durable=True) as server:
        server.execute("CREATE DATABASE bench")
        for engine, url in (("SQLite", f"sqlite:///{folder / 'bench.sqlite3'}"), ("PostgreSQL", server.url("bench"))):
            make_electorate(folder, size.submitted, url)
            arguments = [str(folder), url, "0", str(size.submitted)]
            found[engine] = json.loads(_run("bench.submitting", *arguments, folder=folder))
    return found


def tailing(folder: Path, size: Size) -> dict[str, Any]:
    """Ballots by several writers, and how many the scoreboard and the control have missed."""
    share = size.tailed // WRITERS
    with postgres_server() as server:
        server.execute("CREATE DATABASE bench")
        url = server.url("bench")
        make_electorate(folder, size.tailed, url)
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(CONTROL)
        followers = [
            _start("bench.tailing", mode, str(folder), url, folder=folder, stdin=subprocess.PIPE)
            for mode in ("follow", "control")
        ]
        writers = [
            _start("bench.tailing", "write", str(folder), url, str(i * share), str(share), folder=folder)
            for i in range(WRITERS)
        ]
        failed = sum(writer.wait() != 0 for writer in writers)
        said = [json.loads(follower.communicate(b"end\n")[0]) for follower in followers]
    return {"writers": WRITERS, "writers_failed": failed, "scoreboard": said[0], "control": said[1]}


PARTS: dict[str, Callable[[Path, Size], dict[str, Any]]] = {
    "pages": pages,
    "streams": streams,
    "streams on PostgreSQL": streams_on_postgresql,
    "fan-out": fan_out,
    "submitting": submitting,
    "tailing": tailing,
}


def _start(module: str, *arguments: str, folder: Path, **more: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(command, env=environment(folder), stdout=subprocess.PIPE, **more)  # noqa: S603


def _run(module: str, *arguments: str, folder: Path) -> bytes:
    process = _start(module, *arguments, folder=folder)
    said, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"{module} ended with code {process.returncode}")
    return said


def judge(found: dict[str, Any]) -> list[Line]:
    """Every limit of the parts that were measured, met or missed."""
    lines: list[Line] = []
    if "pages" in found:
        rate = found["pages"]["requests_per_second"]
        for name, least in (("board, public", 85), ("board, public, 304", 90)):
            share = 100 * rate[name] / rate["one-line Flask"]
            lines.append(Line(f"Page of a {name}, to a one-line Flask page", share, least, at_most=False, unit="%"))
    if "streams" in found:
        few, many, polling = (found["streams"][name] for name in ("few", "many", "polling"))
        lines += _delays(few, GAP + 150, 20)
        lines += _delays(many, 1000, 50)
        memory = many["kilobytes_per_watcher"]
        lines.append(Line("  memory of the web processes, for each watcher", memory, 20, at_most=True, unit="KB"))
        third = polling["to_any_watcher"]["p99"] / 3
        lines.append(
            Line(f"{few['watchers']:,} streams, ballot to a watcher, p99; a third of polling's",
                 few["to_any_watcher"]["p99"], third, at_most=True, unit="ms")
        )  # fmt: skip
    if "streams on PostgreSQL" in found:
        lines += _delays(found["streams on PostgreSQL"]["few"], GAP + 150, 20, " (PostgreSQL)")
    if "fan-out" in found:
        ours, bare = found["fan-out"]["ours"], found["fan-out"]["bare"]
        for since, words in (("after_the_answer", "from the ballot's answer"), ("after_the_first_watcher",
                             "stricter: from the first watcher's bytes")):  # fmt: skip
            ratio = ours[since]["p99"] / bare[since]["p99"]
            lines.append(Line(f"Fan-out to a bare asyncio server, p99, {words}", ratio, 2.5, at_most=True))
    for engine in ("SQLite", "PostgreSQL") if "submitting" in found else ():
        rate = found["submitting"][engine]
        ratio = rate["alone"] / rate["with 160 stored rows"]
        lines.append(Line(f"Submit action to the same with 160 stored rows, {engine}", ratio, 2, at_most=False))
    if "tailing" in found:
        tail = found["tailing"]
        missed = 0 if tail["scoreboard"]["as_the_recount"] else 1
        lines.append(Line(f"{WRITERS} writers: boards that differ from a recount", missed, 0, at_most=True, unit=""))
        control = tail["control"]["missed"]
        lines.append(Line("  the control by `id > last` misses", control, 1, at_most=False, unit="rows"))
    return lines


def _delays(measured: dict[str, Any], to_screen: float, post: float, where: str = "") -> list[Line]:
    number = measured["watchers"]
    last, answer = measured["to_last_watcher"]["p99"], measured["post"]["p99"]
    return [
        Line(f"{number:,} watchers, {PER_SECOND} ballots/s{where}: ballot to the last screen, p99", last, to_screen,
             at_most=True, unit="ms"),
        Line("  POST, p99", answer, post, at_most=True, unit="ms"),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
