"""Bootstrap intervals of scores and ranks, after the close only: how far they depend on single ballots.

They take seconds for many ballots, so they are computed in the background; pages are complete without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ruhrvote.consultations.models import Consultation, Weighting
from ruhrvote.leaderboards.gate import Figures, ballots_behind
from ruhrvote.services import services
from ruhrvote.tally.robustness import bootstrap
from ruhrvote.tally.weak_order import Levels
from ruhrvote.threads import Computation, Computations

SEED = 40  # of the random draws: every process and every recount gives the same intervals
MOST_DRAWS, FEWEST_DRAWS = 1000, 200
DRAWN_AT_MOST = 20_000_000  # draws × ballots: more ballots need fewer draws, as the intervals are narrow


@dataclass(frozen=True)
class Interval:
    """The middle 95 % of the draws of an idea's score (0 to 100) and of its rank among all ranked ideas.

    alike: the positions of the ranked ideas that cannot be told apart from it.
    """

    score_low: float
    score_high: float
    rank_best: int
    rank_worst: int
    alike: frozenset[int] = frozenset()


Intervals = Mapping[int, Interval]  # by the position of the idea


def find_intervals(
    consultation: Consultation, shown: Figures, group: str, ranked: npt.NDArray[np.bool_]
) -> Computation[Intervals] | None:
    """The computation of the intervals over all ballots, or those of one group; started by the first call.

    None where the gate gives no ballots. ranked: which ideas take a rank, by position. The result depends on nothing
    but these and the ballots.
    """

    def begin() -> Callable[[], Intervals] | None:
        ballots = ballots_behind(consultation, shown, group)
        if ballots is None:
            return None
        several = not group and consultation.weighting == Weighting.EQUAL_GROUPS
        return partial(compute_intervals, ballots, dict.fromkeys(ballots, 1) if several else None, ranked)

    return services().of(Computations).get(consultation.id, f"intervals {group}", shown.seq, begin)


def compute_intervals(
    ballots: Mapping[str, Levels], voice: Mapping[str, int] | None, ranked: Sequence[bool] | npt.NDArray[np.bool_]
) -> Intervals:
    """The intervals of the ranked ideas, from ballots and voices by group as in `tally.robustness.bootstrap`."""
    taken = np.asarray(ranked, dtype=bool)
    draws = draws_from(sum(len(level) for level in ballots.values()))
    found = bootstrap(ballots, voice, draws=draws, seed=SEED, ranked=taken)
    positions = [int(i) for i in np.flatnonzero(taken)]
    return {
        i: Interval(
            float(found.score_low[i]),
            float(found.score_high[i]),
            int(found.rank_best[i]),
            int(found.rank_worst[i]),
            frozenset(j for j in positions if j != i and not found.told_apart(i, j)),
        )
        for i in positions
    }


def draws_from(ballots: int) -> int:
    """How many bootstrap draws to make from so many ballots."""
    return max(FEWEST_DRAWS, min(MOST_DRAWS, DRAWN_AT_MOST // max(1, ballots)))
