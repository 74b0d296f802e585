"""Borda, Condorcet, Copeland and Schulze against the slow counter, in truth tables, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruhrvote.tally import methods
from ruhrvote.tally.methods import Links, Pairs, Unranked, pairs
from ruhrvote.tally.scores import first_places, scores
from ruhrvote.tally.tally import count, empty
from tests.tally import slow_counter as slow
from tests.tally.profiles import levels_of, order_of, orders, tally_of
from tests.tally.slow_counter import Order

IDEAS = 5
READINGS = [Unranked.LAST, Unranked.IGNORED]
profiles = st.lists(orders(IDEAS), max_size=9)


def schulze(counted: Pairs, links: Links = Links.WINNING_VOTES) -> list[list[int]]:
    return methods.schulze_levels(methods.schulze_strengths(counted, links))


@pytest.mark.parametrize("unranked", READINGS)
@given(ballots=profiles)
def test_pairs_and_borda_are_what_the_definitions_say(unranked: Unranked, ballots: list[Order]) -> None:
    counted, last = pairs(tally_of(ballots, IDEAS), unranked), unranked is Unranked.LAST
    for i in range(IDEAS):
        assert counted.preferred[i, i] == counted.compared[i, i] == 0
        assert methods.borda(counted)[i] == slow.points(ballots, i, IDEAS, last)
        assert methods.borda_doubled(counted)[i] == 2 * slow.points(ballots, i, IDEAS, last)
        for j in set(range(IDEAS)) - {i}:
            assert counted.preferred[i, j] == slow.preferring(ballots, i, j, last)
            assert counted.compared[i, j] == sum(slow.says_about(order, i, j, last) for order in ballots)


@pytest.mark.parametrize("unranked", READINGS)
@given(ballots=profiles)
def test_copeland_and_condorcet_are_what_the_definitions_say(unranked: Unranked, ballots: list[Order]) -> None:
    counted = pairs(tally_of(ballots, IDEAS), unranked)
    won = slow.victories(ballots, IDEAS, unranked is Unranked.LAST)
    for i in range(IDEAS):
        wins, losses = sum(a == i for a, _ in won), sum(b == i for _, b in won)
        assert methods.copeland(counted)[i] == wins - losses
        assert methods.copeland_half(counted)[i] == wins + (IDEAS - 1 - wins - losses) / 2
    of_all = [i for i in range(IDEAS) if sum(a == i for a, _ in won) == IDEAS - 1]
    assert methods.condorcet_winner(counted) == (of_all[0] if of_all else None)


@pytest.mark.parametrize("unranked", READINGS)
@pytest.mark.parametrize("links", Links)
@given(ballots=profiles)
def test_schulze_is_what_the_definition_says(unranked: Unranked, links: Links, ballots: list[Order]) -> None:
    counted, last = pairs(tally_of(ballots, IDEAS), unranked), unranked is Unranked.LAST
    won = slow.victories(ballots, IDEAS, last)
    if links is Links.MARGINS:
        won = {(i, j): votes - slow.preferring(ballots, j, i, last) for (i, j), votes in won.items()}
    paths = {(i, j): slow.strongest_path(won, IDEAS, i, j) for i in range(IDEAS) for j in range(IDEAS) if i != j}
    strengths = methods.schulze_strengths(counted, links)
    assert np.diagonal(strengths).tolist() == [0] * IDEAS
    assert {(i, j): strengths[i, j] for i, j in paths} == paths
    beats = {(i, j) for (i, j), strength in paths.items() if strength > paths[j, i]}
    assert [set(level) for level in methods.schulze_levels(strengths)] == slow.levels(beats, IDEAS)


@given(profiles)
def test_first_places_are_shared_exactly(ballots: list[Order]) -> None:
    tally = tally_of(ballots, IDEAS)
    assert first_places(tally).tolist() == [float(slow.first_places(ballots, i)) for i in range(IDEAS)]
    sole = [sum(bool(order) and order[0] == {i} for order in ballots) for i in range(IDEAS)]
    assert methods.sole_first_places(tally).tolist() == sole


def test_thirds_of_first_places_add_up_to_whole_ones() -> None:
    # Six times a sixth is as much as one, whatever floating point makes of a sixth.
    split, sole = [order_of("A=B=C=D=E=F")] * 6, [order_of("G")]
    assert first_places(tally_of(split + sole, 7)).tolist() == [1.0] * 7


# --- truth tables -----------------------------------------------------------------------------


def test_a_ballot_that_leaves_two_of_four_out() -> None:
    tally = tally_of([order_of("A>B")], 4)
    last, ignored = pairs(tally, Unranked.LAST), pairs(tally, Unranked.IGNORED)
    assert last.preferred.tolist() == [[0, 1, 1, 1], [0, 0, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert last.compared.tolist() == [[0, 1, 1, 1], [1, 0, 1, 1], [1, 1, 0, 1], [1, 1, 1, 0]]
    assert methods.borda(last).tolist() == [3, 2, 0.5, 0.5]
    assert ignored.preferred.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert methods.borda(ignored).tolist() == [1, 0, 0, 0]
    assert methods.mean_normalised_score(last, 1).tolist() == [1, 2 / 3, 1 / 6, 1 / 6]


def test_an_empty_ballot_ties_everything_or_says_nothing() -> None:
    tally = tally_of([[]], 3)
    assert methods.borda(pairs(tally, Unranked.LAST)).tolist() == [1, 1, 1]
    assert methods.borda(pairs(tally, Unranked.IGNORED)).tolist() == [0, 0, 0]
    assert schulze(pairs(tally, Unranked.LAST)) == [[0, 1, 2]]


def test_a_cycle_has_no_condorcet_winner_and_its_weakest_link_decides() -> None:
    ballots = [order_of("A>B>C")] * 4 + [order_of("B>C>A")] * 3 + [order_of("C>A>B")] * 2
    counted = pairs(tally_of(ballots, 3), Unranked.LAST)
    assert counted.preferred.tolist() == [[0, 6, 4], [3, 0, 7], [5, 2, 0]]
    assert methods.condorcet_winner(counted) is None
    assert methods.copeland(counted).tolist() == [0, 0, 0]
    assert methods.copeland_half(counted).tolist() == [1, 1, 1]
    assert methods.schulze_strengths(counted).tolist() == [[0, 6, 6], [5, 0, 7], [5, 5, 0]]
    assert methods.schulze_strengths(counted, Links.MARGINS).tolist() == [[0, 3, 3], [1, 0, 5], [1, 1, 0]]
    assert schulze(counted) == [[0], [1], [2]]


def test_winning_votes_and_margins_may_differ() -> None:
    # A beats B by 5:4, B beats C by 3:0, C beats A by 4:2; the rest tie the pair.
    preferred = np.array([[0, 5, 2], [4, 0, 3], [4, 0, 0]])
    counted = Pairs(preferred, 9 * (1 - np.eye(3, dtype=np.int64)))
    assert methods.link_strengths(counted, Links.WINNING_VOTES).tolist() == [[0, 5, 0], [0, 0, 3], [4, 0, 0]]
    assert methods.link_strengths(counted, Links.MARGINS).tolist() == [[0, 1, 0], [0, 0, 3], [2, 0, 0]]
    assert schulze(counted, Links.WINNING_VOTES) == [[2], [0], [1]]
    assert schulze(counted, Links.MARGINS) == [[1], [2], [0]]


def test_levels_keep_ties_together() -> None:
    beats = np.zeros((5, 5), dtype=bool)
    beats[0, 2] = beats[1, 2] = beats[2, 4] = beats[0, 4] = beats[1, 4] = True
    assert methods.levels_of(beats) == [[0, 1, 3], [2], [4]]
    assert methods.ranks_of_levels([[0, 1, 3], [2], [4]]).tolist() == [1, 1, 4, 1, 5]
    assert methods.levels_of(np.zeros((0, 0), dtype=bool)) == []


@pytest.mark.parametrize("ideas", [7, 8, 9, 40])
def test_levels_of_any_relation_without_a_cycle(ideas: int) -> None:
    chance = np.random.default_rng(ideas)
    order = chance.permutation(ideas)
    beats = np.zeros((ideas, ideas), dtype=bool)
    beats[np.ix_(order, order)] = np.triu(chance.random((ideas, ideas)) < 0.1, 1)
    pairs_beaten = {(int(i), int(j)) for i, j in np.argwhere(beats)}
    assert [set(level) for level in methods.levels_of(beats)] == slow.levels(pairs_beaten, ideas)


def test_one_idea_alone_and_no_ballots() -> None:
    alone = pairs(tally_of([[{0}]], 1), Unranked.LAST)
    assert methods.condorcet_winner(alone) == 0
    assert methods.borda(alone).tolist() == methods.copeland(alone).tolist() == [0]
    assert np.isnan(methods.mean_normalised_score(alone, 1)).all()
    nothing = pairs(empty(3), Unranked.LAST)
    assert methods.condorcet_winner(nothing) is None
    assert np.isnan(methods.mean_normalised_score(nothing, 0)).all()
    assert schulze(nothing) == [[0, 1, 2]]


# --- laws -------------------------------------------------------------------------------------


def all_figures(counted: Pairs) -> list[list[float]]:
    return [
        methods.borda(counted).tolist(),
        methods.copeland(counted).tolist(),
        methods.ranks_of_levels(schulze(counted)).tolist(),
        methods.ranks_of_levels(schulze(counted, Links.MARGINS)).tolist(),
    ]


@pytest.mark.parametrize("unranked", READINGS)
@given(ballots=profiles, renamed=st.permutations(range(IDEAS)), chance=st.randoms())
def test_neutrality_and_anonymity(unranked, ballots, renamed, chance) -> None:
    shuffled = list(ballots)
    chance.shuffle(shuffled)
    figures = all_figures(pairs(tally_of(ballots, IDEAS), unranked))
    assert all_figures(pairs(tally_of(shuffled, IDEAS), unranked)) == figures
    moved = count(levels_of(ballots, IDEAS)[:, renamed])
    expected = [[values[old] for old in renamed] for values in figures]
    assert all_figures(pairs(moved, unranked)) == expected


@pytest.mark.parametrize("unranked", READINGS)
@given(one=profiles, other=profiles)
def test_pairs_and_borda_of_two_electorates_add_up(unranked, one, other) -> None:
    first, second = (pairs(tally_of(ballots, IDEAS), unranked) for ballots in (one, other))
    together = pairs(tally_of(one + other, IDEAS), unranked)
    assert np.array_equal(together.preferred, first.preferred + second.preferred)
    assert np.array_equal(together.compared, first.compared + second.compared)
    assert np.array_equal(methods.borda(together), methods.borda(first) + methods.borda(second))


@given(st.lists(orders(IDEAS, complete=True), max_size=9))
def test_reversing_every_ballot_reverses_every_ranking(ballots: list[Order]) -> None:
    forward = pairs(tally_of(ballots, IDEAS), Unranked.LAST)
    backward = pairs(tally_of([order[::-1] for order in ballots], IDEAS), Unranked.LAST)
    most = (IDEAS - 1) * len(ballots)
    assert methods.borda(backward).tolist() == (most - methods.borda(forward)).tolist()
    assert methods.copeland(backward).tolist() == (-methods.copeland(forward)).tolist()
    for links in Links:
        there, back = (methods.schulze_strengths(counted, links) for counted in (forward, backward))
        assert np.array_equal(there, back.T)


@pytest.mark.parametrize("unranked", READINGS)
@given(ballots=profiles)
def test_a_condorcet_winner_wins_copeland_and_schulze(unranked: Unranked, ballots: list[Order]) -> None:
    counted = pairs(tally_of(ballots, IDEAS), unranked)
    winner = methods.condorcet_winner(counted)
    if winner is not None:
        assert np.flatnonzero(methods.copeland(counted) == methods.copeland(counted).max()).tolist() == [winner]
        for links in Links:
            assert schulze(counted, links)[0] == [winner]


def raised(order: Order, idea: int) -> Order:
    """The same order with the idea alone at the top."""
    return [{idea}, *(tier - {idea} for tier in order if tier - {idea})]


@pytest.mark.parametrize("unranked", READINGS)
@given(ballots=st.lists(orders(IDEAS, complete=True), min_size=1, max_size=9), idea=st.integers(0, IDEAS - 1))
def test_raising_an_idea_on_a_ballot_never_harms_it(unranked: Unranked, ballots: list[Order], idea: int) -> None:
    before = pairs(tally_of(ballots, IDEAS), unranked)
    after = pairs(tally_of([raised(ballots[0], idea), *ballots[1:]], IDEAS), unranked)
    assert methods.borda(after)[idea] >= methods.borda(before)[idea]
    assert methods.copeland(after)[idea] >= methods.copeland(before)[idea]
    others = np.arange(IDEAS) != idea
    assert (methods.borda(after)[others] <= methods.borda(before)[others]).all()
    for links in Links:
        if idea in schulze(before, links)[0]:
            assert idea in schulze(after, links)[0]


@pytest.mark.parametrize("unranked", READINGS)
@given(ballots=profiles, among=st.lists(st.integers(0, IDEAS - 1), min_size=1, unique=True))
def test_restricting_the_counts_is_counting_the_restricted_ballots(unranked, ballots, among) -> None:
    levels = levels_of(ballots, IDEAS)
    restricted, recounted = pairs(count(levels).restrict(among), unranked), pairs(count(levels[:, among]), unranked)
    assert np.array_equal(restricted.preferred, recounted.preferred)
    assert np.array_equal(restricted.compared, recounted.compared)
    assert count(levels).placed[among].tolist() == count(levels[:, among]).placed.tolist()


@given(st.lists(orders(IDEAS, complete=True), min_size=1, max_size=9))
def test_on_complete_ballots_both_readings_and_the_score_agree(ballots: list[Order]) -> None:
    tally = tally_of(ballots, IDEAS)
    last, ignored = pairs(tally, Unranked.LAST), pairs(tally, Unranked.IGNORED)
    assert np.array_equal(last.preferred, ignored.preferred)
    assert np.array_equal(last.compared, ignored.compared)
    np.testing.assert_allclose(scores(tally), 100 * methods.mean_normalised_score(last, len(ballots)), atol=1e-9)


@pytest.mark.parametrize("unranked", READINGS)
@given(ballots=profiles, weight=st.integers(2, 1000))
def test_the_same_weight_for_all_changes_no_ranking(unranked: Unranked, ballots: list[Order], weight: int) -> None:
    tally = tally_of(ballots, IDEAS)
    once, often = pairs(tally, unranked), pairs(tally * weight, unranked)
    assert all_figures(once)[1:] == all_figures(often)[1:]
    assert np.array_equal(weight * methods.borda(once), methods.borda(often))


def test_exact_ties_stay_ties_beyond_floating_point() -> None:
    # 2**53 + 1 is no float: the two ideas below would tie if anything were computed in floats.
    more = tally_of([order_of("A>B")], 2) * (2**53 + 1)
    less = tally_of([order_of("B>A")], 2) * 2**53
    counted = pairs(more + less, Unranked.LAST)
    assert methods.condorcet_winner(counted) == 0
    assert np.ptp(methods.borda_doubled(counted)) == 2
    assert schulze(counted) == [[0], [1]]
