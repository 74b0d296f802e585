"""The recount finds and names every change behind the product's back."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, delete, insert, select, text, update

from ruhrvote.ballots.actions import withdraw
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Consultation, ReleasedBallot, ReleasePolicy, WaitingBallot
from ruhrvote.db import db, transaction
from ruhrvote.ideas.models import Idea
from ruhrvote.leaderboards.scoreboard import served_digests
from ruhrvote.ledger.chain import entry_hash
from ruhrvote.ledger.models import ChainHead, LedgerEntry
from ruhrvote.recount import recount_all, served
from ruhrvote.server import socket_folder
from tests.rounds import Round, certify_and_publish, make_round, submit

ONE, TWO, THREE = "1A1B2~5~0~4~", "1B1A2~5~0~4~", "2~3~4~1A1B1~"


@pytest.fixture
def round_(app: Flask) -> Iterator[Round]:
    """Five submissions: cast, cast, replaced, cast, withdrawn; their entries are numbers 2 to 6."""
    with app.app_context():
        made = make_round()
        first, second, third = made.firms[:3]
        submit(made, first, ONE)
        submit(made, second, TWO)
        submit(made, first, THREE, version=1)
        submit(made, third, ONE)
        withdraw(made.voter(third), expected_version=1)
        yield made


def faults() -> list[str]:
    db.session.rollback()
    return [fault for result in recount_all() for fault in result.faults]


def change_ledger(change: Callable[[Connection], object]) -> None:
    """Change the ledger as somebody does who owns the database: without its triggers."""
    with transaction() as session:
        connection = session.connection()
        if connection.dialect.name == "sqlite":
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER ledger_entry_no_{verb}"))
        else:
            connection.execute(text("DROP TRIGGER ledger_entry_append_only ON ledger_entry"))
        change(connection)


def version_at(seq: int, /, **values: object) -> None:
    with transaction() as session:
        changed = session.execute(update(BallotVersion).where(BallotVersion.seq == seq).values(**values))
        assert changed.rowcount == 1


def test_nothing_is_wrong_with_what_the_product_wrote(round_: Round) -> None:
    close_consultation(round_.key)
    certify_and_publish(round_.key)
    make_round("draft", opened=False)
    (result,) = recount_all()
    assert result.faults == ()
    assert result.snapshot.seq == 10
    assert result.snapshot.groups["firm"].ballots == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ranking", "1A1B2~5~0~3~"),
        ("ranking", ""),
        ("salt", "0" * 64),
        ("cell", "chamber/-/-"),
        ("version", 7),
        ("receipt_id", "A" * 26),
    ],
)
def test_a_changed_submission_is_named(round_: Round, field: str, value: object) -> None:
    version_at(5, **{field: value})
    assert faults() == ["the submission of entry 5 was changed after it was received"]


def test_a_submission_that_was_given_to_another_organisation_is_named(round_: Round) -> None:
    # It would replace that organisation's ballot in the count and leave the old one of its own.
    other = db.session.scalar(select(BallotVersion.ballot_id).where(BallotVersion.seq == 3))
    version_at(4, ballot_id=other)
    assert faults() == ["the submission of entry 4 was changed after it was received"]


def test_two_swapped_rankings_are_named(round_: Round) -> None:
    version_at(2, ranking=TWO)
    version_at(3, ranking=ONE)
    assert faults() == ["the submission of entry 2 was changed after it was received"]


def test_a_deleted_submission_is_named(round_: Round) -> None:
    with transaction() as session:
        session.execute(delete(BallotVersion).where(BallotVersion.seq == 3))
    assert faults() == ["the submission of entry 3 is missing"]


def test_a_submission_that_no_entry_knows_is_found(round_: Round) -> None:
    with transaction() as session:
        known = session.scalars(select(BallotVersion).where(BallotVersion.seq == 3)).one()
        values = {column.key: getattr(known, column.key) for column in BallotVersion.__table__.columns}
        del values["id"]
        values |= {"version": 2, "seq": 99, "receipt_id": "B" * 26, "idempotency_key": "smuggled in"}
        session.execute(insert(BallotVersion).values(**values))
    assert faults() == ["1 submissions are in no ledger entry"]


def test_a_ranking_smuggled_into_the_entry_of_the_opening_is_found(round_: Round) -> None:
    version_at(3, seq=1)
    assert "the submission of entry 3 is missing" in faults()


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (update(LedgerEntry).where(LedgerEntry.seq == 4).values(payload="{}"), "entry 4 was changed"),
        (update(LedgerEntry).where(LedgerEntry.seq == 4).values(kind="cast"), "entry 4 was changed"),
        (update(LedgerEntry).where(LedgerEntry.seq == 1).values(hash="f" * 64), "entry 1 was changed"),
        (delete(LedgerEntry).where(LedgerEntry.seq == 2), "entry 2 is missing"),
        (delete(LedgerEntry).where(LedgerEntry.seq == 6), "the chain has lost its end: entry 6 is missing"),
    ],
    ids=["payload", "kind", "hash", "deleted", "cut off"],
)
def test_a_changed_ledger_is_named(round_: Round, change, wanted: str) -> None:
    change_ledger(lambda connection: connection.execute(change))
    assert faults()[0].startswith(wanted)


@pytest.mark.parametrize("head", [{"hash": "f" * 64}, {"seq": 5}])
def test_a_head_that_does_not_name_the_last_entry_is_found(round_: Round, head: dict[str, object]) -> None:
    with transaction() as session:
        session.execute(update(ChainHead).values(**head))
    assert faults() == ["the chain's head does not name its last entry"]


def test_ideas_that_changed_places_are_found(round_: Round) -> None:
    # Every stored ranking would then speak of other ideas, and no ballot would have been touched.
    with transaction() as session:
        for old, new in ((0, 90), (1, 0), (90, 1)):
            session.execute(update(Idea).where(Idea.position == old).values(position=new))
    assert faults() == ["the ideas or their order were changed after the opening"]


@pytest.mark.parametrize("rule", [{"weighting": "equal_groups"}, {"quorum_minimum": 2}, {"release_policy": "cohorts"}])
def test_rules_that_were_changed_after_the_opening_are_found(round_: Round, rule: dict[str, object]) -> None:
    with transaction() as session:
        session.execute(update(Consultation).values(**rule))
    assert faults() == ["the rules were changed after the opening"]


class TestReleases:
    """Under cohorts the recount also follows the rule of release."""

    @pytest.fixture
    def cohorts(self, app: Flask) -> Iterator[Round]:
        """Ten submissions in entries 2 to 11, of which entry 12 releases five, and one more in entry 13."""
        with app.app_context():
            made = make_round(chambers=0, municipalities=0, firms=12, release_policy=ReleasePolicy.COHORTS)
            for firm in made.firms[:11]:
                submit(made, firm, ONE)
            yield made

    def rewrite(self, seq: int, payload: Mapping[str, object], kind: str = "released") -> None:
        """Write the chain anew from an entry on, as somebody with full control of the database could."""

        def change(connection: Connection) -> None:
            previous = None
            rows = connection.execute(select(LedgerEntry.__table__).order_by(LedgerEntry.seq)).all()
            for row in reversed(rows):  # out of the way of the constraint on the hash before
                connection.execute(
                    update(LedgerEntry).where(LedgerEntry.seq == row.seq).values(previous_hash=f"old {row.seq}")
                )
            for row in rows:
                text = json.dumps(payload, sort_keys=True, separators=(",", ":")) if row.seq == seq else row.payload
                name = kind if row.seq == seq else row.kind
                before = previous or row.previous_hash
                previous = entry_hash(before, row.consultation_id, row.seq, name, row.recorded_at, text)
                values = {"payload": text, "kind": name, "previous_hash": before, "hash": previous}
                connection.execute(update(LedgerEntry).where(LedgerEntry.seq == row.seq).values(**values))
            connection.execute(update(ChainHead).values(hash=previous))

        change_ledger(change)

    def released(self, *ballots: int) -> dict[str, object]:
        return {"ballots": [{"ballot": ballot, "version": 1} for ballot in ballots], "group": "firm"}

    def test_what_the_product_released_is_what_the_rule_says(self, cohorts: Round) -> None:
        assert faults() == []
        self.rewrite(12, self.released(1, 2, 3, 4, 5))
        assert faults() == [], "the control: the chain was only written again"

    @pytest.mark.parametrize(
        "ballots", [(1, 2, 3, 4), (1, 2, 3, 4, 6), (1, 2, 3, 4, 5, 6)], ids=["too few", "another", "too many"]
    )
    def test_another_release_than_the_one_that_was_due_is_named(self, cohorts: Round, ballots: tuple[int, ...]) -> None:
        self.rewrite(12, self.released(*ballots))
        assert faults() == ["entry 12 is not what the rule of release says"]

    def test_a_release_that_was_left_out_is_named(self, cohorts: Round) -> None:
        self.rewrite(12, {"group": "firm", "organisations": 1, "digest": ""}, kind="roll_changed")
        assert faults() == ["entry 12 is not what the rule of release says"]

    def test_a_missing_last_release_is_named(self, app: Flask) -> None:
        with app.app_context():
            made = make_round(chambers=0, municipalities=0, firms=12, release_policy=ReleasePolicy.COHORTS)
            for firm in made.firms[:10]:
                submit(made, firm, ONE)

            def cut(connection: Connection) -> None:
                connection.execute(delete(LedgerEntry).where(LedgerEntry.seq == 12))
                before = connection.scalar(select(LedgerEntry.hash).where(LedgerEntry.seq == 11))
                connection.execute(update(ChainHead).values(seq=11, hash=before))

            change_ledger(cut)
            assert faults() == ["the release that was due last is missing"]

    def test_a_release_where_the_policy_knows_none_is_named(self, round_: Round) -> None:
        self.rewrite(6, self.released(3), kind="released")
        assert faults()[0].startswith("1 submissions are in no ledger entry")
        with transaction() as session:
            session.execute(delete(BallotVersion).where(BallotVersion.seq == 6))
        assert faults() == ["entry 6 is not what the rule of release says"]

    @pytest.mark.parametrize(
        "change",
        [
            update(ReleasedBallot).where(ReleasedBallot.ballot_id == 1).values(version=2),
            update(ReleasedBallot).where(ReleasedBallot.ballot_id == 1).values(seq=13),
            delete(ReleasedBallot).where(ReleasedBallot.ballot_id == 1),
        ],
        ids=["version", "entry", "deleted"],
    )
    def test_a_release_that_the_boards_read_otherwise_is_found(self, cohorts: Round, change) -> None:
        with transaction() as session:
            session.execute(change)
        assert faults() == ["the released ballots are not those that the ledger names"]

    @pytest.mark.parametrize(
        "change",
        [
            update(WaitingBallot).where(WaitingBallot.ballot_id == 6).values(seq=90),
            update(WaitingBallot).where(WaitingBallot.ballot_id == 6).values(version=2),
            delete(WaitingBallot).where(WaitingBallot.ballot_id == 6),
        ],
        ids=["place", "version", "deleted"],
    )
    def test_a_queue_that_does_not_follow_from_the_ledger_is_found(self, cohorts: Round, change) -> None:
        with transaction() as session:
            session.execute(change)
        assert faults() == ["the ballots that wait are not those that the ledger leaves waiting"]


def test_what_a_process_serves_is_asked_of_the_process(round_: Round, app: Flask, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(socket_folder(tmp_path) / "4711.sock"))
        listener.listen()
        body = json.dumps(served_digests())

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(f"HTTP/1.0 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

        thread = threading.Thread(target=answer)
        thread.start()
        answers = served(tmp_path)
        thread.join(10)
    (result,) = recount_all()
    assert answers == {"4711": {round_.key: {"seq": 6, "digest": result.snapshot.digest()}}}
    assert served(tmp_path) == {}
    assert not list(socket_folder(tmp_path).iterdir()), "the socket of a process that is gone is taken away"
