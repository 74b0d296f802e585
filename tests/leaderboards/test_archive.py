"""What an archive keeps for ever is what was published: no group that is shown together with others, by itself."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from flask import Flask

from ruhrvote.accounts.models import Role
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy, WaitingBallot
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import archive_consultation
from ruhrvote.db import db, transaction
from ruhrvote.leaderboards.boards import OVERALL, make_board
from ruhrvote.leaderboards.scoreboard import recount, scoreboards
from ruhrvote.ledger.actions import append, lock_head
from ruhrvote.ledger.models import EntryKind
from ruhrvote.recount import recount_all, serves_the_same
from tests.exports.getting import records_of
from tests.people import make_person
from tests.rounds import Round, certify_and_publish, make_round, submit

pytestmark = pytest.mark.alike

SECRET, OTHER = "4B4A3~2~1A1B", "1A1B2~3~4~5~"
POLICIES = pytest.mark.parametrize("policy", [ReleasePolicy.COHORTS, ReleasePolicy.AFTER_CLOSE])


def round_with_one_secret(policy: ReleasePolicy) -> tuple[Round, int]:
    """Twenty firms and one municipality, whose ballot is shown together with theirs; published."""
    round_ = make_round(chambers=4, municipalities=8, firms=20, release_policy=policy)
    for firm in round_.firms:
        submit(round_, firm, OTHER)
    submit(round_, round_.municipalities[0], SECRET)
    admin = make_person(round_.chambers[0], Role.CONSULTATION_ADMIN)
    close_consultation(round_.key)
    certify_and_publish(round_.key)
    return round_, admin


def tallies_in(payload: Any) -> list[dict[str, Any]]:
    """Every tally in a payload, however deep."""
    if not isinstance(payload, dict):
        return []
    own = [payload] if "above" in payload else []
    return own + [tally for part in payload.values() for tally in tallies_in(part)]


def smallest_difference(tallies: list[dict[str, Any]]) -> int:
    """The fewest ballots of a tally, or of the difference of two."""
    counts = [0, *(int(tally["ballots"]) for tally in tallies)]
    return min(abs(one - other) for one in counts for other in counts if one != other)


@POLICIES
def test_no_single_ballot_follows_from_the_ledger_of_an_archive(app: Flask, policy: ReleasePolicy) -> None:
    with app.app_context():
        round_, admin = round_with_one_secret(policy)
        before = make_board(get_consultation(round_.key), OVERALL)
        archive_consultation(round_.key)
        after = make_board(get_consultation(round_.key), OVERALL)
        assert [(row.idea.number, row.score) for row in after.idea_rows] == [
            (row.idea.number, row.score) for row in before.idea_rows
        ]
        assert after.group_turnouts == before.group_turnouts
        assert db.session.query(WaitingBallot).count() == 0
    payloads = [json.loads(row["payload"]) for row in records_of(app, admin, "ledger")]
    kept = [tally for payload in payloads for tally in tallies_in(payload)]
    assert kept, "the archive has the result"
    assert smallest_difference(kept) >= 5, "of whom the ledger says how each of these ballots stood"


@POLICIES
def test_a_process_that_saw_the_archive_coming_serves_what_a_recount_finds(app: Flask, policy: ReleasePolicy) -> None:
    with app.app_context():
        round_, _ = round_with_one_secret(policy)
        scoreboards().catch_up(round_.id, round_.ideas)
        archive_consultation(round_.key)
        served = scoreboards().catch_up(round_.id, round_.ideas)
        (found,) = recount_all()
        assert found.faults == ()
        assert found.ballots == 21
        assert serves_the_same(found, {"seq": served.seq, "digest": served.digest()})
        assert sum(served.received.values()) == 21


def test_an_archive_of_before_is_read_as_it_is_and_its_export_ends_before_it(app: Flask) -> None:
    with app.app_context():
        round_, admin = round_with_one_secret(ReleasePolicy.AFTER_CLOSE)
        before = make_board(get_consultation(round_.key), OVERALL)
        final = recount(round_.id, round_.ideas)
        with transaction():
            head = lock_head(round_.id)
            groups, released = (
                {group: tally.written() for group, tally in tallies.items()}
                for tallies in (final.groups, final.released)
            )
            append(head, EntryKind.ARCHIVED, {"groups": groups, "released": released})
            get_consultation(round_.key).status = "archived"
        read = recount(round_.id, round_.ideas)
        assert all(np.array_equal(read.groups[group].above, final.groups[group].above) for group in final.groups)
        after = make_board(get_consultation(round_.key), OVERALL)
        assert [row.score for row in after.idea_rows] == [row.score for row in before.idea_rows]
    rows = records_of(app, admin, "ledger")
    assert [row["seq"] for row in rows] == list(range(1, read.seq))
    assert all("above" not in row["payload"] for row in rows)
