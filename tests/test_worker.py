"""The worker: closes by the database's clock, forgets expired logins, and only one of several works."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from ruhrvote.accounts.actions import mark_installation, open_login
from ruhrvote.accounts.limits.queries import UNKNOWN_CLIENT
from ruhrvote.accounts.links.actions import ask_for_link
from ruhrvote.accounts.models import Account, AttemptCount, Login, Organisation
from ruhrvote.accounts.queries import ABSOLUTE, IDLE
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.actions import set_demo_activity
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.invitations.actions import start_mailing
from ruhrvote.invitations.models import Letterhead, Mailing
from ruhrvote.mail.models import Mail
from ruhrvote.worker import LEASE, WorkerLease, release_lease, take_lease, work_once
from tests.people import make_person
from tests.rounds import Round, count_kinds, make_round, submit
from tests.statements import counted


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def set_end(round_: Round, minutes_from_now: float) -> None:
    with transaction() as session:
        session.get_one(Consultation, round_.id).closes_at = clock() + timedelta(minutes=minutes_from_now)


def status(round_: Round) -> str:
    db.session.rollback()
    return db.session.get_one(Consultation, round_.id).status


def test_closes_what_is_due_and_nothing_else() -> None:
    due, later, endless = make_round("due"), make_round("later"), make_round("endless")
    set_end(due, -0.001)
    set_end(later, 1)
    work_once()
    assert (status(due), status(later), status(endless)) == ("closed", "open", "open")
    assert count_kinds(due.id) == {"opened": 1, "closed": 1, "settled": 1}
    work_once()
    assert count_kinds(due.id) == {"opened": 1, "closed": 1, "settled": 1}, "once is enough"


def test_a_draft_whose_end_has_passed_stays_a_draft() -> None:
    round_ = make_round(opened=False)
    set_end(round_, -1)
    work_once()
    assert status(round_) == "draft"


def test_a_round_costs_little_when_there_is_nothing_to_do(app: Flask) -> None:
    make_round()
    with counted(app) as statements:
        work_once()
    assert len(statements) <= 7, "what is due, told or confirmed, the demonstration, jobs to do and to forget"
    assert not statements.writing


def test_forgets_logins_and_failures_that_have_no_effect_any_more() -> None:
    person = make_person(make_round().firms[0])
    fresh, idle, old = open_login(person), open_login(person), open_login(person)
    assert len({fresh, idle, old}) == 3
    hashes = list(db.session.scalars(select(Login.token_hash)))
    with transaction() as session:
        now = clock()
        seen = {"seen_at": now - IDLE - timedelta(seconds=1)}
        made = {"created_at": now - ABSOLUTE - timedelta(seconds=1)}
        session.execute(update(Login).where(Login.token_hash == hashes[0]).values(**seen))
        session.execute(update(Login).where(Login.token_hash == hashes[1]).values(**made))
        for name, until in {"a": now - timedelta(hours=2), "b": now + timedelta(hours=2)}.items():
            session.add(AttemptCount(subject=name, attempts=9, until=until, blocked_until=now))
    work_once()
    assert db.session.scalar(select(func.count()).select_from(Login)) == 3, "not in every round"
    work_once(tidy=True)
    assert list(db.session.scalars(select(Login.token_hash))) == hashes[2:]
    assert list(db.session.scalars(select(AttemptCount.subject))) == ["b"]


def test_a_letter_that_cannot_be_set_keeps_nobody_from_getting_a_link(caplog: pytest.LogCaptureFixture) -> None:
    round_ = make_round()
    firm, chamber = round_.firms[0], round_.chambers[0]
    person = make_person(firm)
    with transaction() as session:
        session.execute(
            update(Organisation).where(Organisation.id == firm).values(street="Weg 1", postcode="45127", town="Essen")
        )
        words = dict.fromkeys(("return_line", "contact", "place", "signatory", "function"), "Kammer")
        session.add(Letterhead(chamber_id=chamber, logo=b"no picture", **words))
    mailing = Mailing(consultation_id=round_.id, channel="letter", occasion="invitation", sender_id=chamber, split=1)
    start_mailing(mailing, db.session.get_one(Consultation, round_.id), 0, person)
    work_once()
    email = db.session.get_one(Account, person).email
    assert email
    ask_for_link(email, language="de", client=UNKNOWN_CLIENT)
    work_once()
    assert "mailing 1 could not be done" in caplog.text
    assert db.session.scalars(select(Mail.recipient)).all() == [email]


@pytest.mark.parametrize("is_demo", [True, False])
def test_only_a_demonstration_casts_ballots_of_its_own(is_demo: bool) -> None:
    mark_installation(is_demo)
    round_ = make_round()
    set_demo_activity(round_.key, on=True)
    for _ in range(20):
        work_once()
    # Firms that somebody entered by hand never vote by themselves, not even in a demonstration.
    assert db.session.scalar(select(func.count()).select_from(BallotVersion)) == 0


def test_the_demonstration_never_touches_a_ballot_that_somebody_else_cast() -> None:
    mark_installation(True)
    round_ = make_round(ideas=40)
    submit(round_, round_.firms[0], "1A1B" + "5~" * 38)
    set_demo_activity(round_.key, on=True)
    for _ in range(20):
        work_once()
    assert count_kinds(round_.id) == {"opened": 1, "cast": 1}


def lease() -> WorkerLease | None:
    db.session.rollback()
    return db.session.get(WorkerLease, 1, populate_existing=True)


def let_it_expire() -> None:
    with transaction() as session:
        session.execute(update(WorkerLease).values(until=clock() - timedelta(milliseconds=1)))


def test_of_two_workers_one_works() -> None:
    assert take_lease("one")
    assert not take_lease("two")
    assert take_lease("one"), "it keeps the lease"
    assert not take_lease("two")


def test_the_other_takes_over_when_the_lease_has_run_out() -> None:
    assert take_lease("one")
    let_it_expire()
    assert take_lease("two")
    assert not take_lease("one"), "whoever comes back waits"


def test_a_worker_that_ends_lets_the_next_begin_at_once() -> None:
    assert take_lease("one")
    release_lease("two")
    assert not take_lease("two"), "nobody ends the lease of another"
    release_lease("one")
    assert take_lease("two")


def test_the_lease_is_renewed_before_it_runs_out_and_not_every_second(app: Flask) -> None:
    assert take_lease("one")
    with counted(app) as statements:
        assert take_lease("one")
    assert not statements.writing
    with transaction() as session:
        session.execute(update(WorkerLease).values(until=clock() + LEASE / 3))
    assert take_lease("one")
    found = lease()
    assert found is not None
    assert found.until > clock() + LEASE / 2


def test_of_many_workers_that_start_together_one_works(app: Flask) -> None:
    barrier = Barrier(6)

    def start(number: int) -> bool:
        with app.app_context():
            barrier.wait(10)
            try:
                return take_lease(f"worker {number}")
            finally:
                db.session.remove()

    with ThreadPoolExecutor(6) as pool:
        for _ in range(10):
            assert sum(pool.map(start, range(6))) == 1, "in a new database"
            let_it_expire()
            assert sum(pool.map(start, range(6))) == 1, "after the one that worked has died"
            with transaction() as session:
                session.execute(delete(WorkerLease))
