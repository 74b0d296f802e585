"""Reviewing and submitting by plain forms, and whatever can go wrong on the way."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db
from ruhrvote.mail.models import Mail
from tests.drafts.desk import BALLOT, answers, differences, draft, problem, submitted
from tests.pages import Page, Visitor, text_of
from tests.people import World, post
from tests.rounds import submit


class TestSubmitting:
    @pytest.fixture(autouse=True)
    def answered(self, app: Flask, world: World) -> None:
        answers(app, world, 1, 2, 5)

    def review(self, voter: Visitor) -> Page:
        return voter.page(f"{BALLOT}/review")

    def test_only_by_somebody_who_says_to_be_entitled(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.review(voter).submit(button="Submit", status=422)
        assert "Please confirm that you are entitled to submit." in problem(page)
        assert submitted(app, world) == (0, "")
        page.submit({"entitled": "yes"}, button="Submit")
        assert submitted(app, world) == (1, "1~2~5~0~0~0~")

    def test_a_draft_that_has_changed_since_is_compared_first(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.review(voter)
        answers(app, world, 3, 2, 1)
        page = page.submit({"entitled": "yes"}, button="Submit", status=409)
        assert "has changed the order in the meantime" in problem(page)
        rows = differences(page)
        assert rows == ["Short 1: very important, less important", "Short 3: no opinion, very important"]
        assert submitted(app, world) == (0, "")
        page.submit({"entitled": "yes"}, button="Submit")
        assert submitted(app, world) == (1, "3~2~1~0~0~0~"), "knowing what differs, it works"

    def test_over_the_submission_of_a_colleague_only_knowingly(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.review(voter)
        with app.app_context():
            submit(world.round, world.firm, "4~2~5~0~0~0~", by=world.colleague)
        page = page.submit({"entitled": "yes"}, button="Submit", status=409)
        assert "Somebody from your organisation has submitted meanwhile" in problem(page)
        rows = differences(page)
        assert rows == ["Short 1: not important, very important"]
        assert submitted(app, world) == (1, "4~2~5~0~0~0~"), "never silently overwritten"
        page.submit({"entitled": "yes"}, button="Submit and replace version 1")
        assert submitted(app, world) == (2, "1~2~5~0~0~0~")

    def test_pressing_twice_makes_one_version(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.review(voter)
        for _ in range(3):
            assert page.submit({"entitled": "yes"}, button="Submit").path == f"{BALLOT}/receipt"
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(BallotVersion)) == 1

    def test_too_late_is_refused_and_the_order_is_still_there(self, app: Flask, world: World, voter: Visitor) -> None:
        page = self.review(voter)
        with app.app_context():
            close_consultation(world.key)
        page = page.submit({"entitled": "yes"}, button="Submit", status=409)
        assert "The consultation is closed." in problem(page)
        assert "Short 1" in text_of(page.root.find(".//*[@aria-labelledby='answer-1']"))
        assert submitted(app, world) == (0, "")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"ranking": ""},
            {"ranking": "1A1A"},
            {"ranking": "9~2~5~0~0~0~"},
            {"ranking": "1~2~5~0~0~0~" * 2000},
            {"expected_version": "x"},
            {"expected_version": "-1"},
            {"expected_version": ""},
            {"idempotency_key": ""},
            {"idempotency_key": "G" * 32},
        ],
        ids=lambda wrong: "-".join(next(iter(wrong.items())))[:40],
    )
    def test_what_no_page_sends_is_refused(
        self, app: Flask, world: World, voter: Visitor, wrong: dict[str, str]
    ) -> None:
        sent = {"ranking": "1~2~5~0~0~0~", "expected_version": "0", "idempotency_key": "a" * 32, "entitled": "yes"}
        response = post(voter, f"{BALLOT}/submit", sent | wrong)
        assert response.status_code == 422
        assert problem(Page(voter, response))
        assert submitted(app, world) == (0, "")

    def test_a_tampered_order_over_the_submission_of_a_colleague(
        self, app: Flask, world: World, voter: Visitor
    ) -> None:
        with app.app_context():
            submit(world.round, world.firm, "4~2~5~0~0~0~")
        sent = {"ranking": "9~2~5~0~0~0~", "expected_version": "0", "idempotency_key": "a" * 32, "entitled": "yes"}
        assert post(voter, f"{BALLOT}/submit", sent).status_code == 409

    def test_with_one_judgement_there_is_nothing_to_submit(self, app: Flask, world: World, voter: Visitor) -> None:
        answers(app, world, 1, 5, 5)
        page = self.review(voter)
        assert "Judge at least two ideas before you submit." in page.text
        sent = {"ranking": "1~5~5~0~0~0~", "expected_version": "0", "idempotency_key": "a" * 32, "entitled": "yes"}
        assert post(voter, f"{BALLOT}/submit", sent).status_code == 422

    def test_again_replaces_and_withdrawing_leaves_the_draft(self, app: Flask, world: World, voter: Visitor) -> None:
        self.review(voter).submit({"entitled": "yes"}, button="Submit")
        assert "There is nothing new to submit." in self.review(voter).text
        answers(app, world, 2)
        page = self.review(voter)
        assert "What has changed since version 1" in page.text
        page.submit({"entitled": "yes"}, button="Submit and replace version 1")
        page = voter.page(BALLOT).submit(button="Withdraw version 2")
        assert "Your submission is withdrawn" in page.text
        assert submitted(app, world) == (3, "")
        assert draft(app, world) == "2~2~5~0~0~0~"
        assert "Your submission was withdrawn on" in voter.page(f"{BALLOT}/paper").text
        assert voter.get(f"{BALLOT}/receipt").status_code == 404
        self.review(voter).submit({"entitled": "yes"}, button="Submit")
        assert submitted(app, world) == (4, "2~2~5~0~0~0~")

    def test_withdrawing_what_a_colleague_has_replaced(self, app: Flask, world: World, voter: Visitor) -> None:
        self.review(voter).submit({"entitled": "yes"}, button="Submit")
        page = voter.page(BALLOT)
        with app.app_context():
            submit(world.round, world.firm, "4~2~5~0~0~0~", version=1)
        page.submit(button="Withdraw version 1", status=409)
        assert submitted(app, world) == (2, "4~2~5~0~0~0~")
        assert post(voter, f"{BALLOT}/withdraw", {"expected_version": "x"}).status_code == 422


def test_once_closed_the_own_submission_can_be_read_but_not_changed(app: Flask, world: World, voter: Visitor) -> None:
    answers(app, world, 1, 2, 5)
    voter.page(f"{BALLOT}/review").submit({"entitled": "yes"}, button="Submit")
    with app.app_context():
        close_consultation(world.key)
    for path in ("", "/themes/one", "/order", "/review"):
        page = voter.page(f"{BALLOT}{path}")
        assert "The consultation is closed" in page.text
        main = page.root.find(".//main")
        assert not [
            form for form in main.iter("form") if form.get("method") == "post" and form.find(".//button") is not None
        ]
    assert voter.page(f"{BALLOT}/receipt").h1 == "Receipt"
    assert post(voter, f"{BALLOT}/withdraw", {"expected_version": "1"}).status_code == 409
    assert submitted(app, world) == (1, "1~2~5~0~0~0~")


def test_the_receipt_comes_by_mail_too(app: Flask, world: World, voter: Visitor) -> None:
    answers(app, world, 1, 2)
    page = voter.page(f"{BALLOT}/review")
    for _ in range(2):
        receipt = page.submit({"entitled": "yes"}, button="Submit")
    number = text_of(receipt.root.find(".//*[@class='receipt__number']"))
    with app.app_context():
        (mail,) = db.session.scalars(select(Mail)).all()
        assert mail.purpose == "receipt"
        assert number in mail.text
        assert "/receipts" in mail.text
        assert "Kurz" not in mail.text, "nothing of the order"
        assert "wichtig" not in mail.text


def test_a_submission_that_fails_sends_no_receipt(app: Flask, world: World, voter: Visitor) -> None:
    answers(app, world, 1, 2)
    page = voter.page(f"{BALLOT}/review")
    with app.app_context():
        close_consultation(world.key)
    page.submit({"entitled": "yes"}, button="Submit", status=409)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Mail)) == 0
