"""From a tally to scores, ranks, quorum and weights. docs/methodology.md has the definitions with formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil, gcd, lcm

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.tally import Counts, Tally

Scores = npt.NDArray[np.float64]
DECIMALS = 9  # scores that are equal when rounded to so many decimals are tied


def shares(tally: Tally) -> Scores:
    """share[i, j]: the share of ballots with i above j among those that place both, ties counted half; nan if none.

    From 0 to 1, shape (ideas, ideas). Each is one division of integers, (2·above + tied) / (2·compared), so that equal
    shares are equal floats.
    """
    won = 2 * tally.above + tally.tied
    known = tally.compared > 0
    share = np.full(won.shape, np.nan)
    share[known] = won[known] / (2 * tally.compared[known])
    return share


def scores(tally: Tally, among: Sequence[int] | None = None) -> Scores:
    """The score of each idea: its mean share against the other ideas of `among` (default: all), from 0 to 100.

    nan for an idea that was compared with none. On complete ballots this is the normalised Borda score with averaged
    ties. Shape (len(among),).
    """
    share = shares(tally)
    if among is not None:
        chosen = np.asarray(among)
        share = share[np.ix_(chosen, chosen)]
    return _mean_of_known(share, axis=1)


def theme_scores(tally: Tally, themes: Sequence[Sequence[int]]) -> Scores:
    """The score of each theme: the mean share over all pairs of an idea inside and one outside it, from 0 to 100.

    themes: the indices of each theme's ideas. nan without such a pair: for a theme with no ideas or with all of them.
    Shape (len(themes),).
    """
    share = shares(tally)
    result = []
    for inside in themes:
        members = np.asarray(inside, dtype=np.int64)
        outside = np.setdiff1d(np.arange(tally.ideas), members)
        result.append(_mean_of_known(share[np.ix_(members, outside)].reshape(1, -1), axis=1)[0])
    return np.array(result)


def _mean_of_known(share: Scores, axis: int) -> Scores:
    known = ~np.isnan(share)
    number = known.sum(axis=axis)
    total = np.where(known, share, 0.0).sum(axis=axis)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(number > 0, np.round(100 * total / number, DECIMALS), np.nan)


def ranks(score: Scores, ranked: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
    """Standard competition ranks (1224), 1 for the highest score; 0 for an idea without a score or not in `ranked`.

    An idea with rank 0 takes no rank away from others. ranked: default all; both of shape (ideas,), as the result.
    """
    eligible = ~np.isnan(score) if ranked is None else ranked & ~np.isnan(score)
    result = np.zeros(len(score), dtype=np.int64)
    among = score[eligible]
    result[eligible] = 1 + np.count_nonzero(among > among[:, np.newaxis], axis=1)
    return result


def quorum(ballots: int, percent: int, minimum: int) -> int:
    """How many ballots must place an idea for it to be ranked: `percent` of the ballots, rounded up, or `minimum`."""
    return max(minimum, ceil(percent * ballots / 100))


def first_places(tally: Tally) -> Scores:
    """The number of first places of each idea, counting 1/k on a ballot with k ideas tied first; shape (ideas,).

    Summed as integers over a common denominator, so that exact ties stay ties.
    """
    denominator = lcm(*range(1, tally.ideas + 1))
    parts = np.array([denominator // k for k in range(1, tally.ideas + 1)], dtype=object)
    return ((tally.first[:, 1:] * parts).sum(axis=1) / denominator).astype(np.float64)


def among_first(tally: Tally, places: int) -> Counts:
    """How many ballots have fewer than `places` ideas strictly above each idea; shape (ideas,)."""
    counts: Counts = tally.position[:, :places].sum(axis=1)
    return counts


@dataclass(frozen=True)
class Weighted:
    """A weighted sum of the groups' tallies, with the weight of each group and the groups that have no ballots."""

    tally: Tally
    weights: Mapping[str, int]
    without_ballots: tuple[str, ...]


def one_voice(groups: Mapping[str, Tally]) -> Weighted:
    """One organisation, one voice: the plain sum of the groups' tallies."""
    silent = tuple(name for name, tally in groups.items() if tally.ballots == 0)
    return _weighted(groups, dict.fromkeys(groups, 1), silent)


def equal_groups(groups: Mapping[str, Tally]) -> Weighted:
    """Equal total weight for every group: a ballot weighs 1 / ballots of its group, scaled to integers.

    A group without ballots has no weight and is listed in `without_ballots`.
    """
    return shared_voice(groups, dict.fromkeys(groups, 1))


def shared_voice(groups: Mapping[str, Tally], voice: Mapping[str, int]) -> Weighted:
    """A given share of the total weight for each group (integers, such as per cent), however many vote.

    A group without ballots has no weight and is listed in `without_ballots`; the others keep their proportions. Raises
    ValueError for a negative share.
    """
    if min(voice.values(), default=0) < 0:
        raise ValueError("no group has less than no voice")
    silent = tuple(name for name, tally in groups.items() if tally.ballots == 0)
    voiced = {name: tally.ballots for name, tally in groups.items() if tally.ballots > 0}
    denominator = lcm(*voiced.values())
    weights = {name: voice.get(name, 0) * (denominator // ballots) for name, ballots in voiced.items()}
    shorten = max(1, gcd(*weights.values()))
    return _weighted(groups, {name: weight // shorten for name, weight in weights.items()}, silent)


def _weighted(groups: Mapping[str, Tally], weights: Mapping[str, int], silent: tuple[str, ...]) -> Weighted:
    voices = sum(weight * groups[name].ballots for name, weight in weights.items())
    total = next(iter(groups.values())) * 0
    # An upper bound of every figure computed from the tally: from 2**63 on, Python's integers are needed.
    unlimited = 4 * voices * (total.ideas + 1) >= 2**63
    for name, weight in weights.items():
        total = total + (_unlimited(groups[name]) if unlimited else groups[name]) * weight
    return Weighted(total, weights, silent)


def _unlimited(tally: Tally) -> Tally:
    """The same tally with Python's unlimited integers, which are slower in numpy."""
    return Tally(tally.ballots, *(getattr(tally, field.name).astype(object) for field in fields(tally)[1:]))
