"""Computing delays from the records of voters and watchers: how long until a ballot was on every screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

# The record of bench/watchers.c: time in ns, number of the watcher, and last ledger entry that the board counts.
RECORD = np.dtype([("ns", "<u8"), ("watcher", "<u4"), ("seq", "<u4")])

Floats = npt.NDArray[np.float64]


def read_records(path: Path) -> npt.NDArray[np.void]:
    """The records in a file, sorted by watcher and time."""
    records = np.fromfile(path, dtype=RECORD)
    return records[np.lexsort((records["ns"], records["watcher"]))]


def seen_at(records: npt.NDArray[np.void], watchers: int, seqs: npt.NDArray[np.int64]) -> Floats:
    """When (ns) each watcher first had a board that counts each of these entries; infinite if never.

    Shape (watchers, entries).
    """
    bounds = np.searchsorted(records["watcher"], np.arange(watchers + 1))
    seen = np.full((watchers, len(seqs)), np.inf)
    for watcher in range(watchers):
        part = records[bounds[watcher] : bounds[watcher + 1]]
        # Boards of a watcher count ever later entries, so the first that counts an entry is found by bisection.
        first = np.searchsorted(np.maximum.accumulate(part["seq"]), seqs) if len(part) else np.zeros(len(seqs), int)
        there = first < len(part)
        seen[watcher, there] = part["ns"][first[there]]
    return seen


def percentiles(nanoseconds: npt.ArrayLike) -> dict[str, float]:
    """p50, p99 and the most, in milliseconds."""
    values = np.asarray(nanoseconds, dtype=float) / 1e6
    return {
        name: float(np.percentile(values, p, method="higher")) for name, p in (("p50", 50), ("p99", 99), ("max", 100))
    }
