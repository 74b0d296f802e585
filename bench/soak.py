"""Whether memory grows: web processes with open streams while tens of thousands of ballots are submitted.

All voters submit again and again, so the database grows while the number of counted ballots stays the same. The slope
is fitted over the last two thirds of the samples; before, caches fill.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from bench.electorate import Voter, make_electorate
from bench.servers import memory, product, web_processes
from bench.timing import Line, machine, write
from bench.voting import submit
from bench.watching import compile_watchers, watchers

RESULTS = Path(__file__).parent / "results" / "soak.json"
VOTERS = 1_000
SIDE_BY_SIDE = 8
SAMPLES = 60
BYTES_A_BALLOT = 50  # in both processes together: less than the smallest object that could leak per ballot
BYTES_WHILE_WARMING = 4_000  # in a quick run, while caches still fill: less than one tally or rendering per ballot


async def submit_all(port: int, voters: list[Voter], version: int, refused: list[int]) -> None:
    """Let all voters submit on top of this version, several at a time."""
    waiting = list(voters)

    async def one_after_the_other() -> None:
        while waiting:
            _, status, *_ = await submit(port, waiting.pop(), version)
            if status != 303:
                refused.append(status)

    await asyncio.gather(*(one_after_the_other() for _ in range(SIDE_BY_SIDE)))


def rounds(voters: list[Voter], ballots: int) -> Iterator[tuple[list[Voter], int]]:
    """For each sample, the voters to submit next and the version that they have."""
    part = ballots // SAMPLES
    for start in range(0, part * SAMPLES, part):
        yield [voters[i % VOTERS] for i in range(start, start + part)], start // VOTERS


def main() -> int:
    """Measure, print, write the file; the exit code is 1 if memory grows."""
    parser = argparse.ArgumentParser(prog="bin/bench soak", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3,000 ballots and 100 streams, and no file")
    quick = parser.parse_args().quick
    ballots, streams = (3_000, 100) if quick else (30_000, 500)
    if (ballots // SAMPLES) > VOTERS or VOTERS % (ballots // SAMPLES):
        raise AssertionError("a part must not ask anybody twice, nor begin within a round")
    refused: list[int] = []
    kilobytes: list[float] = []
    found = {"machine": machine(), "ballots": ballots, "streams": streams}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rv")))
        voters, program = make_electorate(folder, VOTERS), compile_watchers(folder)
        port = stack.enter_context(product(folder))
        processes = web_processes(folder)
        stack.enter_context(watchers(program, port, streams, folder / "records"))
        for some, version in rounds(voters, ballots):
            asyncio.run(submit_all(port, some, version, refused))
            kilobytes.append(memory(processes))
            if len(kilobytes) % 10 == 0:
                done = len(kilobytes) * (ballots // SAMPLES)
                print(f"{done:>7,} ballots: {kilobytes[-1] / 1024:.1f} MB", flush=True)
        if web_processes(folder) != processes:
            raise AssertionError("a web process was replaced")
    if refused:
        raise AssertionError(f"{len(refused)} ballots were not accepted: {sorted(set(refused))}")
    settled = np.array(kilobytes[SAMPLES // 3 :])
    given = np.arange(len(settled)) * (ballots // SAMPLES)
    slope = 1024 * float(np.polyfit(given, settled, 1)[0])
    limit = BYTES_WHILE_WARMING if quick else BYTES_A_BALLOT
    lines = [
        Line(f"Memory for each ballot, {streams} streams, {ballots:,} ballots", slope, limit, at_most=True, unit="B")
    ]
    print(f"\n{lines[0]}\nLoad average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if not quick:
        write(RESULTS, {**found, "kilobytes": kilobytes, "bytes_a_ballot": slope}, lines)
    return 0 if lines[0].met else 1


if __name__ == "__main__":
    sys.exit(main())
