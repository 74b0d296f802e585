"""Disclosure control: when ballots may be shown, so that no single ballot can be computed from the boards. Pure.

An observer who keeps every board that was ever shown can add and subtract them. So a board changes by at least
COHORT ballots at once, and each of them is new: no earlier board counts it. Any combination of boards then rests on
at least COHORT ballots. Even if three of the organisations that cast them work together, two more are unknown to them.

A changed ballot that is shown already is not new. If one new ballot were shown together with four changed ones that
only swap two ideas each, the new one would be alone in every pair of ideas that was not swapped. So changes wait
until the close, where at least COHORT new ballots cover them. docs/methodology.md, section 9, has the proof.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

# The version of the rule of what is shown, fixed for each consultation at its opening. Since 2, what is shown live is
# not broken down below the groups; 1 is that of consultations that were opened before.
RULE = 2

COHORT = 5  # ballots that are first shown together: two more than the three organisations that may work together
WAITING = 10  # ballots of a group that must wait before a cohort is released: COHORT remain to cover the changes
SMALLEST_GROUP = 10  # organisations on the roll; in a smaller group no cohort would ever be released


class _Sum(Protocol):
    def __add__(self, other, /): ...  # type: ignore[no-untyped-def]


T = TypeVar("T")
S = TypeVar("S", bound=_Sum)


def due(waiting: Sequence[T]) -> Sequence[T]:
    """The cohort to release from a group's waiting ballots, given oldest first; empty while too few wait."""
    return waiting[:COHORT] if len(waiting) >= WAITING else waiting[:0]


def until_due(waiting: int) -> int:
    """How many more first ballots a group needs until its next cohort, if so many wait now."""
    return WAITING - waiting


def merged(sizes: Mapping[str, int], at_least: int) -> dict[str, str]:
    """Merge the two smallest groups again and again until each has at least `at_least`; maps each group to its new one.

    A merged group is named after its parts, in alphabetical order. One group of all may still be too small.
    """
    groups = [(size, name) for name, size in sizes.items()]
    while len(groups) > 1 and min(groups)[0] < at_least:
        (size, name), (other_size, other), *rest = sorted(groups)
        groups = [*rest, (size + other_size, "-".join(sorted(parts(name) + parts(other))))]
    return {part: name for part in sizes for _, name in groups if set(parts(part)) <= set(parts(name))}


def parts(group: str) -> list[str]:
    """The groups that a merged group consists of; an unmerged group consists of itself."""
    return group.split("-")


def pools(waiting: Mapping[str, int]) -> dict[str, str] | None:
    """For each group the pool in which its last ballots are shown after the close, given how many of each still wait.

    None if fewer than COHORT wait in all groups together: then nothing more can be shown.
    """
    return merged(waiting, COHORT) if sum(waiting.values()) >= COHORT else None


def pooled(groups: Mapping[str, S], pool: Mapping[str, str]) -> dict[str, S]:
    """Values of the groups (tallies or numbers) added up for each pool."""
    result: dict[str, S] = {}
    for group, value in groups.items():
        name = pool.get(group, group)
        result[name] = result[name] + value if name in result else value
    return result


class Cohorts:
    """The release rule replayed over the submissions of one consultation, in the order of the ledger.

    waiting: for each group its waiting ballots with their latest versions, oldest first. released: for each released
    ballot the version that was shown.
    """

    def __init__(self) -> None:
        self.waiting: dict[str, dict[int, int]] = {}
        self.released: dict[int, int] = {}

    def submit(self, group: str, ballot: int, version: int) -> None:
        """Let a first ballot wait; a ballot that waits already keeps its place and takes the new version."""
        if ballot not in self.released:
            self.waiting.setdefault(group, {})[ballot] = version

    def withdraw(self, group: str, ballot: int) -> None:
        """Take a waiting ballot out of the queue unseen; if it is cast again, it waits behind all others."""
        self.waiting.get(group, {}).pop(ballot, None)

    def release(self, group: str) -> Sequence[tuple[int, int]]:
        """Release the cohort that is due and return its ballots with their versions; empty if none is due."""
        waiting = self.waiting.get(group, {})
        cohort = due(list(waiting.items()))
        for ballot, version in cohort:
            del waiting[ballot]
            self.released[ballot] = version
        return cohort

    def number_waiting(self) -> dict[str, int]:
        """How many ballots of each group wait."""
        return {group: len(ballots) for group, ballots in self.waiting.items()}
