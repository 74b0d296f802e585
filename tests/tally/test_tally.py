"""The tally and the scores against a slow counter, and the laws that they must obey."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruhrvote.tally.scores import (
    among_first,
    equal_groups,
    first_places,
    one_voice,
    quorum,
    ranks,
    scores,
    theme_scores,
)
from ruhrvote.tally.tally import Tally, count, empty
from ruhrvote.tally.weak_order import PLACES, UNPLACED, check, judged, levels
from tests.tally.slow_counter import Order, above, borda, compared, first, placed, position, score, theme_score

IDEAS = 5


@st.composite
def rankings(draw: st.DrawFn, ideas: int = IDEAS, complete: bool = False) -> str:
    """A valid ranking in its written form."""
    answers = draw(st.lists(st.sampled_from("1234" if complete else "012345"), min_size=ideas, max_size=ideas))
    wishes = draw(st.lists(st.integers(-1, ideas - 1), min_size=ideas, max_size=ideas))
    text = ""
    for i in range(ideas):
        used = sorted({w for a, w in zip(answers, wishes, strict=True) if a == answers[i] and w >= 0})
        placed_here = answers[i] in "1234" and wishes[i] >= 0
        text += answers[i] + (PLACES[used.index(wishes[i])] if placed_here else UNPLACED)
    return text


def order_of(ranking: str) -> Order:
    """The tiers of a ranking, read from its written form without the product's help."""
    tiers: dict[str, set[int]] = {}
    for i in range(len(ranking) // 2):
        if ranking[2 * i] in "1234":
            tiers.setdefault(ranking[2 * i : 2 * i + 2], set()).add(i)
    return [tiers[key] for key in sorted(tiers)]


def tally_of(given_rankings: list[str], ideas: int = IDEAS) -> Tally:
    return count(levels(given_rankings, ideas))


def as_float(value: Fraction | None) -> float:
    return float("nan") if value is None else float(value)


@given(st.lists(rankings(), max_size=12))
def test_every_count_is_what_the_definitions_say(ballots: list[str]) -> None:
    tally, orders = tally_of(ballots), [order_of(ballot) for ballot in ballots]
    assert tally.ballots == len(ballots)
    for i in range(IDEAS):
        assert tally.placed[i] == placed(orders, i)
        assert tally.compared[i, i] == tally.above[i, i] == 0
        for j in range(IDEAS):
            if i != j:
                assert tally.compared[i, j] == compared(orders, i, j)
                assert tally.above[i, j] == above(orders, i, j)
        for k in range(1, IDEAS + 1):
            assert tally.first[i, k] == first(orders, i, k)
        for p in range(IDEAS):
            assert tally.position[i, p] == position(orders, i, p)
        for a in range(4):
            assert tally.answered[i, a] == sum(ballot[2 * i] == str(a + 1) for ballot in ballots)


@given(st.lists(rankings(), max_size=12))
def test_scores_are_what_the_definitions_say(ballots: list[str]) -> None:
    tally, orders = tally_of(ballots), [order_of(ballot) for ballot in ballots]
    everything = range(IDEAS)
    np.testing.assert_allclose(scores(tally), [as_float(score(orders, i, everything)) for i in everything], atol=1e-9)
    some = [4, 0, 2]
    np.testing.assert_allclose(scores(tally, some), [as_float(score(orders, i, some)) for i in some], atol=1e-9)
    themes: list[set[int]] = [{0, 3}, {1}, {2, 4}]
    wanted = [as_float(theme_score(orders, theme, IDEAS)) for theme in themes]
    np.testing.assert_allclose(theme_scores(tally, [sorted(theme) for theme in themes]), wanted, atol=1e-9)
    assert np.isnan(theme_scores(tally, [[], list(everything)])).all(), "no pair of an idea inside and one outside"


@given(st.lists(rankings(complete=True), min_size=1, max_size=12))
def test_on_complete_ballots_the_score_is_the_normalised_borda_score(ballots: list[str]) -> None:
    orders = [order_of(ballot) for ballot in ballots]
    normalised = [float(100 * borda(orders, i, IDEAS) / (len(ballots) * (IDEAS - 1))) for i in range(IDEAS)]
    np.testing.assert_allclose(scores(tally_of(ballots)), normalised, atol=1e-9)


@given(st.lists(rankings(), max_size=8), st.lists(rankings(), max_size=8))
def test_tallies_add_and_subtract(one: list[str], other: list[str]) -> None:
    together = tally_of(one + other)
    assert tally_of(one) + tally_of(other) == together
    assert together - tally_of(other) == tally_of(one)
    assert tally_of(one) + empty(IDEAS) == tally_of(one)
    assert tally_of(one) * 3 == tally_of(one * 3)


@given(st.lists(rankings(), min_size=1, max_size=8), st.permutations(range(IDEAS)), st.randoms())
def test_neutrality_and_anonymity(ballots: list[str], renamed: list[int], chance) -> None:
    shuffled = list(ballots)
    chance.shuffle(shuffled)
    assert tally_of(shuffled) == tally_of(ballots)
    moved = ["".join(ballot[2 * old : 2 * old + 2] for old in renamed) for ballot in ballots]
    np.testing.assert_allclose(scores(tally_of(moved)), scores(tally_of(ballots))[renamed], atol=1e-9)


@given(st.lists(rankings(complete=True), min_size=1, max_size=8))
def test_reversing_every_ballot_mirrors_the_scores(ballots: list[str]) -> None:
    tally = tally_of(ballots)
    mirrored = Tally(
        tally.ballots, tally.placed, tally.compared, tally.above.T, tally.first, tally.position, tally.answered
    )
    np.testing.assert_allclose(scores(mirrored), 100 - scores(tally), atol=1e-9)


@given(st.lists(rankings(), max_size=8))
def test_equal_tallies_have_equal_digests_and_others_have_not(ballots: list[str]) -> None:
    tally = tally_of(ballots)
    assert tally.digest() == tally_of(ballots[::-1]).digest()
    assert tally.digest() != tally_of([*ballots, "1~" * IDEAS]).digest()


def test_the_worked_example_of_the_methodology() -> None:
    # Three ballots over A, B, C: A > B = C; B > A, C not judged; A = B > C.
    tally = count(levels(["1A1~1~", "1B1A5~", "1A1A2~"], 3))
    assert tally.above.tolist() == [[0, 1, 2], [1, 0, 1], [0, 0, 0]]
    assert tally.compared.tolist() == [[0, 3, 2], [3, 0, 2], [2, 2, 0]]
    # A: 1/2 against B, 1 against C. B: 1/2 against A, 3/4 against C. C: 0 and 1/4.
    assert scores(tally).tolist() == [75.0, 62.5, 12.5]
    assert ranks(scores(tally)).tolist() == [1, 2, 3]
    assert first_places(tally).tolist() == [1.5, 1.5, 0]
    assert among_first(tally, 1).tolist() == [2, 2, 0]


def test_not_judged_is_not_last() -> None:
    silent, last = count(levels(["1A1B5~"], 3)), count(levels(["1A1B4~"], 3))
    assert np.isnan(scores(silent)[2])
    assert scores(last)[2] == 0


def test_ranks_share_ties_and_skip_what_is_not_ranked() -> None:
    score_of = np.array([60.0, 70.0, np.nan, 60.0, 10.0, 99.0])
    in_quorum = np.array([True, True, True, True, True, False])
    assert ranks(score_of, in_quorum).tolist() == [2, 1, 0, 2, 4, 0]


@pytest.mark.parametrize(
    ("ballots", "needed"), [(0, 10), (10, 10), (30, 10), (31, 11), (100, 33), (101, 34), (400_000, 132_000)]
)
def test_quorum_is_a_third_but_at_least_ten(ballots: int, needed: int) -> None:
    assert quorum(ballots, 33, 10) == needed


def test_equal_groups_have_the_same_voice_whatever_their_size() -> None:
    many, few = count(levels(["1A1~"] * 30, 2)), count(levels(["1~1A"] * 7, 2))
    assert scores(one_voice({"many": many, "few": few}).tally)[0] == pytest.approx(100 * 30 / 37)
    weighted = equal_groups({"many": many, "few": few, "silent": empty(2)})
    assert scores(weighted.tally).tolist() == [50.0, 50.0]
    assert ranks(scores(weighted.tally)).tolist() == [1, 1]
    assert weighted.without_ballots == ("silent",)


@settings(max_examples=50)
@given(st.lists(rankings(), min_size=1, max_size=6), st.integers(1, 97), st.integers(1, 97))
def test_weights_keep_exact_ties(ballots: list[str], size: int, other_size: int) -> None:
    # Two groups that say exactly the opposite of each other cancel out, whatever their sizes.
    said = tally_of(ballots)
    opposite = Tally(said.ballots, said.placed, said.compared, said.above.T, said.first, said.position, said.answered)
    known = scores(equal_groups({"one": said * size, "other": opposite * other_size}).tally)
    assert set(known[~np.isnan(known)].tolist()) <= {50.0}


def test_no_ballots_at_all() -> None:
    nothing = one_voice({"firm": empty(3)})
    assert np.isnan(scores(nothing.tally)).all()
    assert ranks(scores(nothing.tally)).tolist() == [0, 0, 0]
    assert equal_groups({"firm": empty(3)}).tally == empty(3)


@given(rankings())
def test_written_rankings_are_valid_and_counted(ranking: str) -> None:
    check(ranking, IDEAS)
    assert judged(ranking) == sum(len(tier) for tier in order_of(ranking))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("1~1~", "10 characters"),
        ("1~1~1~1~1~1~", "10 characters"),
        ("1A0A1~1~1~", "no judgement"),
        ("1~5A1~1~1~", "no judgement"),
        ("1~6~1~1~1~", "unknown answer"),
        ("1~é~1~1~1~", "unknown answer"),
        ("1~1!1~1~1~", "unknown place"),
        ("1B1~1~1~1~", "gap"),
        ("1A1C1~1~1~", "gap"),
    ],
)
def test_a_wrong_ranking_is_refused_with_its_reason(wrong: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check(wrong, IDEAS)


def test_levels_need_the_right_length() -> None:
    with pytest.raises(ValueError, match="10 characters"):
        levels(["1~1~"], IDEAS)
