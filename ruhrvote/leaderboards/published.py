"""The one list of what is ever published of ballots: the sums of which every figure is made, and where they are shown.

Whoever keeps all of them can add and subtract them. So what is new is shown only if no combination of all sums on this
list rests on few organisations: `tally.disclosure` decides about cohorts and pools, `tally.suppression` about cells
beside them, and the gate gives nothing else. docs/methodology.md, sections 9 and 19, has rule and proof.

An output is the endpoint of a route, a picture, an export or a report. Under `immediate` all of them rest on single
ballots instead. What is not named here shows no figure computed from rankings, but for a voter the own ballot;
`tests/leaderboards/test_published.py` fetches every output of the application and compares. Whoever adds a figure makes
it of these sums, by the gate, and names here where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Sum(StrEnum):
    """A sum over ballots that is published, of all figures of a tally at once."""

    COHORT = "cohort"  # under cohorts: the ballots of a group that were released together, as they then were
    RESULT = "result"  # the final ballots of one pool of groups, of which weights, reports and the archive are made
    CELL = "cell"  # the final ballots of the firms in one cell of a breakdown
    BALLOT = "ballot"  # under immediate alone: each ballot by itself, when it comes


WHILE_OPEN_AND_AFTER = frozenset({Sum.COHORT, Sum.RESULT})
AFTER = frozenset({Sum.RESULT})

RESTS_ON: Mapping[str, frozenset[Sum]] = {
    "start.home": WHILE_OPEN_AND_AFTER,
    "leaderboards.board": WHILE_OPEN_AND_AFTER,
    "leaderboards.direct": WHILE_OPEN_AND_AFTER,
    "leaderboards.screen": WHILE_OPEN_AND_AFTER,
    "leaderboards.embedded": AFTER,
    "api.board": WHILE_OPEN_AND_AFTER,
    "api.results": AFTER,
    "review.overview": WHILE_OPEN_AND_AFTER,
    "review.comparing": WHILE_OPEN_AND_AFTER,
    "review.feedback": AFTER | {Sum.CELL},
    "picture bars": WHILE_OPEN_AND_AFTER,
    "picture groups": WHILE_OPEN_AND_AFTER,
    "picture dissent": WHILE_OPEN_AND_AFTER,
    "picture themes": WHILE_OPEN_AND_AFTER,
    "picture firms": frozenset({Sum.CELL}),
    "export results": WHILE_OPEN_AND_AFTER,
    "export themes": WHILE_OPEN_AND_AFTER,
    "exports.package": AFTER,
    "report": WHILE_OPEN_AND_AFTER,
}

# Outputs that are another one in a different form.
MADE_OF = {
    "leaderboards.stream": "leaderboards.board",
    "export workbook": "export results",
    "export report": "report",
}

# Each order without a name, for auditors: no sum, and so for consultation admins alone, after the close.
FOR_AUDITORS = frozenset({"export orders"})
