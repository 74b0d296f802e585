"""How fast the tally is, compared with a loop in C, plain dictionaries, published libraries and reading alone.

Everything is measured in one run on the same ballots, and the limits are ratios. Times are CPU times of one thread,
since wall-clock times depend on other load of the machine; the results in JSON have both.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from ctypes import CDLL, c_int64, c_void_p
from dataclasses import fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.ballots import CELLS, IDEAS, Ballots, cell_names, invent
from bench.boards import rank_board
from bench.database import make_database
from bench.plain import count_plainly
from bench.timing import Line, Times, in_turns, machine, write
from ruhrvote.tally.cells import Cells, count_cells
from ruhrvote.tally.counting import CountsByCell
from ruhrvote.tally.tally import count
from ruhrvote.tally.weak_order import NOT_JUDGED, TIERS_PER_ANSWER, levels

HERE = Path(__file__).parent
PEERS = HERE.parent / ".venv-bench" / "bin" / "python"
TALLY = [field.name for field in fields(CountsByCell)]


def compile_c(folder: Path) -> CDLL:
    """Compile the loop in C as a shared library and load it."""
    target = folder / "recount.so"
    flags = ["-O3", "-march=native", "-shared", "-fPIC", f"-DIDEAS={IDEAS}", f"-DTIERS_PER_ANSWER={TIERS_PER_ANSWER}"]
    subprocess.run(["gcc", *flags, "-o", str(target), str(HERE / "recount.c")], check=True)  # noqa: S603, S607
    return CDLL(str(target))


def count_in_c(library: CDLL, ballots: Ballots) -> dict[str, npt.NDArray[np.int32]]:
    """The seven counts of a tally in each cell, in the same form as `count_cells`."""
    m = IDEAS
    shapes = ((), (m,), (m, m), (m, m), (m, m + 1), (m, m), (m, 4))
    counts = {name: np.zeros((CELLS, *shape), dtype=np.int32) for name, shape in zip(TALLY, shapes, strict=True)}
    given = [c_void_p(array.ctypes.data) for array in (ballots.levels, ballots.cell)]
    made = [c_void_p(array.ctypes.data) for array in counts.values()]
    if library.recount(*given, c_int64(len(ballots)), c_int64(CELLS), *made):
        raise MemoryError("no memory for the loop in C")
    return counts


def measure_recount(folder: Path, ballots: Ballots, repetitions: int) -> dict[str, Times]:
    """The full recount, by the product and in C, after comparing their results."""
    library = compile_c(folder)
    ours, in_c = count_cells(ballots.levels, ballots.cell, CELLS), count_in_c(library, ballots)
    for name in TALLY:
        if not np.array_equal(getattr(ours.counts, name), in_c[name]):
            raise AssertionError(f"the two recounts differ in {name}")
    return in_turns(
        repetitions,
        {
            "recount": lambda: count_cells(ballots.levels, ballots.cell, CELLS),
            "recount in C": lambda: count_in_c(library, ballots),
        },
    )


def measure_plain(ballots: Ballots, part: int) -> dict[str, Times]:
    """Counting with plain dictionaries on the first `part` ballots, scaled to all."""
    given, cells = ballots.levels[:part].tolist(), ballots.cell[:part].tolist()
    times = in_turns(2, {"recount with dictionaries": lambda: count_plainly(given, cells)})
    for taken in times.values():
        taken.cpu = [seconds * len(ballots) / part for seconds in taken.cpu]
        taken.wall = [seconds * len(ballots) / part for seconds in taken.wall]
    return times


def measure_peers(folder: Path, ballots: Ballots, sizes: list[int]) -> dict[str, object]:
    """Published libraries on samples of these sizes, each in a process of its own, and the product on the same."""
    found: dict[str, object] = {}
    # The libraries refuse empty ballots.
    judging = ballots.levels[(ballots.levels != NOT_JUDGED).any(axis=1)]
    for size in sizes:
        file = folder / "levels.npy"
        np.save(file, judging[:size])
        done = subprocess.run(  # noqa: S603
            [str(PEERS), str(HERE / "peers.py"), str(file)], check=True, capture_output=True, text=True
        )
        ours = in_turns(5, {"ours": lambda size=size: count(judging[:size])})["ours"]
        found[str(size)] = {**json.loads(done.stdout.splitlines()[-1]), "ours": ours.best / size}
    return found


def measure_restart(folder: Path, repetitions: int) -> dict[str, dict[str, object]]:
    """New processes that read the database: two that only read, and one that makes all boards."""
    found: dict[str, dict[str, object]] = {}
    for _ in range(repetitions):
        for mode in ("joined", "rows", "boards"):
            command = [sys.executable, "-m", "bench.restart", mode, str(folder)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
            run = json.loads(done.stdout)
            run["work"] = sum(run["cpu"].get(step, 0.0) for step in ("read", "count", "rank"))
            run["whole"] = sum(run["cpu"].values())
            best = found.setdefault(mode, run | {"runs": []})
            best["runs"].append(run)
            for key in ("work", "whole"):
                best[key] = min(best[key], run[key])
            best["megabytes"] = max(best["megabytes"], run["megabytes"])
    return found


def measure_change(ballots: Ballots, cells: Cells, repetitions: int) -> dict[str, Times]:
    """One changed ballot: read both versions, update the tallies, and rank their boards again."""
    names = [name.split("/") for name in cell_names()]
    own = names[ballots.cell[0]]
    group = cells.sum([number for number, name in enumerate(names) if name[0] == own[0]])
    chamber = cells.sum([number for number, name in enumerate(names) if name[1] == own[1]])
    municipality = cells.sum([number for number, name in enumerate(names) if name[2] == own[2]])
    everything = cells.total()
    old, new = ballots.rankings()[0], ballots.rankings()[1]

    def change(*tallies: object) -> None:
        came, went = count(levels([new], IDEAS)), count(levels([old], IDEAS))
        for tally in tallies:
            rank_board(tally + came - went)

    return in_turns(
        repetitions,
        {
            "changed ballot, all and group": lambda: change(everything, group),
            "changed ballot, all, group, chamber, municipality": lambda: change(
                everything, group, chamber, municipality
            ),
        },
        inner=20,
    )


def main() -> int:
    """Measure, print the table, write the file; the exit code is 0 also when a limit is missed."""
    parser = argparse.ArgumentParser(prog="bin/bench tally", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the ballots, and no file: to see that everything works"
    )
    quick = parser.parse_args().quick
    number = 40_000 if quick else 400_000
    print(f"Inventing {number:,} ballots")
    ballots = invent(number)
    found: dict[str, object] = {
        "machine": machine(),
        "ballots": {
            "number": number, "ideas": IDEAS, "cells": CELLS, "judged": ballots.judged(), "tied": ballots.tied()
        },
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print("Counting them, also in C and with plain dictionaries")
        times = measure_recount(folder, ballots, 5 if quick else 15)
        times |= measure_plain(ballots, 1000 if quick else 4000)
        cells = count_cells(ballots.levels, ballots.cell, CELLS)
        times |= measure_change(ballots, cells, 10)
        print("Counting some with published libraries")
        found["peers"] = peers = measure_peers(folder, ballots, [500] if quick else [1000, 16_000])
        print("Filling a database, and starting processes that read it")
        make_database(folder, ballots)
        found["restart"] = restart = measure_restart(folder, 2 if quick else 5)
    found["times"] = {what: taken.summary() for what, taken in times.items()}
    lines = judge(number, times, peers, restart)
    show(times, peers, restart, lines)
    if quick:
        print("\nThe limits are meant for 400,000 ballots; fixed costs make a quick run miss some.")
    else:
        write(HERE / "results" / "tally.json", found, lines)
    return 0


def judge(number: int, times: Mapping[str, Times], peers: Mapping, restart: Mapping) -> list[Line]:
    """Every limit, met or missed."""
    ours = times["recount"].best
    lines = [
        Line("Full recount, to the loop in C", ours / times["recount in C"].best, 10, at_most=True),
        Line("  the same, stretch", ours / times["recount in C"].best, 5, at_most=True),
        Line("Plain dictionaries (scaled), to the full recount", times["recount with dictionaries"].best / ours, 300,
             at_most=False),
    ]  # fmt: skip
    # Only the largest size has a limit: for few ballots our fixed costs dominate, and both are fast enough.
    size, peer = max(peers.items(), key=lambda item: int(item[0]))
    for library, what in (("pref_voting", "building of a profile"), ("votekit", "pairwise graph")):
        seconds = peer["seconds_per_ballot"][library]
        title = f"{library} {peer['versions'][library]}, {what}, a ballot of {int(size):,}, to"
        lines.append(Line(f"{title} ours of {number:,}", seconds / (ours / number), 1000, at_most=False))
        lines.append(Line("  stricter: to ours on the same ballots", seconds / peer["ours"], 1000, at_most=False))
    boards, rows, joined = (restart[mode] for mode in ("boards", "rows", "joined"))
    lines += [
        Line("Restart: read, count, rank all; to bare reading, row by row", boards["work"] / rows["work"], 2,
             at_most=True),
        Line("  stricter: to the product's own faster reading alone", boards["work"] / joined["work"], 2,
             at_most=True),
        Line("  with the start of Python and all imports, on both sides", boards["whole"] / rows["whole"], 2,
             at_most=True),
        Line("  memory of the whole process", boards["megabytes"], 300, at_most=True, unit="MB"),
    ]  # fmt: skip
    for scope in ("all and group", "all, group, chamber, municipality"):
        share = 100 * times[f"changed ballot, {scope}"].best / ours
        lines.append(Line(f"Changed ballot, boards of {scope}", share, 1, at_most=True, unit="%"))
    return lines


def show(times: Mapping[str, Times], peers: Mapping, restart: Mapping, lines: list[Line]) -> None:
    """Print the times and the table of limits."""
    print(f"\n{'CPU time, ms':<52} {'least':>10} {'median':>10}")
    for what, taken in times.items():
        summary = taken.summary()
        print(f"{what:<52} {1000 * summary['cpu_min']:>10.2f} {1000 * summary['cpu_median']:>10.2f}")
    for mode, run in restart.items():
        print(f"restart, {mode:<43} {1000 * run['work']:>10.2f}   (whole process {1000 * run['whole']:.0f})")
    for size, peer in peers.items():
        each = {**peer["seconds_per_ballot"], "ours": peer["ours"]}
        print(f"µs per ballot on {size}: " + ", ".join(f"{who} {1e6 * took:.2f}" for who, took in each.items()))
    print()
    for line in lines:
        print(line)


if __name__ == "__main__":
    sys.exit(main())
