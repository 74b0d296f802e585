"""Which version of each ballot counts, replayed from submissions, objections and their settlement. Pure.

The latest version counts of those that nothing keeps from counting. While the consultation is open, an objection keeps
its version from counting at once. After the close it changes nothing until the settlement, from which on exactly the
versions do not count to which an objection was upheld.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple


class Contested(NamedTuple):
    """A version of a ballot to which its organisation objects."""

    ballot: int
    version: int


class Change(NamedTuple):
    """The version of a ballot that counts, before and after an entry; 0 if none does."""

    ballot: int
    before: int
    after: int


class Versions:
    """The versions of all ballots of one consultation, in the order of its ledger.

    contested: for each objection the entry that records it; void: the spans of entries in which a version does not
    count, as the first entry and the first after it, None for the end of time.
    """

    def __init__(self) -> None:
        self.contested: dict[Contested, int] = {}
        self.void: dict[Contested, tuple[int, int | None]] = {}
        self.closed = False
        self.settled = False
        self._ranked: dict[int, dict[int, bool]] = {}

    def submit(self, ballot: int, version: int, *, ranked: bool) -> Change:
        """Add a version; it is not ranked if it is a withdrawal."""
        before = self.ranked(ballot)
        self._ranked.setdefault(ballot, {})[version] = ranked
        return Change(ballot, before, self.ranked(ballot))

    def contest(self, seq: int, contested: Contested) -> Change:
        """Record an objection in the entry `seq`; raises ValueError for an unknown version or a second objection."""
        ballot, version = contested
        if self.settled or contested in self.contested or version not in self._ranked.get(ballot, {}):
            raise ValueError(contested)
        before = self.ranked(ballot)
        self.contested[contested] = seq
        if not self.closed:
            self.void[contested] = (seq, None)
        return Change(ballot, before, self.ranked(ballot))

    def close(self) -> None:
        """From now on objections wait for the settlement."""
        self.closed = True

    def settle(self, seq: int, upheld: Collection[Contested]) -> list[Change]:
        """Let all objections take effect in the entry `seq`, in the order of the ballots."""
        ballots = sorted({contested.ballot for contested in self.contested})
        before = {ballot: self.ranked(ballot) for ballot in ballots}
        for contested in self.contested:
            begin, _ = self.void.get(contested, (seq, None))
            if contested in upheld:
                self.void[contested] = (begin, None)
            elif contested in self.void:
                self.void[contested] = (begin, seq)
        self.settled = True
        return [Change(ballot, before[ballot], self.ranked(ballot)) for ballot in ballots]

    def counting(self, ballot: int) -> int:
        """The latest version that nothing keeps from counting, which may be a withdrawal; 0 if there is none."""
        left = [version for version in self._ranked[ballot] if _counts(self.void.get(Contested(ballot, version)))]
        return max(left, default=0)

    def ranked(self, ballot: int) -> int:
        """The version whose ranking counts; 0 if none does."""
        version = self.counting(ballot) if ballot in self._ranked else 0
        return version if version and self._ranked[ballot][version] else 0

    def ballots(self) -> Iterable[int]:
        """All ballots."""
        return self._ranked


def _counts(void: tuple[int, int | None] | None) -> bool:
    return void is None or void[1] is not None
