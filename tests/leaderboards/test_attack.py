"""No ballot can be computed from all boards ever shown; and the attack that shows it does find what leaks."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pytest

from ruhrvote.leaderboards.published import Sum
from ruhrvote.tally.disclosure import COHORT, WAITING, Cohorts, merged, pools
from ruhrvote.tally.suppression import FEWEST, Cover, Kind, shown_cells
from tests.leaderboards.attack import (
    AS_IT_IS,
    COLLUDERS,
    Groups,
    NothingEarly,
    Publishing,
    Ranking,
    Version,
    Watched,
    coalitions,
    given_away,
    play,
    revised,
    some_ranking,
)
from tests.leaderboards.equations import rank

pytestmark = pytest.mark.once
SUSPECTED = 300  # consultations in which a planted fault must show itself
many = pytest.mark.parametrize("consultations", [400, pytest.param(10_000, marks=pytest.mark.long)])


def broken(
    consultations: int,
    rule: type[Cohorts],
    publishing: Publishing = AS_IT_IS,
    *,
    at_once: bool = False,
    colluders: int = COLLUDERS,
    seen: Counter[str] | None = None,
) -> Iterator[int]:
    """The seeds of the consultations in which somebody is given away, one after the other."""
    for seed in range(consultations):
        chance = random.Random(seed)
        watched = play(chance, rule(), publishing, at_once=at_once)
        if seen is not None:
            seen.update({kind for kind, _ in watched.columns})
            seen["with two cells"] += sum(kind == Sum.CELL for kind, _ in watched.columns) > 1
        if any(given_away(watched, coalition) for coalition in coalitions(chance, watched, colluders)):
            yield seed


@many
def test_no_organisation_is_given_away_under_cohorts(consultations: int) -> None:
    seen = Counter[str]()
    assert list(broken(consultations, Cohorts, seen=seen)) == []
    assert min(seen[kind] for kind in (Sum.COHORT, Sum.RESULT, Sum.CELL, "with two cells")) > consultations // 20


@many
def test_no_organisation_is_given_away_where_all_is_shown_at_the_end(consultations: int) -> None:
    seen = Counter[str]()
    assert list(broken(consultations, NothingEarly, seen=seen)) == []
    assert seen["with two cells"] > consultations // 10
    assert not seen[Sum.COHORT]


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


def each_alone(waiting: Mapping[str, int], _: Mapping[str, int]) -> Mapping[str, str]:
    """A planted fault: groups are not pooled."""
    return {group: group for group in waiting}


def however_few(waiting: Mapping[str, int], _: Mapping[str, int]) -> Mapping[str, str]:
    """A planted fault: at the close the last ballots are shown even if all together are fewer than a cohort."""
    return merged(waiting, COHORT)


def of_all_ballots(_: Mapping[str, int], every: Mapping[str, int]) -> Mapping[str, str] | None:
    """A planted fault: pools are made as if no cohort had been shown before."""
    return pools(every)


def beside_no_cohort(kinds: Mapping[Kind, int], _: Sequence[Sequence[Kind]]) -> Sequence[Sequence[str]]:
    """A planted fault: breakdowns are chosen as if no cohort had been shown before."""
    return shown_cells(kinds)


def beside_no_result(kinds: Mapping[Kind, int], _: Sequence[Sequence[Kind]]) -> Sequence[Sequence[str]]:
    """A planted fault: breakdowns are chosen as if the result were not shown."""
    return _chosen(kinds, beside_result=False, beside_cells=True)


def beside_no_cell(kinds: Mapping[Kind, int], _: Sequence[Sequence[Kind]]) -> Sequence[Sequence[str]]:
    """A planted fault: each cell is chosen as if no other were shown."""
    return _chosen(kinds, beside_result=True, beside_cells=False)


def _chosen(kinds: Mapping[Kind, int], *, beside_result: bool, beside_cells: bool) -> Sequence[Sequence[str]]:
    ordered = sorted(kinds, key=str)
    cover: Cover | None = Cover.of_ballots(np.array([kinds[kind] for kind in ordered]), FEWEST)
    if beside_result and cover:
        cover = cover.extended(np.ones(len(ordered), dtype=np.int64))
    shown: list[list[str]] = [[] for _ in ordered[0]]
    for table, labels in enumerate(shown):
        for label in sorted({str(kind[table]) for kind in ordered if kind[table]}):
            column = np.array([int(kind[table] == label) for kind in ordered])
            wider = cover.extended(column) if cover else None
            if wider:
                labels.append(label)
                cover = wider if beside_cells else cover
    return shown


def unpooled(groups: Groups, _: Mapping[str, str]) -> Groups:
    """A planted fault: each group by itself, however few of its ballots are new."""
    return groups


@pytest.mark.parametrize(
    ("rule", "publishing", "colluders"),
    [
        (WithRevisions, AS_IT_IS, COLLUDERS),
        (WithRevisions, AS_IT_IS, 0),
        (SmallCohorts, AS_IT_IS, COLLUDERS),
        (Cohorts, Publishing(pools=each_alone), COLLUDERS),
        (Cohorts, Publishing(pools=each_alone), 0),
        (Cohorts, Publishing(pools=however_few), COLLUDERS),
        (Cohorts, AS_IT_IS, COLLUDERS + 1),
        (Cohorts, Publishing(weighed=unpooled), 0),
        (Cohorts, Publishing(archived=unpooled), 0),
        (NothingEarly, Publishing(archived=unpooled), 0),
    ],
    ids=[
        "revisions in cohorts",
        "revisions in cohorts, seen by anybody",
        "cohorts of four",
        "no pools",
        "no pools, seen by anybody",
        "the last few",
        "four who collude",
        "weights of groups that are pooled",
        "an archive of groups that are pooled",
        "an archive of groups that are pooled, after the close",
    ],
)
def test_the_attack_finds_a_planted_fault(rule: type[Cohorts], publishing: Publishing, colluders: int) -> None:
    assert any(True for _ in broken(SUSPECTED, rule, publishing, colluders=colluders))


LEFT_OUT: dict[Sum, list[tuple[type[Cohorts], Publishing]]] = {
    Sum.COHORT: [(Cohorts, Publishing(pools=of_all_ballots)), (Cohorts, Publishing(cells=beside_no_cohort))],
    Sum.RESULT: [(NothingEarly, Publishing(cells=beside_no_result)), (Cohorts, Publishing(cells=beside_no_result))],
    Sum.CELL: [(NothingEarly, Publishing(cells=beside_no_cell)), (Cohorts, Publishing(cells=beside_no_cell))],
}


@pytest.mark.parametrize("kind", [kind for kind in Sum if kind != Sum.BALLOT])
def test_somebody_is_found_when_any_kind_of_sum_is_left_out_of_the_list(kind: Sum) -> None:
    for rule, publishing in LEFT_OUT[kind]:
        assert any(True for _ in broken(SUSPECTED, rule, publishing)), f"{rule.__name__}, {publishing}"


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
    watched.columns = [(Sum.COHORT, Counter(before)), (Sum.COHORT, Counter([*after, (5, 1)]))]
    assert given_away(watched, ()) == {5}
    watched.rankings |= {version: some_ranking(chance) for version in after}
    watched.columns = [(Sum.COHORT, Counter(before)), (Sum.COHORT, Counter([*before, (5, 1), (6, 1)]))]
    watched.rankings[6, 1] = revised(chance, first)
    assert given_away(watched, ()) == set(), "two new ones hide each other"
    assert given_away(watched, (6,)) == {5}, "but not if one of them tells what is in it"


def test_ranks() -> None:
    assert rank([]) == rank([(0, 0)]) == 0
    assert rank([(1, 2), (2, 4)]) == 1
    assert rank([(0, 1, 1), (1, 0, 1), (1, 1, 2), (1, 1, 1)]) == 3
