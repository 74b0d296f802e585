"""How long one admin alone may pause, what two may, and what becomes of the announced end."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from flask import Flask

from ruhrvote.accounts.models import Role
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Consultation, Step
from ruhrvote.consultations.pauses import ALONE, alone_until, pause_consultation, resume_consultation
from ruhrvote.consultations.proposals import confirm, propose
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.ledger.queries import entries
from ruhrvote.recount import recount_all
from ruhrvote.worker import work_once
from tests.pages import Page
from tests.people import World, make_person, make_world, post, visit
from tests.rounds import count_kinds

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}
REASON = {"reason_de": "Störung", "reason_en": "A fault"}
PATH = "/consultations/round"


@pytest.fixture
def ending(app: Flask) -> World:
    """A round whose announced end is in three days."""
    with app.app_context():
        end = (clock() + timedelta(days=3)).replace(second=0, microsecond=0)
        return make_world(closes_at=end)


@pytest.fixture
def second(app: Flask, ending: World) -> int:
    with app.app_context():
        return make_person(ending.round.chambers[1], Role.CONSULTATION_ADMIN)


def control(app: Flask, admin: int) -> Page:
    return visit(app, admin, **ENGLISH).page(f"{PATH}/control")


def now_paused() -> Consultation:
    db.session.rollback()
    return get_consultation("round")


def times_pass(left: timedelta) -> None:
    """The pause by one admin has only so long to go."""
    with transaction() as session:
        session.query(Consultation).one().paused_until = clock() + left


def test_one_alone_pauses_for_a_day_and_it_goes_on_by_itself(app: Flask, ending: World) -> None:
    page = control(app, ending.consultation_admin).submit(REASON, action=f"{PATH}/pause")
    assert "It goes on by itself on" in page.text
    with app.app_context():
        until = now_paused().paused_until
        assert until is not None
        assert abs(until - clock() - ALONE) < timedelta(minutes=1)
        work_once()
        assert now_paused().status == "paused"
        times_pass(-timedelta(seconds=1))
        work_once()
        assert now_paused().status == "open"
        assert count_kinds(ending.round.id) == {"opened": 1, "paused": 1, "resumed": 1}
        assert [result.faults for result in recount_all()] == [()]


def test_pausing_again_and_again_adds_up(app: Flask, ending: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from ruhrvote.consultations import pauses

    with app.app_context():
        before = alone_until(now_paused())
        pause_consultation("round", **REASON, by=ending.consultation_admin)
        resume_consultation("round")
        pause_consultation("round", **REASON, by=ending.consultation_admin)
        resume_consultation("round")
        took = sum(
            (later.recorded_at - earlier.recorded_at).total_seconds()
            for earlier, later in zip(*[iter(list(entries(ending.round.id))[1:])] * 2, strict=True)
        )
        assert took > 0
        assert alone_until(now_paused()) - clock() <= ALONE - timedelta(seconds=took)
        assert before > clock()
        monkeypatch.setattr(pauses, "ALONE", timedelta(seconds=took / 2))
        with pytest.raises(Refused):
            pause_consultation("round", **REASON, by=ending.consultation_admin)
    page = control(app, ending.consultation_admin)
    assert "You can only propose a long pause" in page.text
    assert "Propose a long pause instead" in page.submit(REASON, action=f"{PATH}/pause", status=422).text


def test_of_the_last_hour_one_alone_takes_nothing(app: Flask) -> None:
    with app.app_context():
        world = make_world(closes_at=clock() + timedelta(hours=5))
        until = alone_until(now_paused())
        assert abs(until - clock() - timedelta(hours=4)) < timedelta(minutes=1)
        with transaction() as session:
            session.query(Consultation).one().closes_at = clock() + timedelta(minutes=50)
        with pytest.raises(Refused):
            pause_consultation("round", **REASON, by=world.consultation_admin)
        assert now_paused().status == "open"


def begin_long(app: Flask, world: World, second: int, **keep: str) -> datetime:
    """Two agree on a long pause; returns the announced end before it."""
    with app.app_context():
        end = now_paused().closes_at
    assert end is not None
    page = control(app, world.consultation_admin).submit({**REASON, "long": "y", **keep}, action=f"{PATH}/pause")
    assert "Another consultation admin confirms it here" in page.text
    with app.app_context():
        assert now_paused().status == "open", "not before somebody confirms"
    assert post(visit(app, world.consultation_admin), f"{PATH}/confirm", {"step": "pause"}).status_code == 422
    page = control(app, second).submit(button="Confirm: Long pause")
    assert "The consultation is paused" in page.text
    return end


def test_two_pause_over_the_end_and_voters_lose_nothing(app: Flask, ending: World, second: int) -> None:
    begin_long(app, ending, second)
    with app.app_context():
        # Four days have gone by: the announced end lies in the past.
        with transaction() as session:
            session.query(Consultation).one().closes_at = clock() - timedelta(days=1)
        work_once()
        assert now_paused().status == "paused", "it does not close while it is paused"
        with pytest.raises(Refused):
            close_consultation("round", by=ending.consultation_admin)
        end = now_paused().closes_at
        assert end is not None
        with transaction() as session:
            session.query(Consultation).one().closes_at = end + timedelta(days=4)
        end = now_paused().closes_at
        assert end is not None
        resume_consultation("round", by=second)
        found = now_paused()
        assert found.status == "open"
        assert found.closes_at is not None
        assert timedelta(0) < found.closes_at - end <= timedelta(minutes=2)
        kinds = [entry.kind for entry in entries(ending.round.id)]
        assert kinds == ["opened", "paused", "resumed", "extended"]
        paused = next(entry for entry in entries(ending.round.id) if entry.kind == "paused")
        assert json.loads(paused.payload) == {"by": [ending.consultation_admin, second], "extends": True}
        assert [result.faults for result in recount_all()] == [()]


def test_both_may_say_that_the_end_stays(app: Flask, ending: World, second: int) -> None:
    end = begin_long(app, ending, second, keep_end="y")
    with app.app_context():
        resume_consultation("round")
        assert now_paused().closes_at == end
        assert count_kinds(ending.round.id) == {"opened": 1, "paused": 1, "resumed": 1}
        propose("round", Step.PAUSE, second, **REASON, extends=False)
        confirm("round", Step.PAUSE, ending.consultation_admin)
        with transaction() as session:
            session.query(Consultation).one().closes_at = clock() - timedelta(seconds=1)
        work_once()
        assert now_paused().status == "closed", "it closes at its time"


def test_a_pause_by_one_becomes_a_long_one(app: Flask, ending: World, second: int) -> None:
    control(app, ending.consultation_admin).submit(REASON, action=f"{PATH}/pause")
    control(app, second).submit(button="Propose: Long pause")
    page = control(app, ending.consultation_admin).submit(button="Confirm: Long pause")
    assert "Once it goes on, the announced end is later by the pause." in page.text
    with app.app_context():
        assert now_paused().paused_until is None
        work_once()
        assert now_paused().status == "paused"
        with pytest.raises(Conflict):
            propose("round", Step.PAUSE, second)
        resume_consultation("round", by=second)
        assert count_kinds(ending.round.id) == {"opened": 1, "paused": 2, "resumed": 1, "extended": 1}
        assert [result.faults for result in recount_all()] == [()]
