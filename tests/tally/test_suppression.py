"""Breakdowns shown together: nothing that rests on few ballots can be computed from them."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from ruhrvote.tally.suppression import FEWEST, shown_cells
from tests.tally.cell_attack import Kind, derivable, lightest, slowly_shown


def some_consultation(chance: random.Random) -> Counter[Kind]:
    """Ballots of firms with up to three labels each; some have none, and labels often go together."""
    tables = chance.randint(1, 3)
    cells = [chance.randint(1, 4) for _ in range(tables)]
    together = chance.random() < 0.5
    kinds: Counter[Kind] = Counter()
    for _ in range(chance.choice((11, 20, 40, 80, 160, 240))):
        first = min(int(chance.expovariate(0.8)), 3)
        labels: list[str | None] = []
        for table in range(tables):
            own = first if together and chance.random() < 0.9 else min(int(chance.expovariate(0.8)), 3)
            labels.append(None if chance.random() < 0.04 else f"{'abc'[table]}{own % cells[table]}")
        kinds[tuple(labels)] += 1
    return kinds


def test_a_thousand_consultations_agree_with_a_slow_routine_and_give_nothing_away() -> None:
    hidden = more_than_one = 0
    for seed in range(1000):
        kinds = some_consultation(random.Random(seed))
        shown = shown_cells(kinds)
        assert shown == slowly_shown(kinds), f"consultation {seed}"
        assert derivable(kinds, shown) == [], f"consultation {seed}"
        every = sum(len({kind[table] for kind in kinds} - {None}) for table in range(len(shown)))
        hidden += every - sum(map(len, shown))
        more_than_one += sum(len(labels) > 1 for labels in shown) > 1
    assert hidden > 500, "some cells are hidden, or this proves nothing"
    assert more_than_one > 75, "and often several breakdowns are shown beside each other"


def in_cohorts(chance: random.Random, kinds: Counter[Kind]) -> list[list[Kind]]:
    """Most of the ballots, five by five as they came: mixed, or one kind after the other."""
    queue = sorted(kinds.elements(), key=str)
    if chance.random() < 0.7:
        chance.shuffle(queue)
    waiting = chance.randint(5, 9)
    return [queue[start : start + 5] for start in range(0, len(queue) - waiting - 4, 5)]


def test_beside_cohorts_the_rule_agrees_with_the_slow_routine_and_shows_no_more_than_without() -> None:
    fewer = with_two = 0
    for seed in range(400):
        chance = random.Random(seed)
        kinds = some_consultation(chance)
        cohorts = in_cohorts(chance, kinds)
        beside = shown_cells(kinds, cohorts)
        assert beside == slowly_shown(kinds, cohorts), f"consultation {seed}"
        assert derivable(kinds, beside) == [], f"consultation {seed}"
        fewer += sum(map(len, beside)) < sum(map(len, shown_cells(kinds)))
        with_two += any(len(labels) > 1 for labels in beside)
    assert fewer > 50, "what came kind after kind is not shown by kind"
    assert with_two > 100, "and what came mixed is"


def test_no_combination_whatever_rests_on_few_ballots() -> None:
    for seed in range(150):
        kinds = some_consultation(random.Random(seed))
        if sum(count < FEWEST for count in kinds.values()) <= 12:
            assert lightest(kinds, shown_cells(kinds)) is None, f"consultation {seed}"


def test_the_attack_finds_what_hiding_small_cells_alone_gives_away() -> None:
    found = Counter[str]()
    for seed in range(200):
        kinds = some_consultation(random.Random(seed))
        size = [Counter(kind[table] for kind in kinds.elements()) for table in range(len(next(iter(kinds))))]
        naive = [[str(label) for label in cells if label is not None and cells[label] >= FEWEST] for cells in size]
        found["derived"] += bool(derivable(kinds, naive))
        found["light"] += sum(map(bool, naive)) > 0 and lightest(kinds, naive) is not None if len(kinds) < 12 else 0
    assert found["derived"] > 50
    assert found["light"] > 20


def test_the_second_smallest_cell_hides_the_smallest() -> None:
    assert shown_cells({("a",): 30, ("b",): 12, ("c",): 4}) == [["a"]]
    assert shown_cells({("a",): 30, ("b",): 12, ("c",): 4, ("d",): 6}) == [["a", "b"]], "two together are enough"
    assert shown_cells({("a",): 9}) == [[]]
    assert shown_cells({("a",): 12, ("b",): 11}) == [["a", "b"]]
    assert shown_cells({(None,): 20}) == [[]]


def test_two_breakdowns_that_differ_by_few_ballots_are_not_both_shown() -> None:
    nearly_the_same = {("crafts", "small"): 40, ("trade", "large"): 50, ("crafts", "large"): 3}
    assert shown_cells(nearly_the_same) == [["trade", "crafts"], []], "their difference would be three ballots"
    well_mixed = nearly_the_same | {("crafts", "large"): 25, ("trade", "small"): 25}
    assert shown_cells(well_mixed) == [["trade", "crafts"], ["large", "small"]]


@pytest.mark.parametrize("labels", [("a", "b"), ("a", None)])
def test_a_breakdown_of_one_cell_says_no_more_than_the_total(labels: Kind) -> None:
    assert shown_cells({labels: 12})[0] == ["a"]
