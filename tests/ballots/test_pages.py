"""The ballot's pages as plain forms, without JavaScript: the journey, and whatever can go wrong on it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import func, select

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind
from ruhrvote.ballots.actions import Choice, Voter, move_idea, save_answers
from ruhrvote.ballots.models import BallotVersion, Draft
from ruhrvote.ballots.order import Move
from ruhrvote.ballots.queries import find_draft, received_by_group, submitted_version
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db
from tests.pages import Page, Visitor, parse, text_of
from tests.people import World, make_person, post, visit
from tests.rounds import submit
from tests.statements import counted

BALLOT = "/consultations/round/ballot"
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def voter(app: Flask, world: World) -> Visitor:
    return visit(app, world.voter, **ENGLISH)


def answers(app: Flask, world: World, *given: int) -> None:
    """Answer the first ideas in the draft as the colleague."""
    with app.app_context():
        draft = find_draft(world.round.id, world.firm)
        seen = [int(draft.ranking[2 * i]) if draft else 0 for i in range(len(given))]
        choices = [Choice(i, answer, seen[i]) for i, answer in enumerate(given) if answer]
        save_answers(Voter(world.round.id, world.firm, world.colleague), choices)


def draft(app: Flask, world: World) -> str:
    with app.app_context():
        found = find_draft(world.round.id, world.firm)
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
    """The places of the order page, each with its ideas."""
    places = [element for element in page.root.iter("li") if (element.get("class") or "").startswith("place")]
    return [re.findall(r"Short \d", text_of(place))[0] if place is not None else "" for place in places]


def press(page: Page, number: int, move: str, place: int | None = None, status: int = 200) -> Page:
    """Press a button of an idea on the order page."""
    for form in page.root.iter("form"):
        fields = {field.get("name"): field.get("value", "") for field in form.iter("input")}
        if fields.get("number") == str(number):
            data = {**fields, "move": move, "place": str(place or 1)}
            response = page.visitor.post(f"{BALLOT}/order", data=data, follow_redirects=True)
            assert response.status_code == status, Page(page.visitor, response).text
            return Page(page.visitor, response)
    raise AssertionError(f"idea {number} has no buttons")


def test_the_whole_way(app: Flask, world: World, voter: Visitor) -> None:
    page = voter.page(BALLOT)
    assert "Your organisation has not submitted anything yet" in page.text
    page = page.follow("Begin with the first theme")
    assert page.h1 == "First theme"
    page = page.submit({"answer-1": "1", "answer-2": "1", "answer-3": "5"}, button="next")
    assert page.h1 == "Second theme"
    page = page.submit({"answer-4": "1", "answer-5": "3"}, button="next")
    assert page.h1 == "The rest"
    page = page.submit(button="next")
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
        page.submit(button="Save my choice: Short 1")
        assert draft(app, world)[:2] == "1~", "knowingly it replaces the other"

    def test_of_one_idea_alone_as_htmx_sends_them(self, app: Flask, world: World, voter: Visitor) -> None:
        data = {"answer-2": "3", "seen-2": "0", "only": "2"}
        response = post(voter, f"{BALLOT}/themes/one", data, headers={"HX-Request": "true"})
        assert response.status_code == 200
        assert "saved in the draft" in response.get_data(as_text=True)
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


class TestOrder:
    @pytest.fixture(autouse=True)
    def three_very_important(self, app: Flask, world: World) -> None:
        answers(app, world, 1, 1, 2, 1)

    def test_every_button(self, app: Flask, world: World, voter: Visitor) -> None:
        page = voter.page(f"{BALLOT}/order")
        assert order(page) == []
        assert "3 ideas are tied" in page.text
        for number, move, place, wanted in (
            (2, "up", None, ["Short 2"]),
            (1, "up", None, ["Short 2", "Short 1"]),
            (4, "top", None, ["Short 4", "Short 2", "Short 1"]),
            (4, "down", None, ["Short 2", "Short 4", "Short 1"]),
            (1, "to", 1, ["Short 1", "Short 2", "Short 4"]),
            (4, "tie", 1, ["Short 1", "Short 2"]),
            (2, "release", None, ["Short 1"]),
        ):
            page = press(page, number, move, place)
            assert order(page) == wanted, (number, move)
        assert draft(app, world) == "1A1~2~1A0~0~"

    def test_an_idea_that_somebody_has_moved_meanwhile(self, app: Flask, world: World, voter: Visitor) -> None:
        page = voter.page(f"{BALLOT}/order")
        with app.app_context():
            move_idea(Voter(world.round.id, world.firm, world.colleague), 0, "1~", Move.TOP)
        page = press(page, 1, "up", status=409)
        assert "Somebody has moved this idea in the meantime" in problem(page)
        assert order(page) == ["Short 1"], "the order as it is now"

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            ({}, 422),
            ({"number": "1", "seen": "1~", "move": "sideways"}, 422),
            ({"number": "x", "seen": "1~", "move": "top"}, 422),
            ({"number": "99", "seen": "1~", "move": "top"}, 404),
            ({"number": "3", "seen": "2~", "move": "tie", "place": "1"}, 422),
            ({"number": "1", "seen": "1~", "move": "tie", "place": "7"}, 422),
            ({"number": "6", "seen": "0~", "move": "top"}, 422),
            ({"number": "1", "seen": "1A", "move": "top"}, 409),
            ({"number": "1", "move": "top"}, 409),
        ],
    )
    def test_a_move_that_makes_no_sense(
        self, app: Flask, world: World, voter: Visitor, data: dict[str, str], status: int
    ) -> None:
        response = post(voter, f"{BALLOT}/order", data)
        assert response.status_code == status
        assert problem(Page(voter, response))
        assert draft(app, world) == "1~1~2~1~0~0~"

    def test_htmx_gets_the_order_alone_and_a_sentence(self, voter: Visitor) -> None:
        data = {"number": "1", "seen": "1~", "move": "top"}
        response = post(voter, f"{BALLOT}/order", data, headers={"HX-Request": "true"})
        root, _ = parse(response.get_data(as_text=True), fragment=True)
        assert [child.get("id") for child in root] == ["order"]
        assert "Short 1 now at place 1." in text_of(root)

    def test_too_late(self, app: Flask, world: World, voter: Visitor) -> None:
        page = voter.page(f"{BALLOT}/order")
        with app.app_context():
            close_consultation(world.key)
        assert "The consultation is closed." in problem(press(page, 1, "top", status=409))


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
            submit(world.round, world.firm, "4~2~5~0~0~0~")
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


class TestCheckingAReceipt:
    def check(self, app: Flask, number: str, status: int = 200) -> str:
        page = visit(app, **ENGLISH).page("/receipts").submit({"receipt": number}, status=status)
        return text_of(page.root.find(".//*[@id='answer']")) or text_of(page.root.find(".//*[@id='problems']"))

    def test_counts_replaced_withdrawn(self, app: Flask, world: World, voter: Visitor) -> None:
        with app.app_context():
            first = submit(world.round, world.firm, "4~2~5~0~0~0~").receipt_id
        assert "is in the ledger and counts" in self.check(app, first)
        with app.app_context():
            second = submit(world.round, world.firm, "3~2~5~0~0~0~", version=1).receipt_id
        assert "was replaced by version 2" in self.check(app, first)
        assert "is in the ledger and counts" in self.check(app, second)
        voter.page(BALLOT).submit(button="Withdraw version 2")
        assert "has been withdrawn" in self.check(app, second)
        with app.app_context():
            withdrawal = submitted_version(world.round.id, world.firm)
            assert withdrawal is not None
            assert "counts" not in self.check(app, withdrawal.receipt_id).split(".")[0]

    @pytest.mark.parametrize("how", ["lower", "hyphens", "fours", "around"])
    def test_however_it_is_typed(self, app: Flask, world: World, how: str) -> None:
        with app.app_context():
            number = submit(world.round, world.firm, "4~2~5~0~0~0~").receipt_id
        typed = {
            "lower": number.lower(),
            "hyphens": "-".join(number[i : i + 4] for i in range(0, 26, 4)),
            "fours": " ".join(number[i : i + 4] for i in range(0, 26, 4)),
            "around": f"  {number}\t",
        }
        assert "is in the ledger and counts" in self.check(app, typed[how])

    @pytest.mark.parametrize("number", ["A" * 26, "1", "ä" * 26, "%", "' OR 1=1 --"])
    def test_unknown(self, app: Flask, world: World, number: str) -> None:
        assert "No submission has this number" in self.check(app, number, 422)

    @pytest.mark.parametrize("number", ["", "A" * 61])
    def test_no_number(self, app: Flask, world: World, number: str) -> None:
        assert "Please check what you entered" in self.check(app, number, 422)

    def test_says_nothing_of_who_and_what(self, app: Flask, world: World) -> None:
        with app.app_context():
            number = submit(world.round, world.firm, "1~2~5~0~0~0~").receipt_id
        page = visit(app, **ENGLISH).page("/receipts").submit({"receipt": number})
        for word in ("firm 1", "Kim Muster", "Short", "important", "1~2~"):
            assert word not in text_of(page.root.find(".//main")), word


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
