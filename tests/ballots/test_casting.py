"""Submitting a ballot: one per organisation, versions, receipts, and what is refused."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from ruhrvote.accounts.models import Account
from ruhrvote.ballots.actions import Voter, withdraw
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.ballots.queries import find_inclusion, submitted_version
from ruhrvote.ballots.receipts import in_fours
from ruhrvote.consultations.actions import add_to_roll, close_consultation
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.drafts.actions import Choice, move_idea, save_answers
from ruhrvote.drafts.order import Move
from ruhrvote.drafts.queries import find_draft
from ruhrvote.errors import Conflict, Refused
from ruhrvote.ledger.models import LedgerEntry
from tests.people import make_person
from tests.rounds import Round, make_account, make_round, received_by_group, submit

SOME, OTHER = "1A1B2~5~0~4~", "1B1A2~5~0~4~"


@pytest.fixture
def round_(app: Flask) -> Round:
    with app.app_context():
        return make_round()


@pytest.fixture(autouse=True)
def in_context(app: Flask):
    with app.app_context():
        yield


def test_a_submission_is_in_the_ledger_and_counts(round_: Round) -> None:
    submission = submit(round_, round_.firms[0], SOME)
    inclusion = find_inclusion(in_fours(submission.receipt_id).lower())
    assert inclusion is not None
    assert inclusion.counts
    payload = json.loads(inclusion.entry.payload)
    assert payload["commitment"] == submission.commitment
    assert SOME not in inclusion.entry.payload, "the ledger says nothing of the content"
    assert received_by_group(round_.id) == {"firm": 1}


def test_the_last_submission_counts_and_the_first_receipt_says_so(round_: Round) -> None:
    first, firm = submit(round_, round_.firms[0], SOME).receipt_id, round_.firms[0]
    submit(round_, firm, OTHER, version=1)
    replaced = find_inclusion(first)
    assert replaced is not None
    assert not replaced.counts
    assert replaced.counting_version == 2
    assert received_by_group(round_.id) == {"firm": 1}


def test_the_same_page_sent_twice_is_one_version(round_: Round) -> None:
    once = submit(round_, round_.firms[0], SOME, key="k").receipt_id
    twice = submit(round_, round_.firms[0], SOME, key="k").receipt_id
    assert once == twice
    with pytest.raises(Conflict):
        submit(round_, round_.firms[0], OTHER, key="k")
    assert db.session.scalar(select(func.count()).select_from(BallotVersion)) == 1


def test_a_stale_page_never_overwrites(round_: Round) -> None:
    submit(round_, round_.firms[0], SOME, version=0, key="one")
    with pytest.raises(Conflict):
        submit(round_, round_.firms[0], OTHER, version=0, key="other")
    current = submitted_version(round_.id, round_.firms[0])
    assert current is not None
    assert current.ranking == SOME


def test_a_withdrawn_ballot_counts_nowhere_and_can_be_cast_again(round_: Round) -> None:
    firm = round_.firms[0]
    submit(round_, firm, SOME)
    withdraw(round_.voter(firm), expected_version=1)
    assert received_by_group(round_.id) == {}
    with pytest.raises(Conflict):
        withdraw(round_.voter(firm), expected_version=2)
    submit(round_, firm, OTHER, version=2)
    kinds = [e.kind for e in db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.seq))]
    assert kinds == ["opened", "cast", "withdrawn", "cast"]


def test_nothing_counts_after_the_close(round_: Round) -> None:
    close_consultation(round_.key)
    with pytest.raises(Conflict):
        submit(round_, round_.firms[0], SOME)
    account = make_account(round_.firms[0], "a@firma.example")
    voter = Voter(round_.id, round_.firms[0], account)
    with pytest.raises(Conflict):
        save_answers(voter, [Choice(0, 1, 0)])
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 0, "nothing of the attempt is left"


def test_the_database_clock_closes_even_before_the_worker_does(app: Flask) -> None:
    round_ = make_round("late", closes_at=clock() + timedelta(hours=1))
    submit(round_, round_.firms[0], SOME)
    with transaction() as session:
        session.get_one(Consultation, round_.id).closes_at = clock() - timedelta(milliseconds=1)
    with pytest.raises(Conflict):
        submit(round_, round_.firms[1], SOME)


@pytest.mark.parametrize(
    "wrong",
    ["", "1A1B", SOME + "1~", "1A1A1~1~1~9~", "1A1C1~1~1~1~", "1A5~5~5~5~0~"],
    ids=["nothing", "too short", "too long", "unknown answer", "gap", "one judgement only"],
)
def test_a_ranking_that_makes_no_sense_is_refused(round_: Round, wrong: str) -> None:
    with pytest.raises(Refused) as refusal:
        submit(round_, round_.firms[0], wrong)
    assert refusal.value.status == 422


def test_only_who_is_on_the_roll_may_submit(round_: Round) -> None:
    stranger = make_round("other", opened=False).firms[0]
    with pytest.raises(Refused):
        submit(round_, stranger, SOME)
    add_to_roll(round_.key, stranger)
    submit(round_, stranger, SOME)
    assert received_by_group(round_.id) == {"firm": 1}


def test_two_people_share_a_draft_and_nobody_overwrites_silently(round_: Round) -> None:
    firm = round_.firms[0]
    one = Voter(round_.id, firm, make_person(firm))
    other = Voter(round_.id, firm, make_person(firm, colleague_of=one.account_id))
    save_answers(one, [Choice(0, 1, 0), Choice(1, 1, 0)])
    saved = save_answers(other, [Choice(0, 3, 0), Choice(2, 2, 0)])
    assert [choice.position for choice in saved.conflicts] == [0], "the contested idea is reported"
    assert saved.ranking == "1~1~2~0~0~0~", "the rest is saved"
    assert save_answers(other, [Choice(0, 3, 1)]).ranking == "3~1~2~0~0~0~", "knowingly it can be changed"
    move_idea(one, 1, "1~", Move.TOP)
    with pytest.raises(Conflict):
        move_idea(other, 1, "1~", Move.TOP)
    draft = find_draft(round_.id, db.session.get_one(Account, other.account_id))
    assert draft is not None
    assert draft.ranking == "3~1A2~0~0~0~"


@pytest.mark.parametrize("choice", [Choice(6, 1, 0), Choice(-1, 1, 0), Choice(0, 9, 0)])
def test_answers_for_what_does_not_exist_are_refused(round_: Round, choice: Choice) -> None:
    firm = round_.firms[0]
    voter = Voter(round_.id, firm, make_account(firm, "one@firma.example"))
    with pytest.raises(Refused):
        save_answers(voter, [choice])


def race(app: Flask, round_: Round, pairs: int) -> list[object]:
    """Two people of the same organisation submit different first ballots at the same moment."""
    barrier = Barrier(2)

    def one(firm: int, ranking: str) -> object:
        with app.app_context():
            try:
                barrier.wait(10)
                return submit(round_, firm, ranking, key=ranking).version
            except (Conflict, SQLAlchemyError) as error:
                return error
            finally:
                db.session.remove()

    outcomes: list[object] = []
    with ThreadPoolExecutor(2) as pool:
        for firm in round_.firms[:pairs]:
            outcomes += pool.map(one, (firm, firm), (SOME, OTHER))
    return outcomes


def test_of_two_first_submissions_at_once_exactly_one_counts(app: Flask) -> None:
    round_ = make_round("race", firms=40)
    outcomes = race(app, round_, 40)
    assert sum(outcome == 1 for outcome in outcomes) == 40
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 40
    assert db.session.scalar(select(func.count()).select_from(Ballot)) == 40
    seqs = db.session.scalars(select(LedgerEntry.seq).order_by(LedgerEntry.seq)).all()
    assert list(seqs) == list(range(1, 42)), "one entry after the other, none twice"


def test_the_race_is_lost_without_the_constraint(app: Flask) -> None:
    # The control: it is the database's constraint that makes one ballot per organisation, nothing else.
    round_ = make_round("race", firms=10)
    with transaction() as session:
        if db.engine.dialect.name == "sqlite":
            session.execute(text("ALTER TABLE ballot RENAME TO ballot_with_constraint"))
            session.execute(text("CREATE TABLE ballot AS SELECT * FROM ballot_with_constraint"))
        else:
            session.execute(text("ALTER TABLE ballot DROP CONSTRAINT uq_ballot_consultation_id_organisation_id"))
    outcomes = race(app, round_, 10)
    assert sum(outcome == 1 for outcome in outcomes) < 10
