"""The list of what is ever published of ballots: every figure is computed from sums of these kinds, and of no other.

Whoever keeps all of them can add and subtract them. So what is new is shown only if no combination of all sums on this
list rests on few organisations: `disclosure` decides about cohorts and pools, `suppression` about cells beside them.
A figure of any other sum has no place here. docs/methodology.md, sections 9 and 19, has rule and proof.
"""

from __future__ import annotations

from enum import StrEnum

# The version of the rule of what is shown, fixed for each consultation at its opening. Since 2, what is shown live is
# not broken down below the groups; 1 is that of consultations that were opened before.
RULE = 2


class Sum(StrEnum):
    """A sum over ballots that is published, of all figures of a tally at once."""

    COHORT = "cohort"  # under cohorts: the ballots of a group that were released together, as they then were
    RESULT = "result"  # the final ballots of one pool of groups, of which weights, reports and the archive are made
    CELL = "cell"  # the final ballots of the firms in one cell of a breakdown
    BALLOT = "ballot"  # under immediate alone: each ballot by itself, when it comes
