"""Several people, one organisation: who changed what, the sheet for approval, and who submits."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.accounts.team.actions import name_signatory
from tests.drafts.desk import BALLOT, ENGLISH, answers, draft, press, problem, submitted
from tests.pages import Page, Visitor, text_of
from tests.people import World, post, visit
from tests.statements import counted


class TestColleagues:
    def test_see_who_changed_what(self, app: Flask, world: World, voter: Visitor) -> None:
        assert "Nobody has changed anything yet." in voter.page(f"{BALLOT}/history").text
        answers(app, world, 1, 4, 1)
        page = press(voter.page(f"{BALLOT}/order"), 1, "up")
        page.submit(button="Undo: Short 1")
        rows = [text_of(row) for row in voter.page(f"{BALLOT}/history").root.iter("tr")][1:]
        told = [row[row.index("Short") :] for row in rows]
        assert told == [
            "Short 1 very important, place 1 very important (undone)",
            "Short 1 very important very important, place 1",
            "Short 3 still open very important",
            "Short 2 still open not important",
            "Short 1 still open very important",
        ]
        assert all("Kim Muster" in row for row in rows)

    def test_see_at_an_idea_who_answered_it(self, app: Flask, world: World, voter: Visitor) -> None:
        answers(app, world, 1)
        theirs = text_of(voter.page(f"{BALLOT}/themes/one").root.find(".//*[@id='state-1']"))
        assert "Kim Muster" in theirs
        own = visit(app, world.colleague, **ENGLISH).page(f"{BALLOT}/themes/one")
        assert "Kim Muster" not in text_of(own.root.find(".//*[@id='state-1']"))

    def test_a_long_history_is_shown_in_pages(self, app: Flask, world: World, voter: Visitor) -> None:
        for turn in range(52):
            answers(app, world, 1 + turn % 2)
        with counted(app) as statements:
            first = voter.page(f"{BALLOT}/history")
        assert len(statements) <= 12
        assert len(list(first.root.iter("tr"))) == 51
        assert len(list(first.follow("Earlier changes").root.iter("tr"))) == 3

    def test_approve_on_paper(self, app: Flask, world: World, voter: Visitor) -> None:
        answers(app, world, 1, 1, 5, 2)
        press(voter.page(f"{BALLOT}/order"), 2, "up")
        sheet = text_of(voter.page(f"{BALLOT}/paper").root.find(".//main"))
        assert "It is no submission" in sheet
        for earlier, later in (("very important", "Short 2"), ("Short 2", "Short 1"), ("Short 1", "Short 4")):
            assert sheet.index(earlier) < sheet.index(later)
        assert "Signature" in sheet


class TestSignatory:
    """Once an organisation has named one, the others prepare and only that person submits."""

    @pytest.fixture(autouse=True)
    def colleague_signs(self, app: Flask, world: World) -> None:
        answers(app, world, 1, 2)
        with app.app_context():
            name_signatory(world.voter, world.colleague)

    def test_the_others_prepare(self, app: Flask, world: World, voter: Visitor) -> None:
        voter.page(f"{BALLOT}/themes/one").submit({"answer-3": "4"}, button="overview")
        assert draft(app, world) == "1~2~4~0~0~0~"
        page = voter.page(f"{BALLOT}/review")
        assert "Kim Muster submits for firm 1 (round)." in page.text
        assert not [form for form in page.root.iter("form") if form.get("action", "").endswith("/submit")]
        assert "Submit now" not in voter.page(f"{BALLOT}/themes/one").text

    def test_only_that_person_submits_and_withdraws(self, app: Flask, world: World, voter: Visitor) -> None:
        sent = {"ranking": "1~2~0~0~0~0~", "expected_version": "0", "idempotency_key": "0" * 32, "entitled": "yes"}
        response = post(voter, f"{BALLOT}/submit", sent)
        assert response.status_code == 422
        assert "Only Kim Muster submits for your organisation." in problem(Page(voter, response))
        assert submitted(app, world) == (0, "")
        signatory = visit(app, world.colleague, **ENGLISH)
        signatory.page(f"{BALLOT}/review").submit({"entitled": "yes"}, button="Submit")
        assert submitted(app, world) == (1, "1~2~0~0~0~0~")
        assert "Withdraw version" not in voter.page(BALLOT).text
        response = post(voter, f"{BALLOT}/withdraw", {"expected_version": "1"})
        assert response.status_code == 422
        assert submitted(app, world)[0] == 1

    def test_a_page_of_before_is_refused_with_the_reason(self, app: Flask, world: World, voter: Visitor) -> None:
        with app.app_context():
            name_signatory(world.voter, None)
        page = voter.page(f"{BALLOT}/review")
        with app.app_context():
            name_signatory(world.voter, world.colleague)
        page = page.submit({"entitled": "yes"}, button="Submit", status=422)
        assert "Only Kim Muster submits" in problem(page)
        assert submitted(app, world) == (0, "")
