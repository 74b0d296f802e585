"""Many concurrent writers on PostgreSQL, and two readers of new rows: the scoreboard, and a control.

    python -m bench.tailing write FOLDER URL FIRST NUMBER     submits ballots, each with a row for the control
    python -m bench.tailing follow FOLDER URL                 the scoreboard, until its input ends
    python -m bench.tailing control FOLDER URL                the control, until its input ends

The control reads the rows of a plain table with an id greater than the last one it has read. A row gets its id when it
is inserted, but is visible only after the commit, here after the ballot: so ids do not become visible in order.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from pathlib import Path

import psycopg

from bench.electorate import KEY, read_voters, settings_for
from ruhrvote.app import create_app
from ruhrvote.ballots.actions import Voter, cast
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.scoreboard import Scoreboards, recount, scoreboards
from ruhrvote.services import services

CONTROL = "CREATE TABLE control (id bigserial PRIMARY KEY, organisation_id integer NOT NULL)"
LOOK_EVERY = 0.02  # seconds


def plain(url: str) -> str:
    """The database's address in the form for psycopg."""
    return url.replace("+psycopg", "")


def write(folder: Path, url: str, first: int, number: int) -> None:
    """Submit ballots one after the other."""
    app, voters = create_app(settings_for(folder, url)), read_voters(folder)[first : first + number]
    chance = random.Random(first)
    with app.app_context(), psycopg.connect(plain(url)) as control:
        consultation_id = get_consultation(KEY).id
        for voter in voters:
            control.execute("INSERT INTO control (organisation_id) VALUES (%s)", (voter.organisation_id,))
            own = Voter(consultation_id, voter.organisation_id, voter.account_id)
            cast(own, voter.ranking, expected_version=0, idempotency_key="bench")
            if chance.random() < 0.01:  # some transactions roll back
                control.rollback()
            else:
                control.commit()


def follow(folder: Path, url: str) -> dict[str, object]:
    """Fold new entries repeatedly until the input ends, then compare with a recount."""
    app = create_app(settings_for(folder, url))
    with app.app_context():
        consultation_id = get_consultation(KEY).id
        ideas = len(ideas_of(consultation_id))
        services(app).of(Scoreboards).catch_up(consultation_id, ideas)
        looks = 0
        while not _told():
            scoreboards().catch_up(consultation_id, ideas)
            looks += 1
        snapshot, counted = scoreboards().catch_up(consultation_id, ideas), recount(consultation_id, ideas)
    return {
        "looks": looks,
        "ballots": sum(tally.ballots for tally in snapshot.groups.values()),
        "as_the_recount": snapshot == counted,
    }


def control(url: str) -> dict[str, object]:
    """Read rows after the last id repeatedly until the input ends, then report how many were missed."""
    read, last = 0, 0
    with psycopg.connect(plain(url), autocommit=True) as connection:
        while True:
            told = _told()
            new = connection.execute("SELECT id FROM control WHERE id > %s ORDER BY id", (last,)).fetchall()
            read, last = read + len(new), new[-1][0] if new else last
            if told:
                break
        (there,) = connection.execute("SELECT count(*) FROM control").fetchone() or (0,)
    return {"rows": there, "missed": there - read}


def _told() -> bool:
    """Wait a moment; return whether the input has ended."""
    time.sleep(LOOK_EVERY)
    return bool(select.select([sys.stdin], [], [], 0)[0])


def main() -> None:
    """Run with the command line's arguments."""
    mode, folder, url = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    if mode == "write":
        write(folder, url, int(sys.argv[4]), int(sys.argv[5]))
    else:
        print(json.dumps(follow(folder, url) if mode == "follow" else control(url)))


if __name__ == "__main__":
    main()
