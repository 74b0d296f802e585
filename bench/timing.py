"""Timing several implementations of the same work, and comparing ratios with limits."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np


@dataclass
class Times:
    """The times of repeated runs of one piece of work, in seconds of CPU and wall-clock time."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """The shortest CPU time, which is least disturbed by other load."""
        return min(self.cpu)

    def add(self, cpu: float, wall: float) -> None:
        self.cpu.append(cpu)
        self.wall.append(wall)

    def summary(self) -> dict[str, float]:
        """The figures for the file of results."""
        return {
            "repetitions": len(self.cpu),
            "cpu_min": self.best,
            "cpu_median": statistics.median(self.cpu),
            "wall_min": min(self.wall),
            "wall_median": statistics.median(self.wall),
        }


def in_turns(repetitions: int, works: Mapping[str, Callable[[], object]], inner: int = 1) -> dict[str, Times]:
    """Time each work `repetitions` times, taking turns, so that other load of the machine affects all alike.

    inner: each time is the mean of so many runs in a row, for work that takes microseconds.
    """
    times = {name: Times() for name in works}
    for _ in range(repetitions):
        for name, work in works.items():
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(inner):
                work()
            times[name].add((time.process_time() - cpu) / inner, (time.perf_counter() - wall) / inner)
    return times


@dataclass(frozen=True)
class Line:
    """A ratio with its limit: an upper one if `at_most`, else a lower one."""

    what: str
    ratio: float
    limit: float
    at_most: bool
    unit: str = "×"

    @property
    def met(self) -> bool:
        """Whether the limit is kept."""
        return self.ratio <= self.limit if self.at_most else self.ratio >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.at_most else "≥"
        verdict = "met" if self.met else "MISSED"
        return f"{self.what:<84} {_number(self.ratio):>8} {sign} {_number(self.limit):>6} {self.unit:<3} {verdict}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def machine() -> dict[str, object]:
    """The properties of the machine on which the figures depend."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load_average_at_start": os.getloadavg()[0],
    }


def write(path: Path, found: Mapping[str, object], lines: list[Line]) -> None:
    """Write the results as JSON."""
    path.parent.mkdir(exist_ok=True)
    verdicts = [
        {"what": line.what, "ratio": line.ratio, "limit": line.limit, "at_most": line.at_most, "met": line.met}
        for line in lines
    ]
    path.write_text(json.dumps({**found, "targets": verdicts}, indent=2) + "\n")
