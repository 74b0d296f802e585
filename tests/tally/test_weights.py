"""Voices of groups: whole numbers throughout, however odd the sizes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruhrvote.tally import methods
from ruhrvote.tally.methods import Unranked, pairs
from ruhrvote.tally.scores import (
    among_first,
    equal_groups,
    first_places,
    one_voice,
    ranks,
    scores,
    shared_voice,
)
from ruhrvote.tally.tally import empty
from tests.tally.profiles import order_of, orders, tally_of
from tests.tally.slow_counter import Order, compared, preferring

UP, DOWN = tally_of([order_of("A>B>C")], 3), tally_of([order_of("C>B>A")], 3)
IDEAS = 4


def test_a_scenario_gives_each_group_its_part_of_the_voice() -> None:
    weighted = shared_voice({"firm": UP * 300, "chamber": DOWN * 10}, {"firm": 40, "chamber": 60})
    assert weighted.weights == {"firm": 1, "chamber": 45}
    assert weighted.tally.ballots == 300 + 450
    assert scores(weighted.tally).tolist() == [40, 50, 60]
    assert weighted.without_ballots == ()


def test_a_group_without_ballots_drops_out_and_the_others_keep_their_proportions() -> None:
    groups = {"silent": empty(3), "firm": UP * 6, "chamber": DOWN * 4}
    weighted = shared_voice(groups, {"silent": 50, "firm": 30, "chamber": 20})
    assert scores(weighted.tally).tolist() == [60, 50, 40]
    assert weighted.without_ballots == ("silent",)
    assert weighted.weights == {"firm": 1, "chamber": 1}
    assert one_voice(groups).without_ballots == ("silent",)
    assert one_voice(groups).weights == {"silent": 1, "firm": 1, "chamber": 1}
    assert equal_groups(groups).weights == {"firm": 2, "chamber": 3}


def test_a_tally_is_equal_to_tallies_alone() -> None:
    assert UP == UP * 1
    assert UP != DOWN
    assert UP != "a tally"


def test_a_group_without_a_part_has_no_voice() -> None:
    weighted = shared_voice({"firm": UP * 6, "chamber": DOWN * 4}, {"chamber": 1})
    assert scores(weighted.tally).tolist() == [0, 50, 100]
    assert weighted.weights == {"firm": 0, "chamber": 1}
    with pytest.raises(ValueError, match="less than no voice"):
        shared_voice({"firm": UP}, {"firm": -1})
    assert shared_voice({"firm": UP}, {}).tally == empty(3)


def test_weights_beyond_64_bits_keep_exact_ties() -> None:
    sizes = [399_989, 99_991, 49_999, 24_989, 12_497, 6_247]  # primes: their common denominator has 27 digits
    groups = {str(size): (UP if n % 2 else DOWN) * size for n, size in enumerate(sizes)}
    weighted = equal_groups(groups)
    assert weighted.tally.ballots > 2**64
    assert scores(weighted.tally).tolist() == [50, 50, 50]
    assert ranks(scores(weighted.tally)).tolist() == [1, 1, 1]
    counted = pairs(weighted.tally, Unranked.LAST)
    assert methods.copeland(counted).tolist() == [0, 0, 0]
    assert methods.condorcet_winner(counted) is None
    assert methods.schulze_levels(methods.schulze_strengths(counted)) == [[0, 1, 2]]
    assert methods.mean_normalised_score(counted, weighted.tally.ballots).tolist() == [0.5, 0.5, 0.5]
    assert np.ptp(first_places(weighted.tally)[[0, 2]]) == 0
    assert among_first(weighted.tally, 3).tolist() == [weighted.tally.ballots] * 3
    one_changed = {**groups, "6247": groups["6247"] - UP + DOWN}
    assert methods.condorcet_winner(pairs(equal_groups(one_changed).tally, Unranked.LAST)) == 2


def test_python_integers_take_over_exactly_where_numpys_end() -> None:
    # Three ideas: figures stay below 16 times the voices.
    limit = 2**63 // 16
    assert one_voice({"one": UP * (limit - 1)}).tally.above.dtype == np.int64
    assert one_voice({"one": UP * limit}).tally.above.dtype == object
    assert one_voice({"one": UP * limit}).tally.above.tolist() == [[0, limit, limit], [0, 0, limit], [0, 0, 0]]


@given(
    st.lists(orders(IDEAS), max_size=6),
    st.lists(orders(IDEAS), max_size=6),
    st.integers(0, 100),
    st.integers(1, 100),
)
def test_shared_voice_is_what_the_definition_says(one: list[Order], two: list[Order], a: int, b: int) -> None:
    groups = {"one": one, "two": two}
    weighted = shared_voice({name: tally_of(given, IDEAS) for name, given in groups.items()}, {"one": a, "two": b})
    voice = {"one": a, "two": b}
    weights = {name: Fraction(voice[name], len(given)) for name, given in groups.items() if given}
    for i in range(IDEAS):
        total, opponents = Fraction(0), 0
        for j in set(range(IDEAS)) - {i}:
            both = sum(w * compared(groups[name], i, j) for name, w in weights.items())
            won = sum(w * preferring(groups[name], i, j, False) for name, w in weights.items())
            lost = sum(w * preferring(groups[name], j, i, False) for name, w in weights.items())
            if both:
                total += (both + won - lost) / (2 * both)
                opponents += 1
        score = scores(weighted.tally)[i]
        assert np.isnan(score) if opponents == 0 else abs(score - float(100 * total / opponents)) < 1e-9
