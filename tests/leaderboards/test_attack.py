"""No ballot can be computed from all boards ever shown; and the attack that shows it does find what leaks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from ruhrvote.tally.disclosure import COHORT, WAITING, Cohorts, merged
from tests.leaderboards.attack import (
    COLLUDERS,
    NothingEarly,
    Ranking,
    Version,
    Watched,
    coalitions,
    given_away,
    play,
    rank,
    revised,
    some_ranking,
)

pytestmark = pytest.mark.once
SUSPECTED = 300  # consultations in which a planted fault must show itself
many = pytest.mark.parametrize("consultations", [2_000, pytest.param(10_000, marks=pytest.mark.long)])


def broken(
    consultations: int,
    rule: type[Cohorts],
    *,
    at_close: Callable[[Mapping[str, int]], Mapping[str, str] | None] | None = None,
    at_once: bool = False,
    colluders: int = COLLUDERS,
) -> Iterator[int]:
    """The seeds of the consultations in which somebody is given away, one after the other."""
    options: dict[str, Any] = {"at_once": at_once} | ({"at_close": at_close} if at_close else {})
    for seed in range(consultations):
        chance = random.Random(seed)
        watched = play(chance, rule(), **options)
        if any(given_away(watched, coalition) for coalition in coalitions(chance, watched, colluders)):
            yield seed


@many
def test_no_organisation_is_given_away_under_cohorts(consultations: int) -> None:
    assert list(broken(consultations, Cohorts)) == []


@many
def test_no_organisation_is_given_away_where_all_is_shown_at_the_end(consultations: int) -> None:
    assert list(broken(consultations // 4, NothingEarly)) == []


class WithRevisions(Cohorts):
    """A planted fault: what was changed after its release goes into a cohort again."""

    def submit(self, group: str, ballot: int, version: int) -> None:
        self.waiting.setdefault(group, {})[ballot] = version


class SmallCohorts(Cohorts):
    """A planted fault: one ballot less in each cohort."""

    def release(self, group: str) -> Sequence[Version]:
        waiting = self.waiting.get(group, {})
        cohort = list(waiting.items())[: COHORT - 1] if len(waiting) >= WAITING else []
        for ballot, version in cohort:
            del waiting[ballot]
            self.released[ballot] = version
        return cohort


def each_alone(waiting: Mapping[str, int]) -> Mapping[str, str]:
    """A planted fault: groups are not pooled."""
    return {group: group for group in waiting}


def however_few(waiting: Mapping[str, int]) -> Mapping[str, str]:
    """A planted fault: at the close the last ballots are shown even if all together are fewer than a cohort."""
    return merged(waiting, COHORT)


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        (WithRevisions, {}),
        (WithRevisions, {"colluders": 0}),
        (SmallCohorts, {}),
        (Cohorts, {"at_close": each_alone}),
        (Cohorts, {"at_close": each_alone, "colluders": 0}),
        (Cohorts, {"at_close": however_few}),
        (Cohorts, {"colluders": COLLUDERS + 1}),
    ],
    ids=[
        "revisions in cohorts",
        "revisions in cohorts, seen by anybody",
        "cohorts of four",
        "no pools",
        "no pools, seen by anybody",
        "the last few",
        "four who collude",
    ],
)
def test_the_attack_finds_a_planted_fault(rule: type[Cohorts], options: dict[str, object]) -> None:
    assert any(True for _ in broken(SUSPECTED, rule, **options))  # type: ignore[arg-type]


def test_under_immediate_everybody_who_watches_learns_of_single_ballots() -> None:
    assert list(broken(20, NothingEarly, at_once=True, colluders=0)) == list(range(20))


def test_one_new_ballot_among_four_swapped_ones_stands_alone() -> None:
    """The case for which changes wait until the close, by hand."""
    chance = random.Random(4)
    watched = Watched()
    before: list[Version] = [(organisation, 1) for organisation in range(1, 5)]
    after: list[Version] = [(organisation, 2) for organisation in range(1, 5)]
    first: Ranking = (1, 2, 3, 4)
    watched.rankings = dict.fromkeys(before, first) | dict.fromkeys(after, (2, 1, 3, 4)) | {(5, 1): first}
    watched.boards = [Counter(before), Counter([*after, (5, 1)])]
    assert given_away(watched, ()) == {5}
    watched.rankings |= {version: some_ranking(chance) for version in after}
    watched.boards = [Counter(before), Counter([*before, (5, 1), (6, 1)])]
    watched.rankings[6, 1] = revised(chance, first)
    assert given_away(watched, ()) == set(), "two new ones hide each other"
    assert given_away(watched, (6,)) == {5}, "but not if one of them tells what is in it"


def test_ranks() -> None:
    assert rank([]) == rank([(0, 0)]) == 0
    assert rank([(1, 2), (2, 4)]) == 1
    assert rank([(0, 1, 1), (1, 0, 1), (1, 1, 2), (1, 1, 1)]) == 3
