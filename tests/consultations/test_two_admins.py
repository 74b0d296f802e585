"""What needs two admins: proposing, confirming, withdrawing; and two of them at the same moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask_babel import force_locale

from ruhrvote.accounts.models import Role
from ruhrvote.ballots import actions as ballots
from ruhrvote.ballots.actions import cast
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Consultation, Proposal, Step
from ruhrvote.consultations.pauses import pause_consultation, resume_consultation
from ruhrvote.consultations.proposals import confirm, propose, withdraw
from ruhrvote.consultations.queries import find_proposal, get_consultation
from ruhrvote.control.actions import archive_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.drafts.models import Draft
from ruhrvote.errors import Conflict, Refused
from ruhrvote.leaderboards.verification import recount_one
from ruhrvote.ledger.queries import entries
from ruhrvote.recount import recount_all
from ruhrvote.worker import work_once
from tests.pages import text_of
from tests.people import make_person, visit
from tests.rounds import Round, certify_and_publish, count_kinds, make_round, submit

ONE, TWO = "1A1B2~5~0~4~", "1B1A2~5~0~4~"


@pytest.fixture
def round_(app: Flask) -> Iterator[Round]:
    with app.app_context():
        made = make_round(closes_at=clock() + timedelta(days=3))
        for firm in made.firms[:3]:
            submit(made, firm, ONE)
        yield made


@pytest.fixture
def admins(round_: Round) -> tuple[int, int, int]:
    first, second, third = (make_person(round_.chambers[0], Role.CONSULTATION_ADMIN) for _ in range(3))
    return first, second, third


def said(refusal: Refused) -> str:
    with force_locale("en"):
        return str(refusal.message)


def status(round_: Round) -> str:
    db.session.rollback()
    return get_consultation(round_.key).status


def test_before_the_announced_end_one_admin_alone_does_not_close(round_: Round, admins: tuple[int, ...]) -> None:
    with pytest.raises(Refused) as refusal:
        close_consultation(round_.key, by=admins[0])
    assert "another admin confirms" in said(refusal.value)
    propose(round_.key, Step.CLOSE_EARLY, admins[0])
    with pytest.raises(Refused, match="refused"):
        confirm(round_.key, Step.CLOSE_EARLY, admins[0])
    assert status(round_) == "open"
    confirm(round_.key, Step.CLOSE_EARLY, admins[1])
    assert status(round_) == "closed"
    assert find_proposal(round_.id) is None


def test_the_same_step_is_proposed_once(round_: Round, admins: tuple[int, ...]) -> None:
    propose(round_.key, Step.CLOSE_EARLY, admins[0])
    with pytest.raises(Conflict):
        propose(round_.key, Step.CLOSE_EARLY, admins[1])
    withdraw(round_.key, Step.CLOSE_EARLY, admins[1])
    with pytest.raises(Conflict):
        confirm(round_.key, Step.CLOSE_EARLY, admins[2])
    with pytest.raises(Conflict):
        withdraw(round_.key, Step.CLOSE_EARLY, admins[1])
    propose(round_.key, Step.CLOSE_EARLY, admins[1])


def test_after_a_week_it_must_be_proposed_again(round_: Round, admins: tuple[int, ...]) -> None:
    propose(round_.key, Step.CLOSE_EARLY, admins[0])
    with transaction() as session:
        session.query(Proposal).one().expires_at = clock() - timedelta(seconds=1)
    with pytest.raises(Conflict) as refusal:
        confirm(round_.key, Step.CLOSE_EARLY, admins[1])
    assert "expired" in said(refusal.value)
    propose(round_.key, Step.CLOSE_EARLY, admins[1])
    confirm(round_.key, Step.CLOSE_EARLY, admins[0])
    assert status(round_) == "closed"


@pytest.mark.parametrize("step", list(Step))
def test_only_the_next_step_can_be_proposed(round_: Round, admins: tuple[int, ...], step: Step) -> None:
    if step not in (Step.CLOSE_EARLY, Step.PAUSE):
        with pytest.raises(Conflict):
            propose(round_.key, step, admins[0])
    close_consultation(round_.key)
    if step != Step.CERTIFY:
        with pytest.raises(Conflict):
            propose(round_.key, step, admins[0])


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """What becomes of acts at the same moment: done, or the class of the refusal."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        with app.app_context():
            barrier.wait(10)
            try:
                act()
            except Refused as refusal:
                return type(refusal).__name__
            finally:
                db.session.remove()
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_two_who_confirm_at_once_close_it_once(app: Flask, round_: Round, admins: tuple[int, ...]) -> None:
    propose(round_.key, Step.CLOSE_EARLY, admins[0])
    outcomes = at_once(
        app, *(lambda admin=admin: confirm(round_.key, Step.CLOSE_EARLY, admin) for admin in admins[1:] * 2)
    )
    assert sorted(outcomes) == ["Conflict", "Conflict", "Conflict", "done"]
    assert count_kinds(round_.id)["closed"] == 1


