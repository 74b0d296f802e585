"""Steps and checks at the draft's pages, as a voter of the small round who reads English."""

from __future__ import annotations

import re

from flask import Flask

from ruhrvote.accounts.models import Account
from ruhrvote.ballots.actions import Voter
from ruhrvote.ballots.queries import submitted_version
from ruhrvote.db import db
from ruhrvote.drafts.actions import Choice, save_answers
from ruhrvote.drafts.queries import find_draft
from tests.pages import Page, text_of
from tests.people import World

BALLOT = "/consultations/round/ballot"
ENGLISH = {"Accept_Language": "en"}


def answers(app: Flask, world: World, *given: int) -> None:
    """Answer the first ideas in the draft as the colleague."""
    with app.app_context():
        draft = find_draft(world.round.id, db.session.get_one(Account, world.voter))
        seen = [int(draft.ranking[2 * i]) if draft else 0 for i in range(len(given))]
        choices = [Choice(i, answer, seen[i]) for i, answer in enumerate(given) if answer]
        save_answers(Voter(world.round.id, world.firm, world.colleague), choices)


def draft(app: Flask, world: World) -> str:
    with app.app_context():
        found = find_draft(world.round.id, db.session.get_one(Account, world.voter))
        return found.ranking if found else ""


def submitted(app: Flask, world: World) -> tuple[int, str]:
    """Number and ranking of the version that is the latest."""
    with app.app_context():
        found = submitted_version(world.round.id, world.firm)
        return (found.version, found.ranking) if found else (0, "")


def checked(page: Page) -> dict[str, str]:
    """The answers that are marked on a page."""
    marked = [field for field in page.root.iter("input") if field.get("checked") is not None]
    return {field.get("name", ""): field.get("value", "") for field in marked}


def problem(page: Page) -> str:
    return text_of(page.root.find(".//*[@id='problem']"))


def differences(page: Page) -> list[str]:
    """What the page says differs: idea, before, now."""
    rows = page.root.find(".//table[@aria-labelledby='differences']/tbody")
    assert rows is not None
    return ["{}: {}, {}".format(*map(text_of, row)) for row in rows]


def order(page: Page) -> list[str]:
    """The places of the order page, each with its ideas by number."""
    places = [element for element in page.root.iter("li") if (element.get("class") or "").startswith("place")]
    names = [[text_of(name) for name in place.iter("p") if name.get("class") == "item__name"] for place in places]
    return [" = ".join(sorted(re.findall(r"Short \d", " ".join(tier)))) for tier in names]


def press(page: Page, number: int, move: str, place: int | None = None, status: int = 200) -> Page:
    """Press a button of an idea on the order page."""
    for form in page.root.iter("form"):
        fields = {field.get("name"): field.get("value", "") for field in form.iter("input")}
        if fields.get("number") == str(number):
            data = {**fields, "move": move, "place": str(place or 1)}
            response = page.visitor.post(page.path, data=data, follow_redirects=True)
            assert response.status_code == status, Page(page.visitor, response).text
            return Page(page.visitor, response)
    raise AssertionError(f"idea {number} has no buttons")
