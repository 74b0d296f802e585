"""The control room: opening, closing and publishing on purpose."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import certify_consultation
from tests.pages import Page, text_of
from tests.people import World, post, visit
from tests.rounds import count_kinds, submit

PATH = "/consultations/round/control"
ENGLISH = {"Accept_Language": "en"}


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
        ("", "certify", "certified"),
        ("Publish now", "publish", "published"),
    ):
        if button:
            page = page.submit({"sure": "yes"}, button=button, action=f"/consultations/round/{path}")
        else:
            with app.app_context():
                certify_consultation(draft.key)
            page = control(app, draft)
        assert page.path == PATH
        assert status(app) == reached
        current = [text_of(item) for item in page.root.iter("li") if item.get("aria-current") == "step"]
        assert [word.lower() for word in current] == [reached]
    assert "There is nothing left to do here." in page.text
    with app.app_context():
        assert count_kinds(draft.round.id) == {
            "opened": 1,
            "closed": 1,
            "settled": 1,
            "certified": 1,
            "published": 1,
        }


@pytest.mark.parametrize("step", ["open", "close", "publish"])
def test_no_step_without_the_tick(app: Flask, draft: World, step: str) -> None:
    visitor = visit(app, draft.consultation_admin, **ENGLISH)
    for earlier in ("open", "close", "publish"):
        if earlier == step:
            break
        post(visitor, f"/consultations/round/{earlier}", {"sure": "yes"})
    if step == "publish":
        with app.app_context():
            certify_consultation(draft.key)
    before = status(app)
    page = visitor.page(PATH).submit(action=f"/consultations/round/{step}", status=422)
    assert "Please confirm the step" in alert(page)
    assert status(app) == before


@pytest.mark.parametrize(
    ("step", "message"), [("close", "is not open"), ("publish", "Only a certified result can be published")]
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


def test_participation_by_group(app: Flask, draft: World) -> None:
    control(app, draft).submit({"sure": "yes"}, button="Open now")
    with app.app_context():
        submit(draft.round, draft.firm, "1A1B2~5~0~4~")
    rows = [text_of(row) for row in control(app, draft).root.iter("tr")][1:]
    assert rows == ["Chambers 2 0 0.0 %", "Municipalities 1 0 0.0 %", "Firms 4 1 25.0 %"]


def test_a_consultation_that_does_not_exist(app: Flask, draft: World) -> None:
    visitor = visit(app, draft.consultation_admin)
    assert visitor.get("/consultations/nothing/control").status_code == 404
    for step in ("open", "close", "publish", "resume"):
        assert post(visitor, f"/consultations/nothing/{step}", {"sure": "yes"}).status_code == 404
