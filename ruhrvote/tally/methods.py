"""Voting methods on pairs: Borda, Condorcet, Copeland and Schulze, from counts alone, ties kept as ties.

Everything here is a function of two matrices of whole numbers, the `Pairs`. How a ballot is read that does not
place every idea is chosen once, when they are made. The formulas with examples are in docs/methodology.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.tally import Counts, PairCounts, Tally

Points = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.bool_]


class Unranked(StrEnum):
    """How a ballot is read that leaves ideas out: they are tied behind all others, or it says nothing about them."""

    LAST = "last"
    IGNORED = "ignore"


class Links(StrEnum):
    """What makes one pairwise victory stronger than another: the votes of the winner, or their surplus."""

    WINNING_VOTES = "winning-votes"
    MARGINS = "margins"


@dataclass(frozen=True, eq=False)
class Pairs:
    """preferred[i, j]: ballots with i strictly before j; compared[i, j]: ballots that say anything about the two.

    Both have the shape (ideas, ideas), whole numbers, 0 on the diagonal.
    """

    preferred: Counts
    compared: Counts


def pairs(tally: PairCounts, unranked: Unranked) -> Pairs:
    """The pairs of a tally, whole or restricted to some ideas, in one reading of what is not placed.

    Read as last, an idea that is placed is before every idea that is not, and two that are not placed are tied.
    """
    if unranked is Unranked.IGNORED:
        return Pairs(tally.above, tally.compared)
    off_diagonal = (~np.eye(tally.ideas, dtype=bool)).astype(tally.above.dtype)
    alone = (tally.placed[:, np.newaxis] - tally.compared) * off_diagonal
    return Pairs(tally.above + alone, off_diagonal * tally.ballots)


def borda_doubled(counted: Pairs) -> Counts:
    """Twice the Borda points of each idea, a whole number; shape (ideas,).

    A ballot gives an idea 1 point for each idea that it puts behind it and 1/2 for each tied with it: on a complete
    order m-1, m-2 … 0, ties at their average. Source: Borda, Mémoire sur les élections au scrutin, 1784.
    """
    points: Counts = (counted.compared + counted.preferred - counted.preferred.T).sum(axis=1)
    return points


def borda(counted: Pairs) -> Points:
    """The Borda points of each idea; shape (ideas,)."""
    return borda_doubled(counted).astype(np.float64) / 2


def mean_normalised_score(counted: Pairs, ballots: int) -> Points:
    """Borda points / (ballots · (m - 1)), 0 to 1; nan without ballots or with one idea. Shape (ideas,)."""
    points = borda_doubled(counted)
    most = 2 * ballots * (len(points) - 1)
    return np.array([int(own) / most if most else np.nan for own in points], dtype=np.float64)


def sole_first_places(tally: Tally) -> Counts:
    """Ballots that have each idea alone in the first tier; shape (ideas,)."""
    return tally.first[:, 1]


def condorcet_winner(counted: Pairs) -> int | None:
    """The idea that beats every other one, or None. Source: Condorcet, Essai, 1785."""
    beaten_by_it = (counted.preferred > counted.preferred.T).sum(axis=1)
    winners = np.flatnonzero(beaten_by_it == len(beaten_by_it) - 1)
    return int(winners[0]) if len(winners) else None


def copeland(counted: Pairs) -> Counts:
    """Victories less defeats of each idea in the pairwise comparisons; shape (ideas,).

    Source: Copeland, A "reasonable" social welfare function, seminar notes, University of Michigan, 1951.
    """
    beats = (counted.preferred > counted.preferred.T).astype(np.int64)
    return beats.sum(axis=1) - beats.sum(axis=0)


def copeland_half(counted: Pairs) -> Points:
    """Victories and half the draws of each idea in the pairwise comparisons; shape (ideas,)."""
    opponents = len(counted.preferred) - 1
    return (opponents + copeland(counted)) / 2


def link_strengths(counted: Pairs, links: Links) -> Counts:
    """The strength of each pairwise victory, 0 where i does not beat j; shape (ideas, ideas)."""
    surplus = counted.preferred - counted.preferred.T
    return np.where(surplus > 0, surplus if links is Links.MARGINS else counted.preferred, 0)


def schulze_strengths(counted: Pairs, links: Links = Links.WINNING_VOTES) -> Counts:
    """The strength of the strongest path from i to j over victories, 0 where there is none; shape (ideas, ideas).

    A path is as strong as its weakest link. Source: Schulze, A new monotonic, clone-independent, reversal symmetric,
    and Condorcet-consistent single-winner election method, Social Choice and Welfare 36, 2011.
    """
    strength = link_strengths(counted, links)
    for via in range(len(strength)):
        strength = np.maximum(strength, np.minimum(strength[:, via, np.newaxis], strength[via]))
    np.fill_diagonal(strength, 0)
    return strength


def schulze_levels(strengths: Counts) -> list[list[int]]:
    """The ideas by level: repeatedly all that nothing remaining beats in the strongest-path relation."""
    return levels_of(strengths > strengths.T)


def levels_of(beats: Matrix) -> list[list[int]]:
    """Take, again and again, everything that nothing remaining beats; beats[i, j] must have no cycle."""
    # Sets of ideas are the bits of whole numbers here: for a few dozen ideas, calls of numpy would take longer.
    beaten_by = [int.from_bytes(column, "little") for column in np.packbits(beats.T, axis=1, bitorder="little")]
    remaining, left = list(range(len(beats))), (1 << len(beats)) - 1
    levels = []
    while remaining:
        level = [idea for idea in remaining if not beaten_by[idea] & left]
        levels.append(level)
        remaining = [idea for idea in remaining if idea not in level]
        left -= sum(1 << idea for idea in level)
    return levels


def ranks_of_levels(levels: Sequence[Sequence[int]]) -> npt.NDArray[np.int64]:
    """The rank of each idea from its level: 1 and as many as stand on the levels before; shape (ideas,)."""
    ranks = np.zeros(sum(len(level) for level in levels), dtype=np.int64)
    before = 0
    for level in levels:
        ranks[list(level)] = before + 1
        before += len(level)
    return ranks
