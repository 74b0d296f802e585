"""The control room: setting the rules, and opening, closing and publishing on purpose."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import clock, transaction
from ruhrvote.ledger.queries import count_kinds
from tests.pages import Page, text_of
from tests.people import World, make_world, post, visit
from tests.rounds import submit

PATH = "/consultations/round/control"
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def draft(app: Flask) -> World:
    with app.app_context():
        return make_world(opened=False)


def control(app: Flask, draft: World) -> Page:
    return visit(app, draft.consultation_admin, **ENGLISH).page(PATH)


def status(app: Flask) -> str:
    with app.app_context():
        return get_consultation("round", drafts=True).status


def alert(page: Page) -> str:
    return " ".join(text_of(element) for element in page.root.iter() if element.get("role") == "alert")


def test_from_draft_to_publication(app: Flask, draft: World) -> None:
    page = control(app, draft)
    for button, path, reached in (
        ("Open now", "open", "open"),
        ("Close now", "close", "closed"),
        ("Publish now", "publish", "published"),
    ):
        page = page.submit({"sure": "yes"}, button=button, action=f"/consultations/round/{path}")
        assert page.path == PATH
        assert status(app) == reached
        current = [text_of(item) for item in page.root.iter("li") if item.get("aria-current") == "step"]
        assert [word.lower() for word in current] == [reached]
    assert "There is nothing left to do here." in page.text
    with app.app_context():
        assert count_kinds(draft.round.id) == {"opened": 1, "closed": 1, "published": 1}


@pytest.mark.parametrize("step", ["open", "close", "publish"])
def test_no_step_without_the_tick(app: Flask, draft: World, step: str) -> None:
    visitor = visit(app, draft.consultation_admin, **ENGLISH)
    for earlier in ("open", "close", "publish"):
        if earlier == step:
            break
        post(visitor, f"/consultations/round/{earlier}", {"sure": "yes"})
    before = status(app)
    page = visitor.page(PATH).submit(action=f"/consultations/round/{step}", status=422)
    assert "Please confirm the step" in alert(page)
    assert status(app) == before


@pytest.mark.parametrize(
    ("step", "message"), [("close", "is not open"), ("publish", "Only a closed consultation can be published")]
)
def test_a_step_that_is_not_the_next_one(app: Flask, draft: World, step: str, message: str) -> None:
    visitor = visit(app, draft.consultation_admin, **ENGLISH)
    assert post(visitor, f"/consultations/round/{step}", {"sure": "yes"}).status_code == 409
    assert message in post(visitor, f"/consultations/round/{step}", {"sure": "yes"}).get_data(as_text=True)
    assert status(app) == "draft"


def test_pressed_twice_is_done_once(app: Flask, draft: World) -> None:
    page = control(app, draft)
    page.submit({"sure": "yes"}, button="Open now")
    page = page.submit({"sure": "yes"}, button="Open now", status=409)
    assert "The consultation is open already." in alert(page)
    with app.app_context():
        assert count_kinds(draft.round.id) == {"opened": 1}


RULES = {"release_policy": "after_close", "weighting": "equal_groups", "quorum_percent": "50", "quorum_minimum": "7"}


class TestRules:
    def test_are_kept_and_shown_to_everybody(self, app: Flask, draft: World) -> None:
        day = (clock_of(app) + timedelta(days=20)).date()
        page = control(app, draft).submit(RULES | {"last_day": day.isoformat()})
        assert page.path == PATH
        assert "The rules are saved." in page.text
        for name in ("quorum_percent", "quorum_minimum", "last_day"):
            wanted = RULES.get(name, day.isoformat())
            assert page.root.find(f".//input[@name='{name}']").get("value") == wanted
        chosen = {field.get("value") for field in page.root.iter("input") if field.get("checked") is not None}
        assert chosen == {"after_close", "equal_groups"}
        page.submit({"sure": "yes"}, button="Open now")
        shown = visit(app, **ENGLISH).page("/consultations/round").text
        assert "the same voice each" in shown
        assert "at least 50 % of the ballots judge it, and at least 7" in shown
        assert "23:59" in shown, "the last day is meant to its end"

    def test_the_last_day_ends_at_midnight_in_the_region(self, app: Flask, draft: World) -> None:
        for day, wanted in (("2035-01-15", "2035-01-15T23:00:00+00:00"), ("2035-07-15", "2035-07-15T22:00:00+00:00")):
            control(app, draft).submit(RULES | {"last_day": day})
            with app.app_context():
                closes_at = get_consultation("round", drafts=True).closes_at
                assert closes_at is not None
                assert closes_at.isoformat() == wanted
            assert control(app, draft).root.find(".//input[@name='last_day']").get("value") == day

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("quorum_percent", "101"),
            ("quorum_percent", "-1"),
            ("quorum_percent", "viele"),
            ("quorum_percent", ""),
            ("quorum_minimum", "0"),
            ("quorum_minimum", "1001"),
            ("quorum_minimum", "9" * 30),
            ("last_day", "31.12.2035"),
            ("last_day", "2035-02-30"),
            ("last_day", "9999-12-31"),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_kept_on_the_page(
        self, app: Flask, draft: World, name: str, value: str
    ) -> None:
        page = control(app, draft).submit(RULES | {name: value}, status=422)
        field = page.root.find(f".//input[@name='{name}']")
        assert field.get("aria-invalid") == "true"
        assert field.get("value") == value
        with app.app_context():
            assert get_consultation("round", drafts=True).quorum_minimum == 1

    @pytest.mark.parametrize("name", ["release_policy", "weighting"])
    @pytest.mark.parametrize("value", ["", "cohorts", "none"])
    def test_a_rule_that_nobody_offers(self, app: Flask, draft: World, name: str, value: str) -> None:
        response = post(visit(app, draft.consultation_admin), "/consultations/round/rules", RULES | {name: value})
        assert response.status_code == 422

    def test_an_end_in_the_past_keeps_it_from_opening(self, app: Flask, draft: World) -> None:
        page = control(app, draft)
        with app.app_context(), transaction() as session:
            session.query(Consultation).one().closes_at = clock() - timedelta(minutes=1)
        page = page.submit({"sure": "yes"}, button="Open now", status=422)
        assert "The last day lies in the past" in alert(page)
        assert status(app) == "draft"

    def test_stand_once_it_is_open(self, app: Flask, draft: World) -> None:
        page = control(app, draft)
        page.submit({"sure": "yes"}, button="Open now")
        page = page.submit(RULES, status=409)
        assert "its rules stand" in alert(page)
        with app.app_context():
            assert get_consultation("round").weighting == "one_voice"


def clock_of(app: Flask):
    with app.app_context():
        return clock()


def test_participation_by_group(app: Flask, draft: World) -> None:
    control(app, draft).submit({"sure": "yes"}, button="Open now")
    with app.app_context():
        submit(draft.round, draft.firm, "1A1B2~5~0~4~")
    rows = [text_of(row) for row in control(app, draft).root.iter("tr")][1:]
    assert rows == ["Chambers 2 0 0.0 %", "Municipalities 1 0 0.0 %", "Firms 4 1 25.0 %"]


def test_a_consultation_that_does_not_exist(app: Flask, draft: World) -> None:
    visitor = visit(app, draft.consultation_admin)
    assert visitor.get("/consultations/nothing/control").status_code == 404
    for step in ("open", "close", "publish", "rules"):
        assert post(visitor, f"/consultations/nothing/{step}", RULES | {"sure": "yes"}).status_code == 404
