"""What may be seen of ballots, and when, so that no single one can be computed from what is shown. Pure.

A watcher who keeps every board that was ever shown can add and subtract them. So boards change by at least
COHORT ballots at once, and each of these is new: it is in no board before. However the boards are combined, what
comes out then rests on at least COHORT ballots, and on two others if three of those who cast them work together.

A change to a ballot that is shown already is not new. One new ballot shown together with four that only swap two
ideas each would stand alone in every pair that was not swapped. So changes wait for the end, where COHORT new ones
cover them. docs/methodology.md, section 9, has the proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

COHORT = 5  # ballots that are shown for the first time together: two more than the three that may work together
WAITING = 10  # that wait in a group when a cohort leaves, so that COHORT are left to cover the changes at the end
SMALLEST_GROUP = 10  # organisations that may take part; a smaller group would never see its first cohort


class _Sum(Protocol):
    def __add__(self, other, /): ...  # type: ignore[no-untyped-def]


T = TypeVar("T")
S = TypeVar("S", bound=_Sum)


def due(waiting: Sequence[T]) -> Sequence[T]:
    """The cohort that is released from a group's waiting ballots, oldest first; empty while too few wait."""
    return waiting[:COHORT] if len(waiting) >= WAITING else waiting[:0]


def until_due(waiting: int) -> int:
    """How many more first ballots a group needs for its next cohort."""
    return WAITING - waiting


def merged(sizes: Mapping[str, int], at_least: int) -> dict[str, str]:
    """For each group the one in which it counts, so that all are so large: the two smallest are merged, and again.

    The name of a merged group is that of its parts, in alphabetical order. All together may still be too few.
    """
    groups = [(size, name) for name, size in sizes.items()]
    while len(groups) > 1 and min(groups)[0] < at_least:
        (size, name), (other_size, other), *rest = sorted(groups)
        groups = [*rest, (size + other_size, "-".join(sorted(parts(name) + parts(other))))]
    return {part: name for part in sizes for _, name in groups if set(parts(part)) <= set(parts(name))}


def parts(group: str) -> list[str]:
    """The groups that a merged group consists of; any other consists of itself."""
    return group.split("-")


def pools(waiting: Mapping[str, int]) -> dict[str, str] | None:
    """For each group the one in which its last ballots are shown at the end, given how many of each still wait.

    None if all groups together have fewer than COHORT: then nothing more can be shown.
    """
    return merged(waiting, COHORT) if sum(waiting.values()) >= COHORT else None


def pooled(groups: Mapping[str, S], pool: Mapping[str, str]) -> dict[str, S]:
    """What belongs to the groups (tallies, numbers), added up for each pool."""
    result: dict[str, S] = {}
    for group, value in groups.items():
        name = pool.get(group, group)
        result[name] = result[name] + value if name in result else value
    return result


class Cohorts:
    """The rule step by step, over the submissions of one consultation in the order of their entries.

    waiting: by group, each waiting ballot with its latest version, oldest first. released: by ballot, the version
    that was shown.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, dict[int, int]] = {}
        self.released: dict[int, int] = {}

    def submit(self, group: str, ballot: int, version: int) -> None:
        """A first ballot begins to wait, a waiting one keeps its place with its new version."""
        if ballot not in self.released:
            self.waiting.setdefault(group, {})[ballot] = version

    def withdraw(self, group: str, ballot: int) -> None:
        """A waiting ballot leaves unseen; cast again it waits behind all others."""
        self.waiting.get(group, {}).pop(ballot, None)

    def release(self, group: str) -> Sequence[tuple[int, int]]:
        """Release the cohort that is due, if one is: its ballots with their versions."""
        waiting = self.waiting.get(group, {})
        cohort = due(list(waiting.items()))
        for ballot, version in cohort:
            del waiting[ballot]
            self.released[ballot] = version
        return cohort

    def number_waiting(self) -> dict[str, int]:
        """How many ballots of each group wait."""
        return {group: len(ballots) for group, ballots in self.waiting.items()}
