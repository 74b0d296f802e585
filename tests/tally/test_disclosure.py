"""The rule of release: who waits, what leaves together, which groups are merged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruhrvote.tally.disclosure import (
    COHORT,
    SMALLEST_GROUP,
    Cohorts,
    due,
    merged,
    parts,
    pooled,
    pools,
    until_due,
)

SIZES = st.dictionaries(st.sampled_from(["chamber", "municipality", "firm", "association"]), st.integers(0, 30))


def cast(rule: Cohorts, *ballots: int, group: str = "firm") -> list[tuple[int, int]]:
    """Cast first versions and collect what is released."""
    released: list[tuple[int, int]] = []
    for ballot in ballots:
        rule.submit(group, ballot, 1)
        released += rule.release(group)
    return released


def test_no_release_before_ten_wait_and_then_of_the_oldest_five() -> None:
    rule = Cohorts()
    assert cast(rule, *range(1, 10)) == []
    assert cast(rule, 10) == [(1, 1), (2, 1), (3, 1), (4, 1), (5, 1)]
    assert cast(rule, *range(11, 15)) == []
    assert cast(rule, 15) == [(6, 1), (7, 1), (8, 1), (9, 1), (10, 1)]
    assert rule.number_waiting() == {"firm": 5}


def test_each_group_waits_for_itself() -> None:
    rule = Cohorts()
    assert cast(rule, *range(1, 10)) == cast(rule, *range(11, 20), group="municipality") == []
    assert rule.number_waiting() == {"firm": 9, "municipality": 9}
    assert cast(rule, 20, group="municipality") == [(ballot, 1) for ballot in range(11, 16)]
    assert rule.number_waiting() == {"firm": 9, "municipality": 5}


def test_a_replaced_ballot_keeps_its_place_and_leaves_with_its_latest_version() -> None:
    rule = Cohorts()
    cast(rule, *range(1, 10))
    rule.submit("firm", 2, 2)
    rule.submit("firm", 9, 2)
    assert rule.release("firm") == []
    assert cast(rule, 10) == [(1, 1), (2, 2), (3, 1), (4, 1), (5, 1)]
    assert rule.waiting["firm"][9] == 2


def test_a_withdrawn_ballot_leaves_unseen_and_comes_back_behind_all_others() -> None:
    rule = Cohorts()
    cast(rule, *range(1, 10))
    rule.withdraw("firm", 1)
    assert cast(rule, 10) == [], "nine wait again"
    rule.submit("firm", 1, 3)
    assert rule.release("firm") == [(2, 1), (3, 1), (4, 1), (5, 1), (6, 1)]
    assert list(rule.waiting["firm"]) == [7, 8, 9, 10, 1]


def test_what_was_released_never_waits_again() -> None:
    rule = Cohorts()
    cast(rule, *range(1, 11))
    rule.submit("firm", 1, 2)
    rule.withdraw("firm", 2)
    rule.submit("firm", 2, 3)
    assert rule.number_waiting() == {"firm": 5}
    assert rule.released == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1}


def test_a_withdrawal_in_a_group_that_nobody_has_waited_in() -> None:
    rule = Cohorts()
    rule.withdraw("firm", 1)
    assert rule.release("firm") == []


def test_how_many_are_missing() -> None:
    assert [until_due(waiting) for waiting in (0, 5, 9)] == [10, 5, 1]
    assert due(range(9)) == range(0)
    assert due(range(10)) == range(COHORT)


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        ({"chamber": 9, "municipality": 57, "firm": 600}, {"chamber-municipality", "firm"}),
        ({"chamber": 10, "municipality": 10, "firm": 10}, {"chamber", "municipality", "firm"}),
        ({"chamber": 3, "municipality": 4, "firm": 5}, {"chamber-firm-municipality"}),
        ({"chamber": 9, "municipality": 57, "firm": 4}, {"chamber-firm", "municipality"}),
        ({"firm": 3}, {"firm"}),
        ({}, set()),
    ],
)
def test_small_groups_are_merged_with_the_next_larger_one(sizes: dict[str, int], groups: set[str]) -> None:
    assert set(merged(sizes, SMALLEST_GROUP).values()) == groups


@given(SIZES)
def test_merging_makes_all_groups_large_enough_and_loses_nobody(sizes: dict[str, int]) -> None:
    group = merged(sizes, SMALLEST_GROUP)
    assert group.keys() == sizes.keys()
    assert all(part in parts(name) for part, name in group.items())
    totals = pooled(sizes, group)
    assert sum(totals.values()) == sum(sizes.values())
    assert len(totals) <= 1 or min(totals.values()) >= SMALLEST_GROUP
    assert all(sorted(parts(name)) == parts(name) for name in totals), "one set of groups has one name"


def test_a_merged_group_may_be_pooled_further() -> None:
    pool = pools({"chamber-municipality": 3, "firm": 7})
    assert pool == {"chamber-municipality": "chamber-firm-municipality", "firm": "chamber-firm-municipality"}


def test_groups_with_a_cohort_of_their_own_stay_alone() -> None:
    assert pools({"chamber": 5, "firm": 9}) == {"chamber": "chamber", "firm": "firm"}
    assert pools({"chamber": 2, "municipality": 6, "firm": 9}) == {
        "chamber": "chamber-municipality",
        "municipality": "chamber-municipality",
        "firm": "firm",
    }


def test_the_last_few_of_all_are_not_shown() -> None:
    assert pools({"chamber": 2, "firm": 2}) is None
    assert pools({}) is None
    assert pools({"chamber": 2, "firm": 3}) is not None


def test_what_is_in_no_pool_stays_as_it_is() -> None:
    assert pooled({"a": 1, "b": 2, "c": 4}, {"a": "a-b", "b": "a-b"}) == {"a-b": 3, "c": 4}
