"""An attacker who keeps every board that was ever shown, and what can be computed from them.

A figure of a board, such as "ballots that put idea 3 above idea 1", is a sum over the ballots on it. So what an
attacker sees of this figure is one equation for each board at each time. The unknowns are what each organisation's
versions say about it: versions that say the same are one unknown, and what colluding organisations say is known.
Whatever can be computed is a linear combination of these equations. One that rests on a single organisation
outside of the coalition gives that organisation away.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from ruhrvote.tally.disclosure import SMALLEST_GROUP, Cohorts, merged, pooled, pools

IDEAS = 4
COLLUDERS = 3
PRIME = 2**61 - 1  # no minor of our matrices is as large, so that ranks modulo it are exact

Version = tuple[int, int]  # organisation, number of its version
Ranking = tuple[int | None, ...]  # a tier for each idea, None for not judged
Board = Counter[Version]


@dataclass
class Watched:
    """What was shown of a consultation, and what was really submitted."""

    boards: list[Board] = field(default_factory=list)
    rankings: dict[Version, Ranking] = field(default_factory=dict)
    shown_together: list[list[int]] = field(default_factory=list)


class NothingEarly(Cohorts):
    """All ballots wait for the end: the policy `after_close`."""

    def release(self, group: str) -> Sequence[Version]:
        return []


def play(
    chance: random.Random,
    rule: Cohorts,
    *,
    at_close: Callable[[Mapping[str, int]], Mapping[str, str] | None] = pools,
    at_once: bool = False,
) -> Watched:
    """Play a random consultation by a rule; `at_once` shows each ballot as it comes."""
    watched = Watched()
    group = _roll(chance)
    current: dict[int, Version] = {}
    versions: Counter[int] = Counter()
    last_minute = set(chance.sample(sorted(group), min(COLLUDERS, len(group))))
    steps = chance.choices(sorted(group), k=round(len(group) * chance.uniform(0.5, 2)))
    willing = chance.choice((0.0, 0.1, 0.3))  # to withdraw
    for organisation in [*steps, *(last_minute if chance.random() < 0.5 else ())]:
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
                watched.shown_together.append([ballot for ballot, _ in cohort])
                watched.boards.append(Counter(v for v in rule.released.items() if group[v[0]] == own))
        if at_once:
            watched.boards.append(Counter(v for v in current.values() if group[v[0]] == own))
    taken_part = {group[organisation] for organisation in (*current, *rule.released)}
    pool = at_close({name: sum(group[ballot] == name for ballot in _waiting(rule)) for name in taken_part})
    if pool is not None:
        final = {name: Counter(v for v in current.values() if group[v[0]] == name) for name in set(group.values())}
        watched.boards += pooled(final, pool).values()
        watched.shown_together.append(_waiting(rule))
    return watched


def _roll(chance: random.Random) -> dict[int, str]:
    """The group of each organisation; small groups are merged, but for one that was not there at the opening."""
    sizes = {"chamber": chance.randint(1, 12), "municipality": chance.randint(1, 16), "firm": chance.randint(2, 50)}
    name = merged(sizes, SMALLEST_GROUP) | {"late": "late"}
    kinds = [kind for kind, size in sizes.items() for _ in range(size)]
    if chance.random() < 0.2:
        kinds += ["late"] * chance.randint(1, 12)
    return {organisation: name[kind] for organisation, kind in enumerate(kinds, start=1)}


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
    """The organisations outside of a coalition that some combination of what was shown rests on alone."""
    colluding = set(coalition)
    known: dict[Hashable, set[int]] = {}
    for figure in FIGURES:
        says = {version: figure(ranking) for version, ranking in watched.rankings.items()}
        versions = defaultdict(list)
        for (organisation, _), said in says.items():
            versions[organisation].append(said)
        # Figures that tell the same versions apart have the same equations.
        alike = tuple((who, *(said.index(one) for one in said)) for who, said in versions.items() if len(said) > 1)
        if alike not in known:
            known[alike] = _alone(watched.boards, says, colluding)
    return set().union(*known.values())


def _alone(boards: Sequence[Board], says: Mapping[Version, Hashable], colluding: set[int]) -> set[int]:
    """The same for one figure."""
    coefficients: defaultdict[tuple[int, Hashable], list[int]] = defaultdict(lambda: [0] * len(boards))
    for row, board in enumerate(boards):
        for version, times in board.items():
            if version[0] not in colluding:
                coefficients[version[0], says[version]][row] += times
    columns: defaultdict[int, set[tuple[int, ...]]] = defaultdict(set)
    for (organisation, _), column in coefficients.items():
        columns[organisation].add(tuple(column))
    alike = Counter(map(frozenset, columns.values()))
    every = set().union(*columns.values())
    alone = set()
    for organisation, own in columns.items():
        if alike[frozenset(own)] > 1:
            continue  # another organisation is in exactly the same boards: they hide each other
        others = set().union(*(column for who, column in columns.items() if who != organisation))
        if rank(others) < rank(every):
            alone.add(organisation)
    return alone


def rank(vectors: Iterable[Sequence[int]]) -> int:
    """The number of linearly independent ones among vectors of whole numbers."""
    basis: list[tuple[int, list[int]]] = []
    for vector in vectors:
        rest = list(vector)
        for pivot, row in basis:
            if factor := rest[pivot]:
                rest = [(a - factor * b) % PRIME for a, b in zip(rest, row, strict=True)]
        pivot = next((i for i, a in enumerate(rest) if a % PRIME), None)
        if pivot is not None:
            inverse = pow(rest[pivot], -1, PRIME)
            basis.append((pivot, [a * inverse % PRIME for a in rest]))
    return len(basis)


def _pair(one: int, other: int) -> Callable[[Ranking], Hashable]:
    def figure(ranking: Ranking) -> Hashable:
        first, second = ranking[one], ranking[other]
        return None if first is None or second is None else (first > second) - (first < second)

    return figure


# What a figure hears of a ballot: the order of two ideas, or, for the sharpest figure there could be, all of it.
FIGURES: list[Callable[[Ranking], Hashable]] = [_pair(*pair) for pair in combinations(range(IDEAS), 2)]
FIGURES.append(lambda ranking: ranking)


def coalitions(chance: random.Random, watched: Watched, size: int = COLLUDERS) -> list[list[int]]:
    """Organisations that might work together: any, and some of those whose ballots were shown together."""
    everybody = sorted({organisation for organisation, _ in watched.rankings})
    together = chance.choice(watched.shown_together or [everybody])
    return [chance.sample(group, min(size, len(group))) for group in (everybody, together)]
