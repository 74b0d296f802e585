"""From a tally to scores and ranks. The definitions, with formulas, are in docs/methodology.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from math import ceil, gcd, lcm

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.tally import Counts, Tally

Scores = npt.NDArray[np.float64]
DECIMALS = 9  # scores that agree so far are tied


def shares(tally: Tally) -> Scores:
    """share[i, j]: of the ballots that place both, the part with i above j, ties half; nan where there are none.

    The fraction is formed from integers, 2·above + tied over 2·compared, so that equal cases are equal.
    """
    won = 2 * tally.above + tally.tied
    known = tally.compared > 0
    share = np.full(won.shape, np.nan)
    share[known] = won[known] / (2 * tally.compared[known])
    return share


def scores(tally: Tally, among: Sequence[int] | None = None) -> Scores:
    """The score of each idea among the ideas `among` (default: all), 0 to 100; nan where nothing was compared.

    On complete ballots this is the normalised Borda score with ties at their average. Shape: (len(among),).
    """
    share = shares(tally)
    if among is not None:
        chosen = np.asarray(among)
        share = share[np.ix_(chosen, chosen)]
    return _mean_of_known(share, axis=1)


def theme_scores(tally: Tally, themes: Sequence[Sequence[int]]) -> Scores:
    """The score of each theme: the mean share over all pairs of an idea inside and one outside, 0 to 100.

    nan where there is no such pair: for a theme without ideas, or with all of them.
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
    """Competition ranks, 1 for the highest: ties share a rank and the next one is skipped; 0 for unranked.

    Unranked is what has no score and what `ranked` leaves out; neither takes a rank away from others.
    """
    eligible = ~np.isnan(score) if ranked is None else ranked & ~np.isnan(score)
    result = np.zeros(len(score), dtype=np.int64)
    among = score[eligible]
    result[eligible] = 1 + np.count_nonzero(among > among[:, np.newaxis], axis=1)
    return result


def quorum(ballots: int, percent: int, minimum: int) -> int:
    """How many ballots must place an idea so that it is ranked: percent of the ballots, at least the minimum."""
    return max(minimum, ceil(percent * ballots / 100))


def first_places(tally: Tally) -> Scores:
    """First places of each idea, 1/k for an idea among k tied first; shape (ideas,).

    Summed as whole numbers over a common denominator, so that exact ties stay ties.
    """
    denominator = lcm(*range(1, tally.ideas + 1))
    parts = np.array([denominator // k for k in range(1, tally.ideas + 1)], dtype=object)
    return ((tally.first[:, 1:] * parts).sum(axis=1) / denominator).astype(np.float64)


def among_first(tally: Tally, places: int) -> Counts:
    """Ballots on which fewer than `places` ideas are strictly above each idea; shape (ideas,)."""
    counts: Counts = tally.position[:, :places].sum(axis=1)
    return counts


@dataclass(frozen=True)
class Weighted:
    """A tally in which groups have their weights, and what came of each group."""

    tally: Tally
    weights: Mapping[str, int]
    without_ballots: tuple[str, ...]


def one_voice(groups: Mapping[str, Tally]) -> Weighted:
    """Every organisation has one voice: the plain sum of the groups."""
    silent = tuple(name for name, tally in groups.items() if tally.ballots == 0)
    return _weighted(groups, dict.fromkeys(groups, 1), silent)


def equal_groups(groups: Mapping[str, Tally]) -> Weighted:
    """Every group has the same voice: a ballot weighs 1/ballots of its group, over a common denominator.

    A group without ballots drops out and is reported.
    """
    return shared_voice(groups, dict.fromkeys(groups, 1))


def shared_voice(groups: Mapping[str, Tally], voice: Mapping[str, int]) -> Weighted:
    """A scenario: each group has the given part of the voice (whole numbers, such as per cent), however many vote.

    A group without ballots drops out and is reported; the others keep their proportions. Raises ValueError for a
    negative part.
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
    # Every figure computed from a tally stays below this; numpy's integers end at 2**63, Python's nowhere.
    unlimited = 4 * voices * (total.ideas + 1) >= 2**63
    for name, weight in weights.items():
        total = total + (_unlimited(groups[name]) if unlimited else groups[name]) * weight
    return Weighted(total, weights, silent)


def _unlimited(tally: Tally) -> Tally:
    """The same tally in Python's integers, which numpy computes with more slowly."""
    return Tally(tally.ballots, *(getattr(tally, field.name).astype(object) for field in fields(tally)[1:]))
