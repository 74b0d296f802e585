"""The submit action alone, and with 160 updates of a stored tally in the same transaction: the cost of storing tallies.

    python -m bench.submitting FOLDER DATABASE-URL FIRST NUMBER

prints as JSON the ballots per second of both, measured in turns.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from sqlalchemy import event, text

from bench.electorate import read_voters, settings_for
from ruhrvote.app import create_app
from ruhrvote.ballots.actions import Voter, cast
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db, transaction

ROWS = 160  # 40 ideas in all, in the group, in the chamber and in the municipality
A_TURN = 50  # ballots
CHANGE = text("UPDATE stored_tally SET score = score + 1 WHERE id = :id")


def measure_submitting(folder: Path, url: str, first: int, number: int) -> dict[str, float]:
    """Ballots per second of the action alone, and with the stored rows."""
    app, voters = create_app(settings_for(folder, url)), read_voters(folder)[first : first + number]
    seconds, storing = {"alone": 0.0, "with 160 stored rows": 0.0}, False
    with app.app_context():
        with transaction() as session:
            session.execute(text("CREATE TABLE stored_tally (id INTEGER PRIMARY KEY, score INTEGER NOT NULL)"))
            session.execute(text("INSERT INTO stored_tally VALUES (:id, 0)"), [{"id": i} for i in range(ROWS)])
        consultation_id = get_consultation("bench").id

        @event.listens_for(db.session, "before_commit")
        def store(session: object) -> None:
            if storing:
                db.session.execute(CHANGE, [{"id": i} for i in range(ROWS)])

        for turn, start in enumerate(range(0, number, A_TURN)):
            storing = bool(turn % 2)
            begun = time.perf_counter()
            for voter in voters[start : start + A_TURN]:
                own = Voter(consultation_id, voter.organisation_id, voter.account_id)
                cast(own, voter.ranking, expected_version=0, idempotency_key="bench")
            seconds["with 160 stored rows" if storing else "alone"] += time.perf_counter() - begun
        storing = False
        with transaction() as session:
            session.execute(text("DROP TABLE stored_tally"))
    return {what: number / 2 / took for what, took in seconds.items()}


def main() -> None:
    """Run with the command line's arguments and print the rates."""
    folder, url, first, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    print(json.dumps(measure_submitting(folder, url, first, number)))


if __name__ == "__main__":
    main()
