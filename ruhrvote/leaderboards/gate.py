"""The gate: the one place that decides whether figures computed from rankings may be seen.

Pages, streams and exports get tallies from here and from nowhere else. How many ballots came in is not
computed from rankings and needs no gate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ruhrvote.consultations.models import Consultation, ReleasePolicy, Status, Weighting
from ruhrvote.leaderboards.scoreboard import scoreboards
from ruhrvote.tally.scores import Weighted, equal_groups, one_voice
from ruhrvote.tally.tally import Tally


@dataclass(frozen=True)
class Figures:
    """The tallies that may be shown, as of the ledger's entry `seq`."""

    seq: int
    groups: Mapping[str, Tally]
    overall: Weighted

    @property
    def counted(self) -> int:
        """How many ballots the boards rest on."""
        return sum(tally.ballots for tally in self.groups.values())


def may_be_seen(consultation: Consultation) -> bool:
    """Whether boards of this consultation may be seen now, by anybody."""
    if consultation.status == Status.DRAFT:
        return False
    if consultation.release_policy == ReleasePolicy.AFTER_CLOSE:
        return consultation.status == Status.PUBLISHED
    return True


def figures(consultation: Consultation, ideas: int) -> Figures | None:
    """The tallies of a consultation with so many ideas, or None while nothing may be seen."""
    if not may_be_seen(consultation):
        return None
    snapshot = scoreboards().catch_up(consultation.id, ideas)
    if not snapshot.groups:
        return None
    weigh = equal_groups if consultation.weighting == Weighting.EQUAL_GROUPS else one_voice
    return Figures(seq=snapshot.seq, groups=snapshot.groups, overall=weigh(snapshot.groups))
