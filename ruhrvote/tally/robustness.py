"""Robustness of a ranking: how far it depends on the method, the weights, single groups and chance. After close only.

Bootstrap: within each group, as many ballots as it has are drawn at random with replacement; each draw is ranked like
the original, and the middle 95 % of the draws is the interval (percentile bootstrap). Source: B. Efron, Bootstrap
methods: Another look at the jackknife, Annals of Statistics 7, 1979. docs/methodology.md, section 16, has the formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ruhrvote.tally import methods
from ruhrvote.tally.methods import Links, Unranked
from ruhrvote.tally.scores import DECIMALS, Scores, Weighted, first_places, ranks, scores
from ruhrvote.tally.tally import Tally
from ruhrvote.tally.weak_order import NOT_JUDGED, Levels

Ranks = npt.NDArray[np.int64]
Weighting = Callable[[Mapping[str, Tally]], Weighted]
CHUNK = 1024  # distinct ballots drawn at a time: limits memory. Another value gives other random draws!


def ranks_by_method(tally: Tally) -> dict[str, Ranks]:
    """The rank of each idea by method: equal ranks for ties, 0 without a score; arrays of shape (ideas,)."""
    said = methods.pairs(tally, Unranked.IGNORED)
    behind = methods.pairs(tally, Unranked.LAST)

    def schulze(links: Links) -> Ranks:
        return methods.ranks_of_levels(methods.schulze_levels(methods.schulze_strengths(said, links)))

    return {
        "score": ranks(scores(tally)),
        "borda-unranked-last": ranks(methods.borda(behind)),
        "copeland": ranks(methods.copeland_half(said)),
        "schulze-winning-votes": schulze(Links.WINNING_VOTES),
        "schulze-margins": schulze(Links.MARGINS),
        "first-places": ranks(first_places(tally)),
    }


def ranks_by_weighting(groups: Mapping[str, Tally], weightings: Mapping[str, Weighting]) -> dict[str, dict[str, Ranks]]:
    """The ranks of all ideas by name of the weighting, then by name of the method."""
    return {name: ranks_by_method(weighting(groups).tally) for name, weighting in weightings.items()}


def without_each_group(groups: Mapping[str, Tally], weighting: Weighting) -> dict[str, Scores]:
    """The scores of all ideas without the ballots of one group, by the name of that group; needs two groups or more."""
    return {
        left_out: scores(weighting({name: tally for name, tally in groups.items() if name != left_out}).tally)
        for left_out in groups
    }


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """The result of a bootstrap: intervals of score and rank, and how often one idea is ahead of another.

    score_low, score_high (nan without a score) and rank_best, rank_worst (0 without a rank): ends of the intervals at
    this `confidence`, shape (ideas,). ahead[i, j]: the share of draws that give i a higher score than j, 0 to 1; shape
    (ideas, ideas).
    """

    score_low: Scores
    score_high: Scores
    rank_best: Ranks
    rank_worst: Ranks
    ahead: Scores
    confidence: float

    def told_apart(self, i: int, j: int) -> bool:
        """Whether one of two ideas is ahead of the other in more than 1 - (1 - confidence) / 2 of the draws."""
        return bool(max(self.ahead[i, j], self.ahead[j, i]) > 1 - (1 - self.confidence) / 2)

    def neighbours_not_told_apart(self, rank: Ranks) -> list[tuple[int, int]]:
        """The pairs of ideas that are neighbours in `rank`, or share a rank, and cannot be told apart."""
        order = [int(idea) for idea in np.argsort(rank, kind="stable") if rank[idea] > 0]
        return [pair for pair in pairwise(order) if not self.told_apart(*pair)]


def bootstrap(
    ballots: Mapping[str, Levels],
    voice: Mapping[str, int] | None = None,
    draws: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
    ranked: npt.NDArray[np.bool_] | None = None,
) -> Bootstrap:
    """Draw the ballots of each group again, `draws` times, and rank each draw.

    ballots: levels by group, each of shape (ballots, ideas); voice: each group's share of the total weight, None for
    one voice per organisation; ranked: which ideas take a rank, shape (ideas,), None for all; confidence: from 0 to 1.
    The result depends on the ballots and the seed, not on the order of ballots or groups.
    """
    ideas = next(iter(ballots.values())).shape[1]
    first, second = np.triu_indices(ideas, 1)
    surplus, both = np.zeros((draws, len(first))), np.zeros((draws, len(first)))
    for number, name in enumerate(sorted(ballots)):
        voters = len(ballots[name])
        weight = 1.0 if voice is None else voice.get(name, 0) / max(1, voters)
        chance = np.random.default_rng([seed, number])
        for times, chunk in _draw(ballots[name], draws, chance):
            left, right = chunk[:, first], chunk[:, second]
            compared = (left != NOT_JUDGED) & (right != NOT_JUDGED)
            ahead = ((left < right).astype(np.int8) - (left > right)) * compared
            # The products are integers below 2**24, which 32-bit floats hold exactly.
            both += weight * (times @ compared.astype(np.float32))
            surplus += weight * (times @ ahead.astype(np.float32))
    return _summary(_scores(surplus, both, ideas), confidence, ranked)


def _draw(level: Levels, draws: int, chance: np.random.Generator) -> Iterator[tuple[npt.NDArray[np.float32], Levels]]:
    """Chunks of distinct ballots, each with the number of times that every draw has them, shape (draws, ballots).

    A draw has as many ballots as there are. The numbers that fall into each chunk are multinomial, and so are, within a
    chunk, the numbers for each distinct ballot: together the same as drawing from all ballots at once.
    """
    if len(level) == 0:
        return
    distinct, number = _distinct(level)
    chunks = [slice(start, start + CHUNK) for start in range(0, len(distinct), CHUNK)]
    in_chunk = np.array([number[chunk].sum() for chunk in chunks])
    drawn = chance.multinomial(len(level), in_chunk / len(level), size=draws)
    for index, chunk in enumerate(chunks):
        times = chance.multinomial(drawn[:, index], number[chunk] / in_chunk[index])
        yield times.astype(np.float32), distinct[chunk]


def _distinct(level: Levels) -> tuple[Levels, npt.NDArray[np.int64]]:
    """The distinct ballots in lexicographic order, and how many there are of each.

    The same as numpy.unique, but compares eight bytes at a time: faster, and it lets other threads run.
    """
    ballots, ideas = level.shape
    padded = np.zeros((ballots, -(-ideas // 8) * 8), dtype=np.uint8)
    padded[:, :ideas] = level
    words = padded.view(">u8").astype(np.uint64)
    order = np.lexsort(words.T[::-1])
    words = words[order]
    differs = (words[1:] != words[:-1]).any(axis=1)
    first = np.concatenate(([0], 1 + np.flatnonzero(differs)))
    return level[order[first]], np.diff(first, append=ballots)


def _scores(surplus: Scores, both: Scores, ideas: int) -> Scores:
    """The score of each idea in each draw, shape (draws, ideas), from counts of pairs i < j, shape (draws, pairs)."""
    first, second = np.triu_indices(ideas, 1)
    total, opponents = np.zeros((len(both), ideas)), np.zeros((len(both), ideas))
    share = np.full(both.shape, 0.5)
    np.divide(both + surplus, 2 * both, out=share, where=both > 0)
    for pair, (i, j) in enumerate(zip(first, second, strict=True)):
        known = both[:, pair] > 0
        total[:, i] += known * share[:, pair]
        total[:, j] += known * (1 - share[:, pair])
        opponents[:, i] += known
        opponents[:, j] += known
    score = np.full(total.shape, np.nan)
    np.divide(100 * total, opponents, out=score, where=opponents > 0)
    return np.round(score, DECIMALS)


def _summary(score: Scores, confidence: float, ranked: npt.NDArray[np.bool_] | None = None) -> Bootstrap:
    ideas = score.shape[1]
    rivals = score if ranked is None else score[:, ranked]
    behind = np.stack([(rivals > score[:, [idea]]).sum(axis=1) for idea in range(ideas)], axis=1)
    tail = (1 - confidence) / 2
    score_ends, rank_ends = np.full((2, ideas), np.nan), np.zeros((2, ideas), dtype=np.int64)
    for idea in range(ideas):
        known = ~np.isnan(score[:, idea])
        if known.any():
            score_ends[:, idea] = np.quantile(score[known, idea], [tail, 1 - tail], method="inverted_cdf")
            rank_ends[:, idea] = np.quantile(1 + behind[known, idea], [tail, 1 - tail], method="inverted_cdf")
    ahead = np.array([(score[:, [idea]] > score).mean(axis=0) for idea in range(ideas)])
    return Bootstrap(score_ends[0], score_ends[1], rank_ends[0], rank_ends[1], ahead, confidence)
