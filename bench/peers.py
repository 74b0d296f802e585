"""What published libraries take for the same ballots; runs in .venv-bench, without RuhrVote.

    python peers.py LEVELS.npy     an array of levels (ballots, ideas), 255 for not judged

Says in JSON, for each library, the seconds of CPU per ballot.
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
    """The shortest CPU time of several, each on something fresh: some libraries keep what they have computed."""
    taken = []
    for _ in range(times):
        given = fresh()
        since = time.process_time()
        work(given)
        taken.append(time.process_time() - since)
    return min(taken)


def ranks(level: list[int]) -> dict[int, int]:
    """A ballot as pref_voting wants it: the rank of each candidate."""
    return {idea: rank + 1 for idea, rank in enumerate(level) if rank != NOT_JUDGED}


def tiers(level: list[int]) -> list[set[str]]:
    """A ballot as votekit wants it: sets of candidates, best first."""
    found = defaultdict(set)
    for idea, rank in enumerate(level):
        if rank != NOT_JUDGED:
            found[rank].add(f"idea {idea}")
    return [found[rank] for rank in sorted(found)]


def profile_of(levels: list[list[int]]) -> RankProfile:
    """The ballots as votekit's profile."""
    ballots = tuple(RankBallot(ranking=tiers(level)) for level in levels)
    return RankProfile(ballots=ballots, max_ranking_length=len(levels[0]))


def main() -> None:
    """Measure both on the ballots of the file, more than once if they are few."""
    levels = np.load(sys.argv[1]).tolist()
    times = 3 if len(levels) <= 4000 else 1
    candidates = range(len(levels[0]))
    built = best(
        times,
        lambda given: ProfileWithTies(given, candidates=candidates),
        fresh=lambda: [ranks(level) for level in levels],
    )
    PairwiseComparisonGraph(profile_of(levels[:10]))  # compiles what is compiled at first use
    graph = best(times, PairwiseComparisonGraph, fresh=lambda: profile_of(levels))
    versions = {name: importlib.metadata.version(name) for name in ("pref_voting", "votekit")}
    seconds = {"pref_voting": built / len(levels), "votekit": graph / len(levels)}
    print(json.dumps({"ballots": len(levels), "versions": versions, "seconds_per_ballot": seconds}))


if __name__ == "__main__":
    main()
