"""Counting by cells against the slow counter, against counting ballot by ballot, and at the edges of its strips."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ruhrvote.tally import counting, tally
from ruhrvote.tally.cells import Cells, count_cells
from ruhrvote.tally.counting import LEVELS_AT_A_TIME, LONGEST_STRIP, MOST_IDEAS, count_by_cell
from ruhrvote.tally.tally import Tally, count, empty
from ruhrvote.tally.weak_order import NOT_JUDGED, TIERS_PER_ANSWER, Levels
from tests.tally import slow_counter

LEVELS = 4 * TIERS_PER_ANSWER  # how many there are
CELLS = 4
no_clock = settings(deadline=None)  # a busy machine is no fault of the count
DIGEST = "a53c8cbee45003167be9d0f5de60ab6303ec05a37142102bc4cc0deb494251c4"


def some_levels(ballots: int, ideas: int, seed: int = 0, levels: int = LEVELS) -> Levels:
    chance = np.random.default_rng(seed)
    level = chance.integers(0, levels, (ballots, ideas)).astype(np.uint8)
    level[chance.random(level.shape) < 0.4] = NOT_JUDGED
    return level


def one_by_one(level: Levels) -> Tally:
    """Each ballot alone, straight from the definitions, then added up."""
    return sum((count(level[b : b + 1]) for b in range(len(level))), empty(level.shape[1]))


def at_once(level: Levels) -> Tally:
    return count_cells(level, np.zeros(len(level), dtype=np.int64), 1).total()


def order_of(levels: list[int]) -> slow_counter.Order:
    used = sorted(set(levels) - {NOT_JUDGED})
    return [{i for i, level in enumerate(levels) if level == tier} for tier in used]


some_ballots = st.integers(1, 6).flatmap(
    lambda ideas: arrays.arrays(
        np.uint8,
        st.tuples(st.integers(0, 12), st.just(ideas)),
        elements=st.sampled_from([0, 1, 52, 53, 54, 105, 158, 159, LEVELS - 1, NOT_JUDGED]),
    )
)


@no_clock
@given(some_ballots, st.data())
def test_every_cell_is_what_the_definitions_say(level: Levels, data: st.DataObject) -> None:
    ballots, ideas = level.shape
    cell = np.array(data.draw(st.lists(st.integers(0, CELLS - 1), min_size=ballots, max_size=ballots)), dtype=np.int64)
    counts = count_by_cell(level, cell, CELLS)
    for c in range(CELLS):
        orders = [order_of(row) for row in level[cell == c].tolist()]
        assert counts.ballots[c] == len(orders)
        for i in range(ideas):
            assert counts.placed[c, i] == slow_counter.placed(orders, i)
            for j in range(ideas):
                assert counts.compared[c, i, j] == (slow_counter.compared(orders, i, j) if i != j else 0)
                assert counts.above[c, i, j] == slow_counter.above(orders, i, j)
            for k in range(ideas + 1):
                assert counts.first[c, i, k] == slow_counter.first(orders, i, k)
            for p in range(ideas):
                assert counts.position[c, i, p] == slow_counter.position(orders, i, p)
            for a in range(4):
                inside = range(a * TIERS_PER_ANSWER, (a + 1) * TIERS_PER_ANSWER)
                assert counts.answered[c, i, a] == sum(row[i] in inside for row in level[cell == c].tolist())


@no_clock
@given(some_ballots)
def test_counting_all_at_once_is_counting_ballot_by_ballot(level: Levels) -> None:
    assert at_once(level) == one_by_one(level) == count(level)
    assert at_once(level).digest() == one_by_one(level).digest() == count(level).digest()


@pytest.mark.parametrize(
    "sizes",
    [
        [0],
        [1],
        [0, 0, 1],
        [7, 8, 9],
        [63, 64, 65],
        [254, 255, 256, 0, 257],
        [509, 510, 511],
        [1, 1000, 2],
    ],
)
def test_cells_of_every_size(sizes: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    level = some_levels(sum(sizes), 3, seed=len(sizes))
    cell = np.random.default_rng(1).permutation(np.repeat(np.arange(len(sizes)), sizes))
    wanted = [one_by_one(level[cell == c]) for c in range(len(sizes))]
    for taken in (LEVELS_AT_A_TIME, 1, 3 * 64 * 2):  # all strips together, each alone, some together
        monkeypatch.setattr(counting, "LEVELS_AT_A_TIME", taken)
        cells = count_cells(level, cell, len(sizes))
        assert [cells.sum([c]) for c in range(len(sizes))] == wanted


def test_a_strip_in_which_every_ballot_says_the_same_fills_its_bytes() -> None:
    for ballots in (LONGEST_STRIP, LONGEST_STRIP + 1, 3 * LONGEST_STRIP):
        tallied = at_once(np.array([[0, 1, 60, 1]] * ballots, dtype=np.uint8))
        assert tallied.above[0].tolist() == [0, ballots, ballots, ballots]
        assert tallied.compared[3].tolist() == [ballots, ballots, ballots, 0]
        assert tallied.first[0].tolist() == [0, ballots, 0, 0, 0]
        assert tallied.position[:, 1].tolist() == [0, ballots, 0, ballots]
        assert tallied.answered[2].tolist() == [0, ballots, 0, 0]


@pytest.mark.parametrize("ideas", [0, 1, 2, 3, 4, 5, 8, 9, 16, 17, 70, 128, 129, MOST_IDEAS])
def test_few_and_many_ideas(ideas: int) -> None:
    level = some_levels(80, ideas, seed=ideas)
    assert at_once(level) == one_by_one(level)


@pytest.mark.parametrize("ideas", [1, 2, 33, MOST_IDEAS])
def test_all_ideas_tied_and_all_in_one_order(ideas: int) -> None:
    places = np.arange(ideas) % LEVELS  # of more ideas than there are levels, some are tied
    level = np.array([places * 0, places, places[::-1]], dtype=np.uint8)
    tallied = at_once(level)
    assert tallied == one_by_one(level)
    assert tallied.first[:, ideas].tolist() == ([3] if ideas == 1 else [1] * ideas)


def test_as_many_levels_as_a_ballot_can_have() -> None:
    upwards = np.arange(LEVELS, dtype=np.uint8).reshape(1, -1)
    tallied = at_once(np.concatenate([upwards, upwards[:, ::-1], upwards // 2]))
    assert tallied.above[0, LEVELS - 1] == 2
    assert tallied.above[LEVELS - 1, 0] == 1
    assert tallied.position[LEVELS - 1, LEVELS - 1] == 1
    assert tallied.tied[0, 1] == 1


def test_ballots_without_any_judgement_only_count_as_ballots() -> None:
    silent = np.full((70, 5), NOT_JUDGED, dtype=np.uint8)
    assert at_once(silent).ballots == 70
    assert at_once(silent) - empty(5) == count(silent)
    assert not at_once(silent).first.any()
    level = some_levels(70, 5)
    assert at_once(np.concatenate([level, silent])).above.tolist() == at_once(level).above.tolist()


def test_more_ideas_than_fit_and_cells_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="at most 254 ideas"):
        count(some_levels(100, MOST_IDEAS + 1))
    for wrong in (-1, 2):
        with pytest.raises(ValueError, match="from 0 to 1"):
            count_cells(some_levels(1, 3), np.array([wrong]), 2)


def test_one_more_cell_than_a_byte_can_number() -> None:
    level, cells = some_levels(514, 3), 257
    cell = np.random.default_rng(2).permutation(np.repeat(np.arange(cells), 2))
    counted = count_cells(level, cell, cells)
    assert [counted.sum([c]) for c in range(cells)] == [one_by_one(level[cell == c]) for c in range(cells)]


def test_the_counts_of_cells_take_32_bits_each() -> None:
    counts = count_by_cell(some_levels(9, 3), np.zeros(9, dtype=np.int64), 2)
    assert {getattr(counts, field.name).dtype for field in fields(counts)} == {np.dtype(np.int32)}


@pytest.fixture(scope="module")
def region() -> tuple[Levels, np.ndarray, Cells]:
    level, cell = some_levels(2000, 5, seed=9, levels=6), np.random.default_rng(9).integers(0, 24, 2000)
    return level, cell, count_cells(level, cell, 24)


@pytest.mark.parametrize("chosen", [[], [3], [3, 4, 5], [4, 6], [4, 7], [0, 7, 23], range(24), [5, 5, 3]])
def test_a_sum_of_cells_is_the_tally_of_their_ballots(region, chosen) -> None:
    level, cell, cells = region
    assert len(cells) == 24
    assert cells.sum(chosen) == count(level[np.isin(cell, list(chosen))])
    assert cells.sum(chosen).above.dtype == np.int64


def test_breakdowns_are_sums_of_cells(region) -> None:
    level, cell, cells = region
    by_third = cells.by([c % 3 for c in range(24)])
    assert list(by_third) == [0, 1, 2]
    assert all(by_third[third] == count(level[cell % 3 == third]) for third in by_third)
    assert sum(by_third.values(), empty(5)) == cells.total() == count(level)


@settings(no_clock, max_examples=50)
@given(some_ballots, st.data())
def test_restricting_the_ideas_is_counting_only_them(level: Levels, data: st.DataObject) -> None:
    ideas = level.shape[1]
    some = data.draw(st.lists(st.integers(0, ideas - 1), unique=True))
    restricted, only = count(level).restrict(some), count(level[:, some])
    assert restricted == only.restrict(range(len(some)))
    assert restricted.ballots == len(level)
    assert restricted.placed.tolist() == only.placed.tolist()
    assert restricted.tied.tolist() == only.tied.tolist()


def test_who_is_first_is_not_restricted() -> None:
    restricted = count(some_levels(5, 4)).restrict([2, 0])
    assert restricted.ideas == 2
    assert not hasattr(restricted, "first")
    assert not hasattr(restricted, "position")
    assert restricted != count(some_levels(5, 2))


def test_few_ballots_and_many_are_counted_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    for ballots in (0, 1, tally.FEW, tally.FEW + 1):
        level = some_levels(ballots, 7, seed=ballots)
        with monkeypatch.context() as patched:
            patched.setattr(tally, "FEW", -1)
            all_at_once = count(level)
        with monkeypatch.context() as patched:
            patched.setattr(tally, "FEW", 1000)
            assert count(level) == all_at_once
        assert count(level).digest() == all_at_once.digest()


def test_the_digest_is_the_same_for_ever() -> None:
    # It is compared between processes, perhaps of two versions of the program: its bytes must not change.
    assert count(np.array([[0, 0, 60], [5, NOT_JUDGED, 2]], dtype=np.uint8)).digest() == DIGEST
