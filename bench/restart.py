"""One start of a process that reads a database of ballots and measures its own time; started by bench/tally.py.

    python -m bench.restart boards FOLDER   the product: read, count every cell, rank every board
    python -m bench.restart joined FOLDER   only read, as the product does: rankings joined by the database
    python -m bench.restart rows FOLDER     only read, row by row through Python's driver

prints as JSON how long each step took, in seconds of wall-clock and CPU time, and the peak memory in MB.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.ballots import IDEAS
from ruhrvote.tally.weak_order import Levels, levels

CURRENT = """
  FROM ballot_version AS version
  WHERE consultation_id = 1 AND ranking != '' AND seq > ? AND seq <= ? AND NOT EXISTS (
    SELECT 1 FROM ballot_version AS newer
    WHERE newer.ballot_id = version.ballot_id AND newer.version > version.version AND newer.seq <= ?)
"""
AT_A_TIME = 50_000

Arrays = tuple[Levels, npt.NDArray[np.int64]]


class Steps:
    """Measures the time of each step since the process started."""

    def __init__(self) -> None:
        self.wall: dict[str, float] = {}
        self.cpu: dict[str, float] = {}
        self._since = time.perf_counter(), time.process_time()

    def done(self, step: str) -> None:
        now = time.perf_counter(), time.process_time()
        self.wall[step], self.cpu[step] = now[0] - self._since[0], now[1] - self._since[1]
        self._since = now


def read_joined(connection: sqlite3.Connection, head: int) -> Arrays:
    """Levels and cell numbers of all ballots that count, read as texts that the database concatenates."""
    numbers: dict[str, int] = {}
    level_parts, cell_parts = [], []
    query = "SELECT group_concat(ranking, ''), group_concat(cell, ' ')" + CURRENT
    for start in range(0, head, AT_A_TIME):
        rankings, cells = connection.execute(query, (start, start + AT_A_TIME, head)).fetchone()
        level_parts.append(levels([rankings], len(rankings) // 2).reshape(-1, IDEAS))
        cell_parts.append(_numbers(cells.split(), numbers))
    return np.concatenate(level_parts), np.concatenate(cell_parts)


def read_rows(connection: sqlite3.Connection, head: int) -> Arrays:
    """The same, read row by row."""
    rows = connection.execute("SELECT cell, ranking" + CURRENT, (0, head, head)).fetchall()
    cells, rankings = zip(*rows, strict=True)
    return levels(rankings, IDEAS), _numbers(cells, {})


def _numbers(cells: list[str] | tuple[str, ...], numbers: dict[str, int]) -> npt.NDArray[np.int64]:
    for name in dict.fromkeys(cells):
        numbers.setdefault(name, len(numbers))
    return np.fromiter(map(numbers.__getitem__, cells), dtype=np.int64, count=len(cells))


def only_read(folder: Path, joined: bool, steps: Steps) -> int:
    """Only read the ballots into arrays; return their number."""
    connection = sqlite3.connect(folder / "bench.sqlite3")
    (head,) = connection.execute("SELECT max(seq) FROM ledger_entry WHERE consultation_id = 1").fetchone()
    level, cell = (read_joined if joined else read_rows)(connection, head)
    steps.done("read")
    assert len(level) == len(cell)
    return len(level)


def make_boards(folder: Path, steps: Steps) -> int:
    """Make all boards with the product's code; return the number of ballots."""
    from bench.boards import rank_all
    from bench.database import settings_for
    from ruhrvote.app import create_app
    from ruhrvote.leaderboards.current_ballots import current_ballots
    from ruhrvote.ledger.queries import head_of
    from ruhrvote.tally.cells import count_cells

    app = create_app(settings_for(folder))
    with app.app_context():
        steps.done("imports")
        ballots = current_ballots(1, IDEAS, head_of(1)[0])
        steps.done("read")
        cells = count_cells(ballots.levels, ballots.cell, len(ballots.cells))
        steps.done("count")
        boards = rank_all(cells, ballots.cells)
        steps.done("rank")
        assert len(boards) > 1
        return len(ballots.levels)


def largest_memory() -> float:
    """The peak memory of this process in MB; not from getrusage, which may report that of the process before exec."""
    status = Path("/proc/self/status").read_text()
    (peak,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) / 1024


def main() -> None:
    """Run with the command line's arguments and print the times."""
    steps = Steps()
    steps.cpu["start"], steps.wall["start"] = time.process_time(), 0.0
    mode, folder = sys.argv[1], Path(sys.argv[2])
    number = make_boards(folder, steps) if mode == "boards" else only_read(folder, mode == "joined", steps)
    print(json.dumps({"ballots": number, "wall": steps.wall, "cpu": steps.cpu, "megabytes": largest_memory()}))


if __name__ == "__main__":
    main()
