"""Agreement and dissent between groups: spread, bridging score, polarisation, and the two lists made of them.

Spread and bridging score need only the groups' scores. Polarisation needs the ballots, so it is computed only after
the close. docs/methodology.md, section 17, has the definitions with sources and an example.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.scores import DECIMALS, Scores
from ruhrvote.tally.tally import Counts
from ruhrvote.tally.weak_order import NOT_JUDGED, Levels

FIFTHS = 5
NEUTRAL = 50.0  # the score of an idea that wins as many comparisons as it loses
CHUNK = 50_000  # ballots at a time: limits memory, does not change the result


def standings(level: Levels) -> Counts:
    """How many ballots put each idea into each fifth of their order, the worst fifth first; shape (ideas, 5).

    The standing of an idea on a ballot is the share of the other placed ideas that are behind it, ties counted half:
    from 0 to 1, and 1/2 if all are tied. A standing on the border of two fifths belongs to the one nearer the middle.
    A ballot that places only one idea is not counted. level: shape (ballots, ideas).
    """
    ballots, ideas = level.shape
    counts = np.zeros((ideas, FIFTHS), dtype=np.int64)
    for start in range(0, ballots, CHUNK):
        chunk = level[start : start + CHUNK]
        placed = chunk != NOT_JUDGED
        others = placed.sum(axis=1) - 1
        for i in range(ideas):
            own = chunk[:, i : i + 1]
            behind = ((own < chunk) & placed).sum(axis=1)
            before = (chunk < own).sum(axis=1)
            # standing - 1/2 = (behind - before) / (2 · others); the borders are 1/10 and 3/10 away from the middle.
            surplus, valid = behind - before, placed[:, i] & (others > 0)
            steps = (5 * np.abs(surplus) > others).astype(np.int64) + (5 * np.abs(surplus) > 3 * others)
            fifth = FIFTHS // 2 + np.sign(surplus) * steps
            counts[i] += np.bincount(fifth[valid], minlength=FIFTHS)
    return counts


def agreement(frequencies: Sequence[int]) -> float:
    """Van der Eijk's agreement A: 1 if all are in one class, 0 if evenly spread, -1 if half are in each outer class.

    frequencies: of three or more ordered classes; nan if all are 0. They are cut into layers, each with the same number
    in every class that it touches; A is the mean of the layers' agreement, weighted by their size. Source: C. van der
    Eijk, Measuring agreement in ordered rating scales, Quality and Quantity 35, 2001, with 1 - (S - 1)/(K - 1) for the
    concentration of a layer that touches S of K classes.
    """
    total = sum(frequencies)
    if total == 0:
        return float("nan")
    agreed, floor = 0.0, 0
    for height in sorted(set(frequencies) - {0}):
        touched = [frequency >= height for frequency in frequencies]
        agreed += (height - floor) * sum(touched) * _layer_agreement(touched)
        floor = height
    return agreed / total


def _layer_agreement(touched: Sequence[bool]) -> float:
    """Unimodality times concentration. Triples of classes 110 and 011 are evidence of one peak, 101 of two peaks."""
    classes = len(touched)
    one_peak = two_peaks = 0
    for left, middle, right in combinations(touched, 3):
        one_peak += middle and left != right
        two_peaks += left and right and not middle
    unimodality = 1.0
    if two_peaks:
        against = (classes - 2) * one_peak - (classes - 1) * two_peaks
        unimodality = against / ((classes - 2) * (one_peak + two_peaks))
    return unimodality * (1 - (sum(touched) - 1) / (classes - 1))


def polarisation(level: Levels) -> Scores:
    """(1 - A)/2 of each idea's standings: 0 for one opinion, 1/2 for evenly spread, 1 for two camps; shape (ideas,).

    A is `agreement`; nan for an idea without standings. Where a ballot ties everything, the standing is in the middle;
    if all are there, polarisation is 0: indifference is not polarisation.
    """
    return np.array([round((1 - agreement(row)) / 2, DECIMALS) for row in standings(level).tolist()])


def spread(groups: Mapping[str, Scores]) -> Scores:
    """The highest minus the lowest score that a group gives each idea, in points; nan with fewer than two scores.

    Shape (ideas,), as the scores of each group.
    """
    table, known = _table(groups)
    highest = np.where(known, table, -np.inf).max(axis=0)
    lowest = np.where(known, table, np.inf).min(axis=0)
    with np.errstate(invalid="ignore"):
        return np.where(known.sum(axis=0) > 1, np.round(highest - lowest, DECIMALS), np.nan)


def bridging(groups: Mapping[str, Scores]) -> Scores:
    """The score of each idea in its least satisfied group; nan if no group gives a score. Shape (ideas,).

    Source: J. Rawls, A Theory of Justice, 1971 (the worst-off decides), for rankings A. Ovadya, Bridging-Based Ranking,
    Belfer Center, Harvard Kennedy School, 2022.
    """
    table, known = _table(groups)
    return np.where(known.any(axis=0), np.where(known, table, np.inf).min(axis=0), np.nan)


def _table(groups: Mapping[str, Scores]) -> tuple[Scores, npt.NDArray[np.bool_]]:
    table = np.array(list(groups.values()))
    return table, ~np.isnan(table)


@dataclass(frozen=True)
class Stance:
    """How the groups see one idea: in favour (score above 50), against (below 50), or divided in two camps (A < 0)."""

    idea: int
    bridging: float
    spread: float
    in_favour: tuple[str, ...]
    against: tuple[str, ...]
    two_camps: tuple[str, ...]


def stances(scores: Mapping[str, Scores], polarised: Mapping[str, Scores]) -> list[Stance]:
    """The stance of every idea, from the scores and the polarisation of each group; nan where a group has none."""
    least, apart = bridging(scores), spread(scores)
    return [
        Stance(
            idea=idea,
            bridging=float(least[idea]),
            spread=float(apart[idea]),
            in_favour=tuple(name for name, score in scores.items() if score[idea] > NEUTRAL),
            against=tuple(name for name, score in scores.items() if score[idea] < NEUTRAL),
            two_camps=tuple(name for name, value in polarised.items() if value[idea] > 0.5),
        )
        for idea in range(len(least))
    ]


def consensus(known: Sequence[Stance]) -> list[Stance]:
    """The ideas that every group favours and over which no group is in two camps, by bridging score, highest first."""
    shared = [stance for stance in known if stance.bridging > NEUTRAL and not stance.two_camps]
    return sorted(shared, key=lambda stance: -stance.bridging)


def dissent(known: Sequence[Stance], least_spread: float = 10.0) -> list[Stance]:
    """The disputed ideas, by spread, largest first: groups on opposite sides of 50, or one group in two camps.

    Groups on opposite sides count if their scores are at least `least_spread` points apart.
    """
    disputed = [
        stance
        for stance in known
        if stance.two_camps or (stance.in_favour and stance.against and stance.spread >= least_spread)
    ]
    return sorted(disputed, key=lambda stance: -(stance.spread if stance.spread >= 0 else 0.0))
