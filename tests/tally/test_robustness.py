"""Ranks under each method, the bootstrap, and boards without each group."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruhrvote.tally import methods, robustness
from ruhrvote.tally.methods import Links, Unranked, pairs
from ruhrvote.tally.robustness import bootstrap, ranks_by_method, ranks_by_weighting, without_each_group
from ruhrvote.tally.scores import equal_groups, one_voice, scores, shared_voice
from ruhrvote.tally.tally import count
from ruhrvote.tally.weak_order import NOT_JUDGED
from tests.tally.profiles import election, levels_of, order_of, orders, tally_of

IDEAS = 4


def test_the_rank_under_each_method() -> None:
    # 81 voters of Condorcet: the methods disagree; D is judged by two voters alone, who both have it first.
    ballots = election(ABC=30, ACB=1, BAC=29, BCA=10, CAB=10, CBA=1) + [order_of("D>A=B=C")] * 2
    assert {name: rank.tolist() for name, rank in ranks_by_method(tally_of(ballots, 4)).items()} == {
        "score": [3, 2, 4, 1],
        "borda-unranked-last": [2, 1, 3, 4],
        "copeland": [2, 3, 4, 1],
        "schulze-winning-votes": [2, 3, 4, 1],
        "schulze-margins": [2, 3, 4, 1],
        "first-places": [2, 1, 3, 4],
    }


def test_the_rank_under_each_weighting() -> None:
    groups = {"firm": tally_of([order_of("A>B")] * 3, 2), "chamber": tally_of([order_of("B>A")], 2)}
    weightings = {
        "one voice": one_voice,
        "equal groups": equal_groups,
        "chambers": lambda given: shared_voice(given, {"firm": 1, "chamber": 2}),
    }
    by_weighting = ranks_by_weighting(groups, weightings)
    assert list(by_weighting) == list(weightings)
    assert {name: ranks["score"].tolist() for name, ranks in by_weighting.items()} == {
        "one voice": [1, 2],
        "equal groups": [1, 1],
        "chambers": [2, 1],
    }
    assert list(by_weighting["one voice"]) == list(ranks_by_method(groups["firm"]))


def test_both_forms_of_schulze_are_asked() -> None:
    # A beats B by 5:4, B beats C by 3:0, C beats A by 4:2.
    votes = {"A>B": 5, "B>A": 4, "B>C": 3, "C>A": 4, "A>C": 2}
    by_method = ranks_by_method(tally_of([order_of(text) for text, n in votes.items() for _ in range(n)], 3))
    assert by_method["schulze-winning-votes"].tolist() == [2, 3, 1]
    assert by_method["schulze-margins"].tolist() == [3, 1, 2]


def test_an_idea_that_nobody_judged_has_no_rank_by_score() -> None:
    by_method = ranks_by_method(tally_of([order_of("A>B")], 3))
    assert by_method["score"].tolist() == [1, 2, 0]
    assert by_method["borda-unranked-last"].tolist() == [1, 2, 3]
    assert by_method["schulze-winning-votes"].tolist() == [1, 3, 1]


@given(st.lists(orders(IDEAS), max_size=9))
def test_schulze_ranks_are_those_of_its_levels(ballots) -> None:
    tally = tally_of(ballots, IDEAS)
    for name, links in [("schulze-winning-votes", Links.WINNING_VOTES), ("schulze-margins", Links.MARGINS)]:
        levels = methods.schulze_levels(methods.schulze_strengths(pairs(tally, Unranked.IGNORED), links))
        rank = ranks_by_method(tally)[name]
        assert [sorted(np.flatnonzero(rank == value)) for value in sorted(set(rank.tolist()))] == levels


def test_the_board_without_each_group() -> None:
    one, two, three = (tally_of([order_of(text)], 2) for text in ("A>B", "B>A", "A=B"))
    groups = {"one": one * 5, "two": two * 3, "three": three * 2}
    left_out = without_each_group(groups, one_voice)
    assert {name: score.tolist() for name, score in left_out.items()} == {
        "one": [20, 80],
        "two": [pytest.approx(100 * 6 / 7), pytest.approx(100 / 7)],
        "three": [62.5, 37.5],
    }
    assert without_each_group(groups, equal_groups)["three"].tolist() == [50, 50]


# --- bootstrap --------------------------------------------------------------------------------


def test_ballots_that_all_say_the_same_leave_nothing_to_chance() -> None:
    drawn = bootstrap({"firm": levels_of([order_of("A>B>C=D")] * 30, 4)}, draws=50)
    assert drawn.score_low.tolist() == drawn.score_high.tolist()
    np.testing.assert_allclose(drawn.score_low, [100, 200 / 3, 100 / 6, 100 / 6], atol=1e-9)
    assert drawn.rank_best.tolist() == drawn.rank_worst.tolist() == [1, 2, 3, 3]
    assert drawn.ahead.tolist() == [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert drawn.told_apart(0, 1)
    assert drawn.told_apart(1, 0)
    assert not drawn.told_apart(2, 3)
    assert drawn.neighbours_not_told_apart(np.array([1, 2, 3, 3])) == [(2, 3)]
    assert drawn.neighbours_not_told_apart(np.array([1, 2, 0, 0])) == []
    assert drawn.neighbours_not_told_apart(np.array([3, 4, 1, 1])) == [(2, 3)]


def test_the_interval_of_a_share_is_that_of_the_binomial_distribution() -> None:
    # 100 ballots, 60 for A: the share of A in a draw is binomial(100, 0.6)/100; its middle 95 % is 50 to 69 or 70.
    ballots = levels_of([order_of("A>B")] * 60 + [order_of("B>A")] * 40, 2)
    drawn = bootstrap({"firm": ballots}, draws=4000, seed=7)
    assert drawn.score_low[0] == pytest.approx(50, abs=1)
    assert drawn.score_high[0] == pytest.approx(69.5, abs=1)
    assert drawn.score_low[1] == pytest.approx(100 - drawn.score_high[0], abs=1)
    assert drawn.ahead[0, 1] == pytest.approx(0.973, abs=0.01)  # P(X > 50)
    assert drawn.ahead[1, 0] == pytest.approx(0.017, abs=0.01)  # P(X < 50)
    assert (drawn.rank_best.tolist(), drawn.rank_worst.tolist()) == ([1, 1], [1, 2])
    narrow = bootstrap({"firm": ballots}, draws=4000, seed=7, confidence=0.5)
    assert narrow.score_low[0] == pytest.approx(57, abs=1)
    assert narrow.score_high[0] == pytest.approx(63, abs=1)
    assert narrow.told_apart(0, 1)
    assert not drawn.told_apart(0, 1)


def test_told_apart_is_more_than_the_middle_of_the_draws() -> None:
    def told_apart(ahead: float) -> bool:
        none, ranks = np.zeros(2), np.zeros(2, dtype=np.int64)
        drawn = robustness.Bootstrap(none, none, ranks, ranks, np.array([[0, ahead], [1 - ahead, 0]]), confidence=0.5)
        return drawn.told_apart(0, 1)

    assert [told_apart(ahead) for ahead in (0.24, 0.25, 0.5, 0.75, 0.76)] == [True, False, False, False, True]


def test_the_seed_decides_and_the_order_of_the_ballots_does_not() -> None:
    chance = np.random.default_rng(1)
    ballots = chance.integers(0, 3, (200, 4)).astype(np.uint8)
    ballots[chance.random(ballots.shape) < 0.3] = NOT_JUDGED
    one = bootstrap({"b": ballots[:100], "a": ballots[100:]}, draws=20, seed=3)
    again = bootstrap(
        {"a": chance.permutation(ballots[100:]), "b": chance.permutation(ballots[:100])}, draws=20, seed=3
    )
    other = bootstrap({"b": ballots[:100], "a": ballots[100:]}, draws=20, seed=4)
    for name in ("score_low", "score_high", "rank_best", "rank_worst", "ahead"):
        assert np.array_equal(getattr(one, name), getattr(again, name))
    assert not np.array_equal(one.score_low, other.score_low)
    default = bootstrap({"b": ballots[:100], "a": ballots[100:]})
    assert default.confidence == 0.95
    assert set(np.round(default.ahead * 1000 % 1, 9).ravel()) == {0}  # a thousand draws
    assert np.array_equal(default.ahead, bootstrap({"b": ballots[:100], "a": ballots[100:]}, draws=1000, seed=0).ahead)


def test_groups_are_drawn_apart_and_weighted() -> None:
    # Each group is of one mind, so that no draw changes anything: the scores are those of the weighting.
    groups = {"firm": levels_of([order_of("A>B")] * 30, 2), "chamber": levels_of([order_of("B>A")] * 10, 2)}
    assert bootstrap(groups, draws=5).score_low.tolist() == [75, 25]
    assert bootstrap(groups, draws=5).score_high.tolist() == [75, 25]
    even = bootstrap(groups, {"firm": 1, "chamber": 1}, draws=5)
    assert even.score_low.tolist() == even.score_high.tolist() == [50, 50]
    tallies = {name: count(level) for name, level in groups.items()}
    scenario = bootstrap(groups, {"firm": 30, "chamber": 70}, draws=5)
    assert scenario.score_low.tolist() == scores(shared_voice(tallies, {"firm": 30, "chamber": 70}).tally).tolist()
    assert bootstrap(groups, {"chamber": 1}, draws=5).score_low.tolist() == [0, 100]
    silent = {**groups, "municipality": levels_of([], 2)}
    assert bootstrap(silent, {"firm": 1, "municipality": 1}, draws=5).score_low.tolist() == [100, 0]


def test_a_group_of_one_ballot_has_its_whole_voice() -> None:
    groups = {"firm": levels_of([order_of("A>B")], 2), "chamber": levels_of([order_of("B>A")] * 2, 2)}
    assert bootstrap(groups, {"firm": 1, "chamber": 1}, draws=5).score_low.tolist() == [50, 50]


def test_the_ends_of_an_interval_are_among_the_draws() -> None:
    summary = robustness._summary(np.array([[10.0, 25.0], [20.0, 25.0], [30.0, 25.0], [40.0, 25.0]]), confidence=0.5)
    assert (summary.score_low.tolist(), summary.score_high.tolist()) == ([10, 25], [30, 25])
    assert (summary.rank_best.tolist(), summary.rank_worst.tolist()) == ([1, 1], [2, 2])
    assert summary.rank_best.dtype == np.int64
    assert summary.ahead.tolist() == [[0, 0.5], [0.5, 0]]


@pytest.mark.parametrize("ideas", [1, 3, 8, 40])
def test_distinct_ballots_as_numpy_finds_them(ideas: int) -> None:
    levels = np.random.default_rng(1).choice([0, 1, 40, NOT_JUDGED], (500, ideas)).astype(np.uint8)
    distinct, number = robustness._distinct(levels)
    expected, expected_number = np.unique(levels, axis=0, return_counts=True)
    assert distinct.tolist() == expected.tolist()
    assert number.tolist() == expected_number.tolist()


def test_what_is_judged_by_nobody_or_by_few() -> None:
    # C is judged by nobody; D on 1 of 40 ballots, and so missing in about 36 % of the draws.
    ballots = [order_of("A>B")] * 39 + [order_of("D>A>B")]
    drawn = bootstrap({"firm": levels_of(ballots, 4)}, draws=400, seed=1)
    assert np.isnan(drawn.score_low[2])
    assert np.isnan(drawn.score_high[2])
    assert (drawn.rank_best[2], drawn.rank_worst[2]) == (0, 0)
    assert (drawn.score_low[3], drawn.score_high[3]) == (100, 100)
    assert (drawn.rank_best[3], drawn.rank_worst[3]) == (1, 1)
    assert drawn.ahead[3, 1] == pytest.approx(1 - (39 / 40) ** 40, abs=0.08)
    assert (drawn.rank_best[0], drawn.rank_worst[0]) == (1, 2)
    nobody = bootstrap({"firm": levels_of([], 3)}, draws=5)
    assert np.isnan(nobody.score_low).all()
    assert nobody.rank_worst.tolist() == [0, 0, 0]


def test_drawing_in_chunks_follows_the_same_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    ballots = [order_of(text) for text in ("A>B>C", "B>C>A", "C>A>B", "A=B", "B>A", "C>A") for _ in range(20)]
    whole = bootstrap({"firm": levels_of(ballots, 3)}, draws=3000, seed=5)
    monkeypatch.setattr(robustness, "CHUNK", 2)
    apart = bootstrap({"firm": levels_of(ballots, 3)}, draws=3000, seed=6)
    np.testing.assert_allclose(apart.score_low, whole.score_low, atol=1)
    np.testing.assert_allclose(apart.score_high, whole.score_high, atol=1)
    np.testing.assert_allclose(apart.ahead, whole.ahead, atol=0.05)


@settings(max_examples=30)
@given(st.lists(orders(IDEAS), min_size=1, max_size=9), st.integers(0, 100))
def test_one_draw_is_the_score_of_the_ballots_drawn(ballots, seed: int) -> None:
    # Whatever is drawn, a single draw is both ends of its interval, and a score among 0 to 100 with its own rank.
    drawn = bootstrap({"all": levels_of(ballots, IDEAS)}, draws=1, seed=seed)
    times = [times for times, _ in robustness._draw(levels_of(ballots, IDEAS), 1, np.random.default_rng([seed, 0]))]
    chunk = np.unique(levels_of(ballots, IDEAS), axis=0)
    repeated = chunk[np.repeat(np.arange(len(chunk)), times[0][0].astype(int))]
    assert len(repeated) == len(ballots)
    expected = scores(count(repeated))
    np.testing.assert_allclose(drawn.score_low, expected, atol=1e-9)
    np.testing.assert_allclose(drawn.score_high, expected, atol=1e-9)
    assert drawn.rank_best.tolist() == ranks_by_method(count(repeated))["score"].tolist()
    assert np.array_equal(drawn.ahead, (expected[:, np.newaxis] > expected).astype(float))
