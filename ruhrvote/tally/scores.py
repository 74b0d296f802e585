"""From a tally to scores and ranks. The definitions, with formulas, are in docs/methodology.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, lcm

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
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(tally.compared > 0, won / (2 * tally.compared), np.nan)


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
    """The score of each theme: the mean share over all pairs of an idea inside and one outside, 0 to 100."""
    share = shares(tally)
    result = []
    for inside in themes:
        members = np.asarray(inside)
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
    for i in np.flatnonzero(eligible):
        result[i] = 1 + np.count_nonzero(score[eligible] > score[i])
    return result


def quorum(ballots: int, percent: int, minimum: int) -> int:
    """How many ballots must place an idea so that it is ranked: percent of the ballots, at least the minimum."""
    return max(minimum, ceil(percent * ballots / 100))


def first_places(tally: Tally) -> Scores:
    """First places of each idea, 1/k for an idea among k tied first; shape (ideas,)."""
    parts = np.arange(tally.first.shape[1], dtype=np.float64)
    return (tally.first[:, 1:] / parts[1:]).sum(axis=1)


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
    return Weighted(_sum(groups, dict.fromkeys(groups, 1)), dict.fromkeys(groups, 1), silent)


def equal_groups(groups: Mapping[str, Tally]) -> Weighted:
    """Every group has the same voice: a ballot weighs 1/ballots of its group, over a common denominator.

    A group without ballots drops out and is reported.
    """
    voiced = {name: tally for name, tally in groups.items() if tally.ballots > 0}
    denominator = lcm(*(tally.ballots for tally in voiced.values()))
    weights = {name: denominator // tally.ballots for name, tally in voiced.items()}
    silent = tuple(name for name in groups if name not in voiced)
    return Weighted(_sum(groups, weights), weights, silent)


def _sum(groups: Mapping[str, Tally], weights: Mapping[str, int]) -> Tally:
    tallies = iter(groups.items())
    name, tally = next(tallies)
    total = tally * weights.get(name, 0)
    for name, tally in tallies:
        total = total + tally * weights.get(name, 0)
    return total
