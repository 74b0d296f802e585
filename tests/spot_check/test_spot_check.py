"""After the close: everybody for whom a ballot counts is told, and a sample that anybody can draw again is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ruhrvote.accounts.models import Organisation
from ruhrvote.ballots.actions import withdraw
from ruhrvote.ballots.models import Ballot, PaperNotice
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Objection
from ruhrvote.control.actions import archive_consultation
from ruhrvote.db import db, transaction
from ruhrvote.ledger.models import EntryKind
from ruhrvote.ledger.queries import entries_of_kinds
from ruhrvote.mail.models import Mail
from ruhrvote.mail.texts import Purpose
from ruhrvote.objections import after_close
from ruhrvote.objections.actions import contest
from ruhrvote.spot_check import actions as spot_check
from ruhrvote.spot_check.models import SampledBallot, SpotCheck
from ruhrvote.tally.sample import drawn
from ruhrvote.worker import work_once
from tests.people import World, make_world, post, visit
from tests.rounds import certify_and_publish, date_back_the_close, submit

ONE = "1A1B2~3~4~5~"
ENGLISH = {"Accept_Language": "en"}
PAGE, CALLS = "/consultations/round/spot-check", "/consultations/round/calls"


@pytest.fixture
def week(app: Flask) -> World:
    """Twelve firms with an address on file have voted; one of the others has withdrawn, one was contested."""
    with app.app_context():
        made = make_world(firms=15, objection_days=7)
        with transaction() as session:
            for number, firm in enumerate(made.round.firms[1:15]):
                session.get_one(Organisation, firm).contact_email = f"firma{number}@firma.example"
        for firm in made.round.firms[1:15]:
            submit(made.round, firm, ONE)
        withdraw(made.round.voter(made.round.firms[13]), expected_version=1)
        contest("round", made.round.firms[14], 1)
        return made


def counted(week: World) -> list[int]:
    numbers = dict(db.session.execute(select(Ballot.organisation_id, Ballot.id)).all())
    return [numbers[firm] for firm in week.round.firms[1:13]]


def told() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(select(Mail.recipient).where(Mail.purpose == Purpose.BALLOT_COUNTS)))


def test_each_organisation_with_a_counted_ballot_is_told_once(
    app: Flask, week: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(after_close, "AT_A_TIME", 5)
    monkeypatch.setattr(after_close, "ROUNDS", 1)
    with app.app_context():
        with transaction() as session:
            session.get_one(Organisation, week.round.firms[1]).contact_email = None
        work_once()
        assert told() == [], "not before the close"
        close_consultation("round")
        for _ in range(4):
            work_once()
        assert told() == sorted(f"firma{number}@firma.example" for number in range(1, 12))
        (letter,) = db.session.scalars(select(PaperNotice)).all()
        assert letter.organisation_id == week.round.firms[1]
        text = db.session.scalars(select(Mail.text).where(Mail.purpose == Purpose.BALLOT_COUNTS)).first()
        assert "/objections/" in text
        assert "1A1B" not in text


def test_the_sample_is_what_the_hash_of_the_close_draws(
    app: Flask, week: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spot_check, "SIZE", 6)
    with app.app_context():
        close_consultation("round")
        work_once()
        (closed,) = entries_of_kinds(week.round.id, (EntryKind.CLOSED,))
        sample = set(db.session.scalars(select(SampledBallot.ballot_id)))
        assert sample == set(drawn(closed.hash, counted(week), 6))
        assert db.session.get_one(SpotCheck, week.round.id).ballots == 12
        work_once()
        assert set(db.session.scalars(select(SampledBallot.ballot_id))) == sample, "drawn once"


def test_answers_and_the_bound_are_shown_to_everybody(app: Flask, week: World) -> None:
    anybody = visit(app, **ENGLISH)
    assert "The sample is drawn after the close." in anybody.page(PAGE).text
    with app.app_context():
        close_consultation("round")
        work_once()
        ballots = sorted(db.session.scalars(select(SampledBallot.ballot_id)))
    assert "Nobody has answered yet" in anybody.page(PAGE).text
    admin = visit(app, week.chamber_admin, **ENGLISH)
    for number, ballot in enumerate(ballots):
        answer = "denied" if number == 0 else "unreached" if number == 1 else "confirmed"
        assert post(admin, CALLS, {"ballot": ballot, "answer": answer}).status_code == 303
    text = anybody.page(PAGE).text
    # Of 12 ballots 11 have answered, and one of them is foreign: 2 are possible, if the one that was not reached is.
    # With 2 foreign ones the probability of one or none in 11 is C(2,1)·C(10,10)/C(12,11) = 2/12 = 0.167 > 0.05.
    assert "at most 2 of the 12 ballots at the close are foreign (16.67 %)" in text
    assert "were foreign: at most 2 (16.67 %)" in text
    for name in ("firm 2", "firm 3"):
        assert name not in text
    calls = admin.page(CALLS)
    assert "firm 2 (round)" in calls.text


def test_a_chamber_asks_its_own_members_only(app: Flask, week: World) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(
                Organisation.__table__.metadata.tables["membership"]
                .update()
                .where(Organisation.__table__.metadata.tables["membership"].c.organisation_id == week.round.firms[2])
                .values(chamber_id=week.round.chambers[1])
            )
        close_consultation("round")
        work_once()
        foreign = db.session.scalar(
            select(SampledBallot.ballot_id).where(SampledBallot.organisation_id == week.round.firms[2])
        )
    admin = visit(app, week.chamber_admin, **ENGLISH)
    assert "firm 3 (round)" not in admin.page(CALLS).text
    assert post(admin, CALLS, {"ballot": foreign, "answer": "denied"}).status_code == 404


def test_a_letter_is_due_until_it_is_noted_as_sent(app: Flask, week: World) -> None:
    with app.app_context():
        with transaction() as session:
            session.get_one(Organisation, week.round.firms[1]).contact_email = None
        close_consultation("round")
        work_once()
    page = visit(app, week.chamber_admin, **ENGLISH).page(CALLS)
    assert "1 letter is due." in page.text
    assert "No letter is due." in page.submit({}, button="The letter is sent").text


def test_the_archive_forgets_whose_ballots_were_drawn(app: Flask, week: World) -> None:
    with app.app_context():
        close_consultation("round")
        date_back_the_close(week.round, timedelta(days=7))
        with transaction() as session:
            for objection in session.scalars(select(Objection)):
                objection.upheld = True
        work_once()
        certify_and_publish("round")
        archive_consultation("round")
        rows = db.session.scalars(select(SampledBallot)).all()
        assert len(rows) == 12
        assert {row.organisation_id for row in rows} == {None}
        assert db.session.scalars(select(PaperNotice)).all() == []
    assert "1 objection. 1 upheld" in visit(app, **ENGLISH).page(PAGE).text
