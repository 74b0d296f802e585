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
