"""How long published libraries take for the same ballots; runs in .venv-bench, without RuhrVote.

    python peers.py LEVELS.npy     an array of levels (ballots, ideas), 255 for not judged

prints as JSON, for each library, the CPU seconds per ballot.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from pref_voting.profiles_with_ties import ProfileWithTies
from votekit.ballot import RankBallot
from votekit.graphs import PairwiseComparisonGraph
from votekit.pref_profile import RankProfile

NOT_JUDGED = 255


def best(times: int, work: Callable[..., object], fresh: Callable[[], object]) -> float:
    """The shortest CPU time of several runs, each on a fresh object, since some libraries cache results."""
    taken = []
    for _ in range(times):
        given = fresh()
        since = time.process_time()
        work(given)
        taken.append(time.process_time() - since)
    return min(taken)


def ranks(level: list[int]) -> dict[int, int]:
    """A ballot for pref_voting: the rank of each candidate."""
    return {idea: rank + 1 for idea, rank in enumerate(level) if rank != NOT_JUDGED}


def tiers(level: list[int]) -> list[set[str]]:
    """A ballot for votekit: sets of candidates, best first."""
    found = defaultdict(set)
    for idea, rank in enumerate(level):
        if rank != NOT_JUDGED:
            found[rank].add(f"idea {idea}")
    return [found[rank] for rank in sorted(found)]


def profile_of(levels: list[list[int]]) -> RankProfile:
    """The ballots as a profile of votekit."""
    ballots = tuple(RankBallot(ranking=tiers(level)) for level in levels)
    return RankProfile(ballots=ballots, max_ranking_length=len(levels[0]))


def main() -> None:
    """Measure both libraries on the ballots of the file, repeatedly if they are few."""
    levels = np.load(sys.argv[1]).tolist()
    times = 3 if len(levels) <= 4000 else 1
    candidates = range(len(levels[0]))
    built = best(
        times,
        lambda given: ProfileWithTies(given, candidates=candidates),
        fresh=lambda: [ranks(level) for level in levels],
    )
    PairwiseComparisonGraph(profile_of(levels[:10]))  # just-in-time compilation happens at the first use
    graph = best(times, PairwiseComparisonGraph, fresh=lambda: profile_of(levels))
    versions = {name: importlib.metadata.version(name) for name in ("pref_voting", "votekit")}
    seconds = {"pref_voting": built / len(levels), "votekit": graph / len(levels)}
    print(json.dumps({"ballots": len(levels), "versions": versions, "seconds_per_ballot": seconds}))


if __name__ == "__main__":
    main()
