"""The way through the draft's pages as plain forms, without JavaScript, and the answers theme by theme."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db
from ruhrvote.drafts.models import Draft
from tests.drafts.desk import BALLOT, ENGLISH, answers, checked, draft, order, press, problem, submitted
from tests.pages import Page, Visitor, text_of
from tests.people import World, make_person, post, visit
from tests.rounds import received_by_group, submit
from tests.statements import counted

pytestmark = pytest.mark.alike


def test_the_whole_way(app: Flask, world: World, voter: Visitor) -> None:
    page = voter.page(BALLOT)
    assert "Your organisation has not submitted anything yet" in page.text
    page = page.follow("Begin with the first theme")
    given = {"First theme": {"answer-1": "1", "answer-2": "1", "answer-3": "5"}, "Second theme": {"answer-4": "1"}}
    given["Second theme"]["answer-5"] = "3"
    seen = []
    while "/themes/" in page.path:
        seen.append(page.h1)
        page = page.submit(given.get(page.h1, {}), button="next")
    assert sorted(seen) == ["First theme", "Second theme", "The rest"]
    assert page.path == f"{BALLOT}/order"
    page = press(page, 4, "top")
    page = press(page, 2, "up")
    assert order(page) == ["Short 4", "Short 2"]
    assert draft(app, world) == "1~1B5~1A3~0~"
    page = page.follow("3. Review")
    text = text_of(page.root.find(".//main"))
    assert text.index("Short 4") < text.index("Short 2") < text.index("Short 1") < text.index("Short 5")
    assert "4 ideas are judged" in text
    page = page.submit({"entitled": "yes"}, button="Submit")
    assert page.path == f"{BALLOT}/receipt"
    assert submitted(app, world) == (1, "1~1B5~1A3~0~")
    number = re.search(r"[A-Z2-7]{4}( [A-Z2-7]{4}){5} [A-Z2-7]{2}", page.text)
    assert number, page.text
    assert "Short" not in text_of(page.root.find(".//main")), "the receipt says nothing of the content"
    found = visit(app, **ENGLISH).page("/receipts").submit({"receipt": number[0]})
    assert "is in the ledger and counts" in found.text
    with app.app_context():
        assert received_by_group(world.round.id) == {"firm": 1}


class TestAnswers:
    def page(self, voter: Visitor, theme: str = "one") -> Page:
        return voter.page(f"{BALLOT}/themes/{theme}")

    def test_are_saved_as_a_draft_that_counts_nowhere(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.page(voter).submit({"answer-1": "2", "answer-3": "5"}, button="overview")
        assert page.path == BALLOT
        assert draft(app, world) == "2~0~5~0~0~0~"
        assert submitted(app, world) == (0, "")
        assert checked(self.page(voter)) == {"answer-1": "2", "answer-3": "5"}
        colleague = visit(app, world.colleague)
        assert checked(self.page(colleague)) == {"answer-1": "2", "answer-3": "5"}, "colleagues share it"

    @pytest.mark.parametrize(
        ("data", "kept"),
        [
            ({"answer-1": "2", "answer-99": "1"}, {"answer-1": "2"}),
            ({"answer-1": "2", "answer-2": ["1", "3"]}, {"answer-1": "2", "answer-2": "1"}),
            ({"answer-1": "2", "answer-2": "9"}, {"answer-1": "2"}),
            ({"answer-1": "2", "answer-2": "0"}, {"answer-1": "2"}),
            ({"answer-1": "2", "answer-2": "sehr wichtig"}, {"answer-1": "2"}),
            ({"answer-1": "2", "answer-x": "1"}, {"answer-1": "2"}),
            ({"answer-1": "2", "answer-2": "1", "seen-2": "x"}, {"answer-1": "2", "answer-2": "1"}),
        ],
        ids=["unknown idea", "same idea twice", "unknown answer", "no answer", "words", "no number", "odd before"],
    )
    def test_that_make_no_sense_are_refused_and_kept_on_the_page(
        self, app: Flask, world: World, voter: Visitor, data: dict[str, str | list[str]], kept: dict[str, str]
    ) -> None:
        response = post(voter, f"{BALLOT}/themes/one", data)
        assert response.status_code == 422
        page = Page(voter, response)
        assert problem(page).endswith((".", "Reload the page.", "try again."))
        assert checked(page) == kept
        assert draft(app, world) == "", "nothing is saved in part"

    def test_too_late_are_refused_and_kept_on_the_page(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.page(voter)
        with app.app_context():
            close_consultation(world.key)
        page = page.submit({"answer-1": "2", "answer-3": "5"}, button="next", status=409)
        assert "The consultation is closed." in problem(page)
        assert checked(page) == {"answer-1": "2", "answer-3": "5"}
        assert draft(app, world) == ""

    def test_a_second_person_is_shown_what_the_first_has_said(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.page(voter)
        answers(app, world, 4, 4)
        page = page.submit({"answer-1": "1", "answer-2": "4", "answer-3": "2"}, button="next", status=409)
        assert draft(app, world) == "4~4~2~0~0~0~", "what nobody else has touched is saved, the rest left as it is"
        conflict = text_of(page.root.find(".//*[@id='state-1']"))
        assert "Kim Muster has answered “not important” here in the meantime" in conflict
        assert "Your choice “very important” is not saved yet" in conflict
        for agreed in (2, 3):
            assert "in the meantime" not in text_of(page.root.find(f".//*[@id='state-{agreed}']"))
        assert checked(page)["answer-1"] == "1", "the own choice is still there"
        page = page.submit(button="Save my choice: Short 1")
        assert page.response.history[-1].location.endswith("/themes/one#idea-1"), "back at the idea"
        assert draft(app, world)[:2] == "1~", "knowingly it replaces the other"

    def test_what_was_not_touched_does_not_stand_against_a_colleague(
        self, app: Flask, world: World, voter: Visitor
    ) -> None:
        answers(app, world, 2, 2)
        page = self.page(voter)
        answers(app, world, 4)
        page = page.submit({"answer-3": "1"}, button="overview")
        assert page.path == BALLOT
        assert draft(app, world) == "4~2~1~0~0~0~"

    def test_of_one_idea_alone_as_htmx_sends_them(self, app: Flask, world: World, voter: Visitor) -> None:
        data = {"answer-2": "3", "seen-2": "0", "only": "2"}
        response = post(voter, f"{BALLOT}/themes/one", data, headers={"HX-Request": "true"})
        assert response.status_code == 200
        assert "Saved: Short 2, less important." in response.get_data(as_text=True)
        assert draft(app, world) == "0~3~0~0~0~0~"
        response = post(voter, f"{BALLOT}/themes/one", {**data, "answer-2": "1"}, headers={"HX-Request": "true"})
        assert response.status_code == 409
        assert "“less important”" in response.get_data(as_text=True)

    def test_one_answer_costs_few_statements(self, app: Flask, world: World, voter: Visitor) -> None:
        answers(app, world, 2, 2)
        data = {"answer-2": "3", "seen-2": "2", "only": "2"}
        with counted(app) as statements:
            assert post(voter, f"{BALLOT}/themes/one", data, headers={"HX-Request": "true"}).status_code == 200
        assert 1 <= len(statements.writing) <= 3
        assert len(statements) <= 25
        with counted(app) as statements:
            self.page(voter)
        assert not statements.writing, "reading writes nothing"

    @pytest.mark.parametrize("theme", ["nothing", "One"])
    def test_of_a_theme_that_does_not_exist(self, voter: Visitor, theme: str) -> None:
        assert voter.get(f"{BALLOT}/themes/{theme}").status_code == 404
        assert post(voter, f"{BALLOT}/themes/{theme}").status_code == 404


class TestNotOnTheRoll:
    @pytest.fixture
    def stranger(self, app: Flask, world: World) -> Visitor:
        with app.app_context():
            late = create_organisation(kind=Kind.FIRM, name="Spät GmbH", chamber_ids=[])
            account = make_person(late)
        return visit(app, account, **ENGLISH)

    def test_every_page_says_so_and_nothing_can_be_saved(self, app: Flask, world: World, stranger: Visitor) -> None:
        for path in ("", "/themes/one", "/order", "/review"):
            page = stranger.page(f"{BALLOT}{path}")
            assert "not on the roll" in page.text, path
            posting = [form for form in page.root.find(".//main").iter("form") if form.get("method") == "post"]
            assert not [button for form in posting for button in form.iter("button")], path
        assert post(stranger, f"{BALLOT}/themes/one", {"answer-1": "1"}).status_code == 422
        sent = {"ranking": "1~2~5~0~0~0~", "expected_version": "0", "idempotency_key": "a" * 32, "entitled": "yes"}
        response = post(stranger, f"{BALLOT}/submit", sent)
        assert response.status_code == 422
        assert "not on the roll" in problem(Page(stranger, response))
        with app.app_context():
            for table in (Draft, BallotVersion):
                assert db.session.scalar(select(func.count()).select_from(table)) == 0


def test_nothing_of_others_is_on_the_way(app: Flask, world: World, voter: Visitor) -> None:
    """No rank, score or number of others guides anybody on the pages of the draft."""
    with app.app_context():
        for firm in world.round.firms[1:]:
            submit(world.round, firm, "1A1B1C1D1E1F")
    answers(app, world, 1, 1)
    for path in ("", "/themes/one", "/order", "/review", "/history", "/paper"):
        page = voter.page(f"{BALLOT}{path}")
        assert not [element for element in page.root.iter() if "score" in (element.get("class") or "")]
        assert "ballots" not in text_of(page.root.find(".//main")).replace("see ballots", "")