def test_two_who_propose_at_once_propose_it_once(app: Flask, round_: Round, admins: tuple[int, ...]) -> None:
    outcomes = at_once(app, *(lambda admin=admin: propose(round_.key, Step.CLOSE_EARLY, admin) for admin in admins))
    assert sorted(outcomes) == ["Conflict", "Conflict", "done"]


def test_one_confirms_while_another_withdraws(app: Flask, round_: Round, admins: tuple[int, ...]) -> None:
    propose(round_.key, Step.CLOSE_EARLY, admins[0])
    outcomes = at_once(
        app,
        lambda: confirm(round_.key, Step.CLOSE_EARLY, admins[1]),
        lambda: withdraw(round_.key, Step.CLOSE_EARLY, admins[2]),
    )
    assert sorted(outcomes) == ["Conflict", "done"]
    assert (status(round_) == "closed") == (outcomes[0] == "done")


def test_a_certification_keeps_what_the_recount_found(round_: Round, admins: tuple[int, ...]) -> None:
    close_consultation(round_.key)
    propose(round_.key, Step.CERTIFY, admins[0])
    work_once()
    assert status(round_) == "closed", "not before somebody confirms"
    confirm(round_.key, Step.CERTIFY, admins[1])
    digest = recount_one(round_.key).snapshot.digest()
    work_once()
    assert status(round_) == "certified"
    last = list(entries(round_.id))[-1]
    assert json.loads(last.payload) == {
        "recount": {"seq": 6, "ballots": 3, "digest": digest, "faults": 0},
        "by": list(admins[:2]),
    }
    assert find_proposal(round_.id) is None


def test_a_fault_keeps_it_from_being_certified_and_is_named(round_: Round, admins: tuple[int, ...]) -> None:
    close_consultation(round_.key)
    with transaction() as session:
        session.query(BallotVersion).filter_by(seq=3).one().ranking = TWO
    propose(round_.key, Step.CERTIFY, admins[0])
    confirm(round_.key, Step.CERTIFY, admins[1])
    work_once()
    assert status(round_) == "closed"
    proposal = find_proposal(round_.id)
    assert proposal is not None
    assert "entry 3" in proposal.fault
    with transaction() as session:
        session.query(BallotVersion).filter_by(seq=3).one().ranking = ONE
    propose(round_.key, Step.CERTIFY, admins[1])
    confirm(round_.key, Step.CERTIFY, admins[2])
    work_once()
    assert status(round_) == "certified"


def test_while_paused_nothing_is_accepted_and_it_closes_at_its_time(round_: Round) -> None:
    pause_consultation(round_.key, reason_de="Störung", reason_en="")
    with pytest.raises(Conflict) as refusal:
        cast(round_.voter(round_.firms[5]), ONE, expected_version=0, idempotency_key="a")
    assert "paused" in said(refusal.value)
    resume_consultation(round_.key)
    submit(round_, round_.firms[5], ONE)
    pause_consultation(round_.key, reason_de="Störung", reason_en="")
    with transaction() as session:
        session.query(Consultation).one().closes_at = clock() - timedelta(seconds=1)
    work_once()
    assert status(round_) == "closed"
    assert count_kinds(round_.id) == {"opened": 1, "cast": 4, "paused": 2, "resumed": 1, "closed": 1, "settled": 1}


def test_a_receipt_can_still_be_checked_after_the_archive(app: Flask) -> None:
    with app.app_context():
        made = make_round()
        numbers = [submit(made, made.firms[0], ONE).receipt_id, submit(made, made.firms[0], TWO, version=1).receipt_id]
        numbers.append(submit(made, made.firms[1], ONE).receipt_id)
        ballots.withdraw(made.voter(made.firms[1]), expected_version=1)
        close_consultation(made.key)
        certify_and_publish(made.key)

    def answers() -> list[str]:
        visitor = visit(app, Accept_Language="en")
        return [
            text_of(visitor.page("/receipts").submit({"receipt": number}).root.find(".//main")) for number in numbers
        ]

    before = answers()
    for said, text in zip(("was replaced by version 2", "and counts", "has been withdrawn"), before, strict=True):
        assert said in text
    with app.app_context():
        archive_consultation(made.key)
        assert db.session.query(BallotVersion).count() == 0
    assert answers() == before


def test_the_archive_keeps_the_result_and_no_ballot(app: Flask, round_: Round, admins: tuple[int, ...]) -> None:
    close_consultation(round_.key)
    certify_and_publish(round_.key)
    before = recount_one(round_.key).snapshot
    propose(round_.key, Step.ARCHIVE, admins[0])
    confirm(round_.key, Step.ARCHIVE, admins[1])
    work_once()
    assert status(round_) == "archived"
    for table in (Ballot, BallotVersion, Draft):
        assert db.session.query(table).count() == 0
    (after,) = recount_all()
    assert after.faults == ()
    assert after.snapshot.groups == before.groups
    assert after.snapshot.eligible == before.eligible
    with app.test_client() as visitor:
        page = visitor.get(f"/consultations/{round_.key}/boards/overall", headers={"Accept-Language": "en"})
    assert "Result" in page.get_data(as_text=True)
    assert "3 of 17 organisations" in page.get_data(as_text=True)
