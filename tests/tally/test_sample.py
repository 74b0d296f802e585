"""The sample is drawn by everybody alike, and its bound is that of a calculation by hand."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest

from ruhrvote.tally.sample import drawn, most_foreign, place


@pytest.mark.parametrize(
    ("ballots", "asked", "foreign", "bound"),
    [
        # Of 10 ballots 5 are asked, none is foreign. With K foreign ones that has the probability C(10-K,5)/C(10,5):
        # K = 3: 21/252 = 0.083, K = 4: 6/252 = 0.024. So 4 can be ruled out, 3 cannot.
        (10, 5, 0, 3),
        # One of 5 is foreign: at most one has with K = 6 the probability (C(4,5) + 6·C(4,4))/252 = 6/252 = 0.024,
        # with K = 5 (1 + 5·5)/252 = 26/252 = 0.103.
        (10, 5, 1, 5),
        # Whoever asks all knows all.
        (10, 10, 0, 0),
        (10, 10, 4, 4),
        # Nobody was asked: everything is possible.
        (10, 0, 0, 10),
        # Of 4 ballots 2 are true, so at most 2 are foreign, and 2 have the probability C(2,2)/C(4,2) = 1/6.
        (4, 2, 0, 2),
        # All foreign: nothing can be ruled out.
        (10, 3, 3, 10),
    ],
)
def test_the_bound_is_that_of_a_calculation_by_hand(ballots: int, asked: int, foreign: int, bound: int) -> None:
    assert most_foreign(ballots, asked, foreign) == bound


def test_the_bound_is_that_of_counting_all_samples() -> None:
    for ballots in range(1, 9):
        for asked in range(ballots + 1):
            for foreign in range(asked + 1):
                possible = [
                    in_all
                    for in_all in range(foreign, ballots - (asked - foreign) + 1)
                    if likely(ballots, asked, foreign, in_all) > Fraction(5, 100)
                ]
                assert most_foreign(ballots, asked, foreign) == max(possible, default=foreign)


def likely(ballots: int, asked: int, foreign: int, in_all: int) -> Fraction:
    samples = list(combinations(range(ballots), asked))
    return Fraction(sum(sum(one < in_all for one in sample) <= foreign for sample in samples), len(samples))


def test_for_many_ballots_it_is_that_of_clopper_and_pearson() -> None:
    # 1 - 0.05^(1/200) = 1.487 % of 400,000 is 5,946; a finite population allows a little less.
    assert 5_900 < most_foreign(400_000, 200, 0) <= 5_946
    # Where draws do not change the rest, p is the bound if at most k foreign ones of 200 have the probability 5 %.
    for foreign in (1, 2, 5):
        bound = most_foreign(400_000, 200, foreign) / 400_000
        at_most = sum(
            comb(200, number) * bound**number * (1 - bound) ** (200 - number) for number in range(foreign + 1)
        )
        assert at_most == pytest.approx(0.05, abs=0.0005)


@pytest.mark.parametrize(("ballots", "asked", "foreign"), [(5, 6, 0), (5, 2, 3), (5, 2, -1)])
def test_an_impossible_sample_is_refused(ballots: int, asked: int, foreign: int) -> None:
    with pytest.raises(ValueError, match="a part of"):
        most_foreign(ballots, asked, foreign)


def test_the_sample_depends_on_the_seed_alone() -> None:
    once = drawn("a", range(1, 1001), 200)
    assert once == drawn("a", reversed(range(1, 1001)), 200)
    assert len(set(once)) == 200
    assert drawn("b", range(1, 1001), 200) != once
    assert drawn("a", [3, 9], 200) == sorted([3, 9], key=lambda ballot: place("a", ballot))
    assert place("a", 3) == "1ecbd4c637d719b1e893276e5c5fb6d39c09f69358aa8307512b02181258856b"


def test_each_ballot_is_as_likely_to_be_drawn_as_any_other() -> None:
    often = Counter(ballot for seed in range(2_000) for ballot in drawn(str(seed), range(20), 5))
    assert all(420 < often[ballot] < 580 for ballot in range(20))  # 500 expected, four standard deviations are 77
