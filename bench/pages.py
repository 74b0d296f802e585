"""Requests per second of the board's pages, beside a one-line Flask application on the same server; needs wrk."""

from __future__ import annotations

import re
import subprocess
import urllib.request
from pathlib import Path

from bench.electorate import BOARD, Voter
from bench.servers import hello, product

CONNECTIONS = 32
RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
FAULTS = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: .*")


def measure_pages(folder: Path, voter: Voter, seconds: int, turns: int) -> dict[str, list[float]]:
    """Requests per second of each kind of page, measured `turns` times, taking turns."""
    with hello(folder) as other, product(folder) as own:
        board = f"http://127.0.0.1:{own}{BOARD}"
        with urllib.request.urlopen(board) as answer:
            tag, cookie = answer.headers["ETag"], answer.headers["Set-Cookie"]
        if cookie:
            raise AssertionError("the public page of a board sets a cookie")
        asked = {
            "one-line Flask": [f"http://127.0.0.1:{other}/"],
            "board, public": [board],
            "board, public, 304": [board, "-H", f"If-None-Match: {tag}"],
            "board, logged in": [board, "-H", f"Cookie: {voter.cookie}"],
        }
        rates: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(turns):
            for name, arguments in asked.items():
                rates[name].append(_rate(arguments, seconds))
    return rates


def _rate(arguments: list[str], seconds: int) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "20s", *arguments]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603
    found, faults = RATE.search(said), FAULTS.search(said)
    if found is None or faults is not None:
        raise AssertionError(f"{' '.join(command)} says:\n{said}")
    return float(found.group(1))
