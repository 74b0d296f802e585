"""An attacker who keeps all that was ever published, and what can be computed from it.

A figure, such as "ballots that put idea 3 above idea 1", is a sum over the ballots of a board, of a cell of a breakdown
or of what the archive keeps. So what an attacker sees of this figure is one equation for each such sum. The unknowns
are what each organisation's versions say about it: versions that say the same are one unknown, and what colluding
organisations say is known. Whatever can be computed is a linear combination of these equations. One that rests on a
single organisation outside of the coalition gives that organisation away.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import lcm

import numpy as np

from ruhrvote.leaderboards.published import Sum
from ruhrvote.tally.disclosure import SMALLEST_GROUP, Cohorts, merged, pooled, pools
from ruhrvote.tally.suppression import Kind, shown_cells
from tests.leaderboards.equations import rank, reduced

IDEAS = 4
COLLUDERS = 3

Version = tuple[int, int]  # organisation, number of its version
Ranking = tuple[int | None, ...]  # a tier for each idea, None for not judged
Board = Counter[Version]


@dataclass
class Watched:
    """What was published of a consultation, and what was really submitted.

    columns: each sum over ballots that was ever published, with its kind on the list. kinds: the cell of each firm in
    each breakdown. together: organisations of which the sum is published, that might well know of each other.
    """

    columns: list[tuple[Sum, Board]] = field(default_factory=list)
    rankings: dict[Version, Ranking] = field(default_factory=dict)
    kinds: dict[int, Kind] = field(default_factory=dict)
    together: list[list[int]] = field(default_factory=list)
    neighbours: list[list[int]] = field(default_factory=list)

    def publish(self, kind: Sum, board: Board) -> None:
        """Publish a sum that everybody keeps."""
        self.columns.append((kind, board))


class NothingEarly(Cohorts):
    """All ballots wait for the end: the policy `after_close`."""

    def release(self, group: str) -> Sequence[Version]:
        return []


Cells = Callable[[Mapping[Kind, int], Sequence[Sequence[Kind]]], Sequence[Sequence[str]]]
Groups = dict[str, Board]


def pooled_alone(groups: Groups, pool: Mapping[str, str]) -> Groups:
    """What the product weighs and archives: groups as they are pooled."""
    return pooled(groups, pool)


@dataclass(frozen=True)
class Publishing:
    """How it is decided what may be published at the close; a test replaces a part to leave something out."""

    pools: Callable[[Mapping[str, int], Mapping[str, int]], Mapping[str, str] | None] = lambda waiting, _: pools(
        waiting
    )
    cells: Cells = shown_cells
    weighed: Callable[[Groups, Mapping[str, str]], Groups] = pooled_alone
    archived: Callable[[Groups, Mapping[str, str]], Groups] = pooled_alone


AS_IT_IS = Publishing()


def play(chance: random.Random, rule: Cohorts, publishing: Publishing = AS_IT_IS, *, at_once: bool = False) -> Watched:
    """Play a random consultation by a rule, to its archive; `at_once` shows each ballot as it comes."""
    group, kinds = _roll(chance)
    watched = Watched(kinds=kinds)
    current: dict[int, Version] = {}
    versions: Counter[int] = Counter()
    cohorts: list[list[int]] = []
    last_minute = set(chance.sample(sorted(group), min(COLLUDERS, len(group))))
    willing = chance.choice((0.0, 0.1, 0.3))  # to withdraw
    for organisation in [*_turns(chance, group, kinds), *(last_minute if chance.random() < 0.5 else ())]:
        own = group[organisation]
        ends = len(watched.rankings) and chance.random() < (willing if organisation not in last_minute else 0.7)
        versions[organisation] += 1
        version = organisation, versions[organisation]
        if organisation in current and ends:
            del current[organisation]
            rule.withdraw(own, organisation)
        else:
            before = watched.rankings.get(current.get(organisation, (0, 0)))
            watched.rankings[version] = some_ranking(chance) if before is None else revised(chance, before)
            current[organisation] = version
            rule.submit(own, *version)
            if cohort := rule.release(own):
                cohorts.append([ballot for ballot, _ in cohort])
                watched.publish(Sum.COHORT, Counter(v for v in rule.released.items() if group[v[0]] == own))
        if at_once:
            watched.publish(Sum.BALLOT, Counter(v for v in current.values() if group[v[0]] == own))
    waiting = _waiting(rule)
    watched.together += [*cohorts, waiting]
    taken_part = {group[organisation] for organisation in (*current, *rule.released)}
    pool = publishing.pools(
        {name: sum(group[ballot] == name for ballot in waiting) for name in taken_part},
        {name: sum(group[ballot] == name for ballot in current) for name in taken_part},
    )
    if pool is not None:
        final = {name: Counter(v for v in current.values() if group[v[0]] == name) for name in set(group.values())}
        _publish_result(watched, final, pool, publishing, cohorts)
    return watched


def _publish_result(
    watched: Watched, groups: Groups, pool: Mapping[str, str], publishing: Publishing, cohorts: Sequence[Sequence[int]]
) -> None:
    """Boards, views with other weights, breakdowns of the firms, and what stays in the archive."""
    boards = pooled(groups, pool)
    for board in boards.values():
        watched.publish(Sum.RESULT, board)
    weighed = {name: board for name, board in publishing.weighed(groups, pool).items() if board}
    whole = lcm(*(board.total() for board in weighed.values()))
    voices = [Counter({v: whole // board.total() for v in board}) for board in weighed.values()]
    watched.publish(Sum.RESULT, sum(voices, Counter()))
    for board in publishing.archived(groups, pool).values():
        watched.publish(Sum.RESULT, board)
    firms = boards.get(next((to for name, to in pool.items() if "firm" in name.split("-")), ""), Counter())
    kind = {organisation: watched.kinds.get(organisation, (None, None)) for organisation, _ in firms}
    if not kind:
        return
    inside = [[kind[who] for who in cohort if who in kind] for cohort in cohorts]
    shown = publishing.cells(Counter(kind.values()), [cohort for cohort in inside if cohort])
    for table, labels in enumerate(shown):
        for label in labels:
            cell = Counter({version: 1 for version in firms if kind[version[0]][table] == label})
            watched.publish(Sum.CELL, cell)
            watched.neighbours.append([organisation for organisation, _ in cell])


def _roll(chance: random.Random) -> tuple[dict[int, str], dict[int, Kind]]:
    """The group of each organisation, and chamber and size of each firm.

    Small groups are merged, but for one that was not there at the opening.
    """
    sizes = {
        "chamber": chance.randint(1, 12),
        "municipality": chance.randint(1, 16),
        "firm": chance.randint(*chance.choice(((2, 12), (2, 50), (2, 50), (40, 90)))),
    }
    name = merged(sizes, SMALLEST_GROUP) | {"late": "late"}
    kinds = [kind for kind, size in sizes.items() for _ in range(size)]
    if chance.random() < 0.2:
        kinds += ["late"] * chance.randint(1, 12)
    chambers, skew = chance.randint(1, 3), chance.choice((0.5, 0.9))
    roll = dict(enumerate(kinds, start=1))
    cells = {
        organisation: (
            f"chamber {min(int(chance.expovariate(skew)), chambers - 1)}",
            chance.choice((None, "small", "small", "large")),
        )
        for organisation, kind in roll.items()
        if kind == "firm"
    }
    return {organisation: name[kind] for organisation, kind in roll.items()}, cells


def _turns(chance: random.Random, group: Mapping[int, str], kinds: Mapping[int, Kind]) -> list[int]:
    """Who does something, one after the other: at random, or nearly chamber after chamber, as invitations go out."""
    turns = chance.choices(sorted(group), k=round(len(group) * chance.uniform(0.5, 2)))
    if chance.random() < 0.5:
        late = chance.choice((0.0, 0.1))
        turns.sort(key=lambda who: str(kinds.get(who)) if chance.random() >= late else "~")
    return turns


def _waiting(rule: Cohorts) -> list[int]:
    return [ballot for ballots in rule.waiting.values() for ballot in ballots]


def some_ranking(chance: random.Random) -> Ranking:
    """A weak order over some of the ideas."""
    return tuple(chance.choice((1, 2, 3, 4, None)) for _ in range(IDEAS))


def revised(chance: random.Random, before: Ranking) -> Ranking:
    """The same again, with two ideas swapped, or something new."""
    match chance.randrange(5):
        case 0:
            return before
        case 1:
            return some_ranking(chance)
        case _:
            one, other = chance.sample(range(IDEAS), 2)
            swapped = list(before)
            swapped[one], swapped[other] = before[other], before[one]
            return tuple(swapped)


def given_away(watched: Watched, coalition: Iterable[int]) -> set[int]:
    """The organisations outside of a coalition that some combination of what was published rests on alone.

    The attacker knows whose ballots are in each sum, of each chamber and at each time: more than anybody who knows who
    of one chamber took part, and when.
    """
    colluding = set(coalition)
    boards = [board for _, board in watched.columns]
    known: dict[Hashable, set[int]] = {}
    for figure in FIGURES:
        says = {version: figure(ranking) for version, ranking in watched.rankings.items()}
        versions = defaultdict(list)
        for (organisation, _), said in says.items():
            versions[organisation].append(said)
        # Figures that tell the same versions apart have the same equations.
        alike = tuple((who, *(said.index(one) for one in said)) for who, said in versions.items() if len(said) > 1)
        if alike not in known:
            known[alike] = _alone(boards, says, colluding)
    return set().union(*known.values())


def _alone(boards: Sequence[Board], says: Mapping[Version, Hashable], colluding: set[int]) -> set[int]:
    """The same for one figure."""
    coefficients: defaultdict[tuple[int, Hashable], list[int]] = defaultdict(lambda: [0] * len(boards))
    for column, board in enumerate(boards):
        for version, times in board.items():
            if version[0] not in colluding:
                coefficients[version[0], says[version]][column] += times
    if not coefficients:
        return set()
    owner = [organisation for organisation, _ in coefficients]
    cleared, pivots = reduced(np.array(list(coefficients.values()), dtype=object))
    own = defaultdict(list)
    for column, row in enumerate(pivots):
        own[owner[row]].append(column)
    # Each pivot row is in one reduced column alone. So a combination rests on one organisation only if it is one of
    # that organisation's own columns, and in none of these has anybody else a value that does not cancel.
    return {
        organisation
        for organisation, columns in own.items()
        if rank({tuple(row[columns]) for who, row in zip(owner, cleared, strict=True) if who != organisation})
        < len(columns)
    }


def _pair(one: int, other: int) -> Callable[[Ranking], Hashable]:
    def figure(ranking: Ranking) -> Hashable:
        first, second = ranking[one], ranking[other]
        return None if first is None or second is None else (first > second) - (first < second)

    return figure


# What a figure hears of a ballot: the order of two ideas, or, for the sharpest figure there could be, all of it.
FIGURES: list[Callable[[Ranking], Hashable]] = [_pair(*pair) for pair in combinations(range(IDEAS), 2)]
FIGURES.append(lambda ranking: ranking)


def coalitions(chance: random.Random, watched: Watched, size: int = COLLUDERS) -> list[list[int]]:
    """Organisations that might work together: any, some that were shown together, and some of one cell or chamber."""
    everybody = sorted({organisation for organisation, _ in watched.rankings})
    firms = [who for who in everybody if who in watched.kinds]
    chamber = watched.kinds[chance.choice(firms)][0] if firms else None
    members = [who for who in firms if watched.kinds[who][0] == chamber]
    groups = everybody, chance.choice(watched.together or [everybody]), chance.choice([*watched.neighbours, members])
    return [chance.sample(group, min(size, len(group))) for group in groups]
