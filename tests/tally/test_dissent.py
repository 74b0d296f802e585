"""Spread, bridging score, polarisation, and the lists of consensus and dissent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruhrvote.tally import dissent
from ruhrvote.tally.dissent import (
    Stance,
    agreement,
    bridging,
    consensus,
    polarisation,
    spread,
    stances,
    standings,
)
from tests.tally import slow_counter as slow
from tests.tally.profiles import levels_of, order_of, orders
from tests.tally.slow_counter import Order

IDEAS = 6
nan = math.nan


@given(st.lists(orders(IDEAS), max_size=9))
def test_standings_are_what_the_definition_says(ballots: list[Order]) -> None:
    counted = standings(levels_of(ballots, IDEAS))
    for i in range(IDEAS):
        values = [value for order in ballots if (value := slow.standing(order, i)) is not None]
        assert counted[i].tolist() == [sum(slow.fifth(value) == k for value in values) for k in range(5)]


def test_borders_belong_to_the_fifth_nearer_to_the_middle() -> None:
    # Eleven ideas in a strict order stand at 1, 0.9 … 0.1, 0; the borders are 0.2, 0.4, 0.6 and 0.8.
    counted = standings(levels_of([order_of("A>B>C>D>E>F>G>H>I>J>K")], 11))
    assert counted.argmax(axis=1).tolist() == [4, 4, 3, 3, 2, 2, 2, 1, 1, 0, 0]
    assert counted.sum() == 11


def test_a_ballot_that_places_one_idea_says_nothing() -> None:
    assert not standings(levels_of([order_of("A"), []], 3)).any()


def test_a_ballot_that_places_two_ideas_says_which_is_above() -> None:
    assert standings(levels_of([order_of("A>B")], 3)).tolist() == [[0, 0, 0, 0, 1], [1, 0, 0, 0, 0], [0] * 5]


def test_standings_are_counted_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    ballots = levels_of([order_of(text) for text in ("A>B>C", "C>A", "B=C>A", "A=B=C", "C>B>A")], 3)
    whole = standings(ballots)
    monkeypatch.setattr(dissent, "CHUNK", 2)
    assert np.array_equal(standings(ballots), whole)


# --- agreement --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequencies", "known"),
    [
        ((30, 40, 210, 130, 530, 50, 10), 0.6113333333),  # the example in van der Eijk's paper
        ((0, 0, 9, 0, 0), 1),
        ((7, 0, 0, 0, 0), 1),
        ((5, 5, 5, 5, 5), 0),
        ((5, 0, 0, 0, 5), -1),
        ((0, 4, 4, 0, 0), 0.75),
        ((4, 4, 0, 0, 0), 0.75),
        ((0, 2, 2, 2, 0), 0.5),
        ((3, 0, 3, 0, 0), (3 * 2 - 4 * 1) / (3 * 3) * 0.75),
        ((3, 0, 3, 3, 0), (3 * 4 - 4 * 2) / (3 * 6) * 0.5),
        ((1, 3, 0, 0, 0), (2 * 0.75 + 2 * 1) / 4),
        ((5, 0, 5), -1),
        ((1, 1, 0), 0.5),
    ],
)
def test_agreement_in_known_cases(frequencies: tuple[int, ...], known: float) -> None:
    assert agreement(frequencies) == pytest.approx(known, abs=1e-9)


def test_agreement_of_nobody_does_not_exist() -> None:
    assert math.isnan(agreement([0, 0, 0, 0, 0]))


@given(st.lists(st.integers(0, 50), min_size=5, max_size=5).filter(any), st.integers(1, 9))
def test_agreement_lies_between_its_ends_and_knows_neither_direction_nor_size(frequencies, times) -> None:
    value = agreement(frequencies)
    assert -1 <= value <= 1
    assert agreement(frequencies[::-1]) == pytest.approx(value)
    assert agreement([times * frequency for frequency in frequencies]) == pytest.approx(value)


def test_two_camps_are_told_from_indifference_and_from_diversity() -> None:
    # The score of A is 50 in each of these groups of four; only the first is two camps.
    camps = levels_of([order_of("A>B=C=D=E")] * 2 + [order_of("B=C=D=E>A")] * 2, 5)
    indifferent = levels_of([order_of("A=B=C=D=E")] * 4, 5)
    middle = levels_of([order_of("B=C>A>D=E")] * 4, 5)
    diverse = levels_of([order_of(o) for o in ("A>B>C>D>E", "B>A>C>D>E", "B>C>A>D>E", "B>C>D>A>E", "B>C>D>E>A")], 5)
    assert [polarisation(group)[0] for group in (camps, indifferent, middle, diverse)] == [1, 0, 0, 0.5]
    assert np.isnan(polarisation(levels_of([], 5))).all()


@given(st.lists(orders(IDEAS, complete=True), min_size=1, max_size=9))
def test_reversing_every_ballot_changes_no_polarisation(ballots: list[Order]) -> None:
    backwards = [order[::-1] for order in ballots]
    np.testing.assert_allclose(polarisation(levels_of(ballots, IDEAS)), polarisation(levels_of(backwards, IDEAS)))


# --- between the groups -----------------------------------------------------------------------

GROUPS = {
    #                  A     B     C     D     E    F    G
    "chamber": np.array([70.0, 60.0, 80.0, 50.0, nan, nan, 55.0]),
    "firm": np.array([55.5, 40.0, 45.0, 50.0, 51.0, nan, 60.0]),
    "municipality": np.array([60.0, 44.0, 54.9, nan, nan, nan, 70.0]),
}
CAMPS = {
    "chamber": np.array([0.5, 0.2, 0.1, 0.2, nan, nan, 0.2]),
    "firm": np.array([0.1, 0.2, 0.2, 0.500000001, 0.0, nan, 0.9]),
}


def test_spread_and_bridging_score() -> None:
    np.testing.assert_array_equal(spread(GROUPS), [14.5, 20.0, 35.0, 0.0, nan, nan, 15.0])
    np.testing.assert_array_equal(bridging(GROUPS), [55.5, 40.0, 45.0, 50.0, 51.0, nan, 55.0])


def test_the_stance_of_each_idea() -> None:
    known = stances(GROUPS, CAMPS)
    assert [stance.idea for stance in known] == list(range(7))
    assert known[1] == Stance(1, 40.0, 20.0, ("chamber",), ("firm", "municipality"), ())
    assert known[3] == Stance(3, 50.0, 0.0, (), (), ("firm",))
    assert known[6] == Stance(6, 55.0, 15.0, ("chamber", "firm", "municipality"), (), ("firm",))


def test_consensus_and_dissent() -> None:
    known = stances(GROUPS, CAMPS)
    # A and E: every group that has a score is for them. D is neutral, F unknown, G has two camps among the firms.
    assert [stance.idea for stance in consensus(known)] == [0, 4]
    assert [stance.idea for stance in dissent.dissent(known)] == [2, 1, 6, 3]
    assert [stance.idea for stance in dissent.dissent(known, least_spread=20.0)] == [2, 1, 6, 3]
    assert [stance.idea for stance in dissent.dissent(known, least_spread=20.5)] == [2, 6, 3]
    assert dissent.dissent(known) == dissent.dissent(known, 10.0)


def test_the_least_spread_is_ten_points() -> None:
    def disputed(high: float, low: float) -> bool:
        return bool(dissent.dissent(stances({"a": np.array([high]), "b": np.array([low])}, {})))

    assert disputed(55.0, 45.0)
    assert not disputed(54.9, 45.0)
    assert not disputed(90.0, 50.0)
    assert not disputed(50.0, 10.0)


def test_a_neutral_idea_is_on_neither_list() -> None:
    known = stances({"a": np.array([50.0]), "b": np.array([60.0])}, {"a": np.array([0.5])})
    assert consensus(known) == dissent.dissent(known) == []


def test_ideas_without_a_spread_follow_those_with_the_smallest() -> None:
    groups = {"a": np.array([nan, 60.5, 60.0]), "b": np.array([50.0, 60.0, 60.0])}
    agenda = dissent.dissent(stances(groups, {"a": np.array([1.0, 1.0, 1.0])}))
    assert [stance.idea for stance in agenda] == [1, 0, 2]


def test_two_camps_in_the_only_group_come_last_on_the_agenda() -> None:
    groups, camps = {"a": np.array([60.0, 70.0]), "b": np.array([nan, 40.0])}, {"a": np.array([0.8, 0.1])}
    assert [stance.idea for stance in dissent.dissent(stances(groups, camps))] == [1, 0]


@given(
    st.dictionaries(
        st.sampled_from("abc"), st.lists(st.floats(0, 100) | st.just(nan), min_size=3, max_size=3), min_size=1
    ),
    st.lists(st.floats(0, 1) | st.just(nan), min_size=3, max_size=3),
)
def test_no_idea_is_on_both_lists(groups, camps) -> None:
    known = stances({name: np.array(score) for name, score in groups.items()}, {"a": np.array(camps)})
    agreed, disputed = consensus(known), dissent.dissent(known)
    assert not {stance.idea for stance in agreed} & {stance.idea for stance in disputed}
    assert [stance.bridging for stance in agreed] == sorted((stance.bridging for stance in agreed), reverse=True)
