"""Voting methods on pairwise counts: Borda, Condorcet, Copeland and Schulze. Exact integers, so ties stay ties.

Everything here is a function of two integer matrices, the `Pairs`. How a ballot is read that does not place every
idea is chosen once, when the pairs are made. docs/methodology.md, sections 13 and 14, has formulas with examples.
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
    """How a ballot is read that leaves ideas out: LAST ties them behind all others, IGNORED takes no information."""

    LAST = "last"
    IGNORED = "ignore"


class Links(StrEnum):
    """The strength of a pairwise victory in Schulze's method: the winner's votes, or the margin over the loser's."""

    WINNING_VOTES = "winning-votes"
    MARGINS = "margins"


@dataclass(frozen=True, eq=False)
class Pairs:
    """preferred[i, j]: ballots with i strictly before j; compared[i, j]: ballots that compare i and j at all.

    Both are integers of shape (ideas, ideas), 0 on the diagonal.
    """

    preferred: Counts
    compared: Counts


def pairs(tally: PairCounts, unranked: Unranked) -> Pairs:
    """The pairwise counts of a tally, whole or restricted to some ideas, with unplaced ideas read as `unranked` says.

    With LAST, a placed idea is before every unplaced one, and two unplaced ideas are tied.
    """
    if unranked is Unranked.IGNORED:
        return Pairs(tally.above, tally.compared)
    off_diagonal = (~np.eye(tally.ideas, dtype=bool)).astype(tally.above.dtype)
    alone = (tally.placed[:, np.newaxis] - tally.compared) * off_diagonal
    return Pairs(tally.above + alone, off_diagonal * tally.ballots)


def borda_doubled(counted: Pairs) -> Counts:
    """Twice the Borda points of each idea, which is always an integer; shape (ideas,).

    A ballot gives an idea 1 point for each idea behind it and 1/2 for each idea tied with it. On a complete order of m
    ideas these are m-1, m-2, …, 0 points, where tied ideas share the average. Source: J.-C. de Borda, Mémoire sur les
    élections au scrutin, 1784.
    """
    points: Counts = (counted.compared + counted.preferred - counted.preferred.T).sum(axis=1)
    return points


def borda(counted: Pairs) -> Points:
    """The Borda points of each idea, in halves; shape (ideas,)."""
    return borda_doubled(counted).astype(np.float64) / 2


def mean_normalised_score(counted: Pairs, ballots: int) -> Points:
    """Borda points / (ballots · (m - 1)) for m ideas, from 0 to 1; nan without ballots or with one idea. Shape (m,)."""
    points = borda_doubled(counted)
    most = 2 * ballots * (len(points) - 1)
    return np.array([int(own) / most if most else np.nan for own in points], dtype=np.float64)


def sole_first_places(tally: Tally) -> Counts:
    """How many ballots have each idea alone in the first tier; shape (ideas,)."""
    return tally.first[:, 1]


def condorcet_winner(counted: Pairs) -> int | None:
    """The index of the idea that beats every other one in pairwise comparison, or None if there is none.

    Source: N. de Condorcet, Essai sur l'application de l'analyse à la probabilité des décisions, 1785.
    """
    beaten_by_it = (counted.preferred > counted.preferred.T).sum(axis=1)
    winners = np.flatnonzero(beaten_by_it == len(beaten_by_it) - 1)
    return int(winners[0]) if len(winners) else None


def copeland(counted: Pairs) -> Counts:
    """Copeland's score of each idea: pairwise victories minus defeats; shape (ideas,).

    Source: A. H. Copeland, A "reasonable" social welfare function, seminar notes, University of Michigan, 1951.
    """
    beats = (counted.preferred > counted.preferred.T).astype(np.int64)
    return beats.sum(axis=1) - beats.sum(axis=0)


def copeland_half(counted: Pairs) -> Points:
    """Copeland's score in its second form: pairwise victories plus half the draws of each idea; shape (ideas,)."""
    opponents = len(counted.preferred) - 1
    return (opponents + copeland(counted)) / 2


def link_strengths(counted: Pairs, links: Links) -> Counts:
    """[i, j]: the strength of the victory of i over j, 0 where i does not beat j; shape (ideas, ideas)."""
    surplus = counted.preferred - counted.preferred.T
    return np.where(surplus > 0, surplus if links is Links.MARGINS else counted.preferred, 0)


def schulze_strengths(counted: Pairs, links: Links = Links.WINNING_VOTES) -> Counts:
    """[i, j]: the strength of the strongest path of victories from i to j, 0 if there is none; shape (ideas, ideas).

    A path is as strong as its weakest link. Source: M. Schulze, A new monotonic, clone-independent, reversal symmetric,
    and Condorcet-consistent single-winner election method, Social Choice and Welfare 36, 2011.
    """
    strength = link_strengths(counted, links)
    for via in range(len(strength)):
        strength = np.maximum(strength, np.minimum(strength[:, via, np.newaxis], strength[via]))
    np.fill_diagonal(strength, 0)
    return strength


def schulze_levels(strengths: Counts) -> list[list[int]]:
    """The Schulze ranking as levels of tied ideas, the best first; see `levels_of`."""
    return levels_of(strengths > strengths.T)


def levels_of(beats: Matrix) -> list[list[int]]:
    """Levels of ideas: the first has all ideas that no idea beats, the next those that no remaining idea beats, ….

    beats[i, j] says whether i beats j, shape (ideas, ideas), without cycles.
    """
    # Sets of ideas are bits of integers here: for a few dozen ideas that is faster than numpy.
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
    """The competition rank of each idea: 1 plus the number of ideas on better levels; shape (ideas,)."""
    ranks = np.zeros(sum(len(level) for level in levels), dtype=np.int64)
    before = 0
    for level in levels:
        ranks[list(level)] = before + 1
        before += len(level)
    return ranks
