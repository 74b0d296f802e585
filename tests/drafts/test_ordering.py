"""Putting ideas in order by plain forms: every button, undo, and what others have moved meanwhile."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.ballots.actions import Voter
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.drafts.actions import move_idea
from ruhrvote.drafts.order import Move
from tests.drafts.desk import BALLOT, answers, draft, order, press, problem
from tests.pages import Page, Visitor, parse, text_of
from tests.people import World, post

pytestmark = pytest.mark.alike


class TestOrder:
    @pytest.fixture(autouse=True)
    def three_very_important(self, app: Flask, world: World) -> None:
        answers(app, world, 1, 1, 2, 1)

    def test_every_button(self, app: Flask, world: World, voter: Visitor) -> None:
        page = voter.page(f"{BALLOT}/order")
        assert order(page) == []
        assert "3 ideas are tied" in page.text
        here = [text_of(link) for link in page.root.findall(".//nav//a[@aria-current='page']")]
        assert "My ballot" in here
        for number, move, place, wanted in (
            (2, "up", None, ["Short 2"]),
            (1, "up", None, ["Short 2", "Short 1"]),
            (4, "top", None, ["Short 4", "Short 2", "Short 1"]),
            (4, "down", None, ["Short 2", "Short 4", "Short 1"]),
            (1, "to", 1, ["Short 1", "Short 2", "Short 4"]),
            (4, "tie", 1, ["Short 1 = Short 4", "Short 2"]),
            (2, "release", None, ["Short 1 = Short 4"]),
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

    def test_the_last_moves_are_taken_back_one_after_the_other(self, app: Flask, world: World, voter: Visitor) -> None:
        page = voter.page(f"{BALLOT}/order")
        for number, move in ((1, "up"), (2, "up"), (4, "top")):
            page = press(page, number, move)
        assert order(page) == ["Short 4", "Short 1", "Short 2"]
        for name, wanted in (("4", ["Short 1", "Short 2"]), ("2", ["Short 1"]), ("1", [])):
            stale, page = page, page.submit(button=f"Undo: Short {name}")
            assert order(page) == wanted
            again = stale.submit(button=f"Undo: Short {name}", status=409)
            assert "is taken back already" in problem(again), "pressed twice, one move is taken back"
        assert "Nothing to undo" in page.text
        assert draft(app, world) == "1~1~2~1~0~0~"

    def test_with_nothing_to_take_back_the_button_does_nothing(self, voter: Visitor) -> None:
        page = voter.page(f"{BALLOT}/order").submit(button="Nothing to undo")
        assert page.root.find(".//*[@id='problem']") is None
        assert "Nothing to undo" in page.text

    def test_only_ten_moves_can_be_taken_back(self, voter: Visitor) -> None:
        page = voter.page(f"{BALLOT}/order")
        for turn in range(12):
            page = press(page, (1, 2)[turn % 2], "top")
        for _ in range(10):
            page = page.submit(button="Undo: Short 1" if "Undo: Short 1" in page.text else "Undo: Short 2")
        assert "Nothing to undo" in page.text
        assert order(page) == ["Short 2", "Short 1"], "the first two moves stay"

    def test_a_colleagues_move_is_not_taken_back(self, app: Flask, world: World, voter: Visitor) -> None:
        page = press(voter.page(f"{BALLOT}/order"), 1, "up")
        with app.app_context():
            move_idea(Voter(world.round.id, world.firm, world.colleague), 1, "1~", Move.TOP)
        page = page.submit(button="Undo: Short 1", status=409)
        assert "was changed after your move" in problem(page)
        assert order(page) == ["Short 2", "Short 1"]
        assert "Nothing to undo" in page.text

    def test_an_idea_judged_otherwise_since_keeps_its_new_answer(
        self, app: Flask, world: World, voter: Visitor
    ) -> None:
        page = press(press(voter.page(f"{BALLOT}/order"), 1, "up"), 1, "release")
        answers(app, world, 4)
        page = voter.page(f"{BALLOT}/order")
        assert "Undo: Short 1" in page.text
        assert order(page.submit(button="Undo: Short 1")) == []
        assert draft(app, world) == "4~1~2~1~0~0~"

    def test_the_other_answers_are_put_in_order_the_same_way(self, app: Flask, world: World, voter: Visitor) -> None:
        answers(app, world, 2, 2, 2, 1)
        page = voter.page(f"{BALLOT}/order").follow("important 3")
        assert page.h1 == "Put ideas in order: important"
        page = press(press(page, 3, "up"), 1, "tie", 1)
        assert order(page) == ["Short 1 = Short 3"]
        assert draft(app, world) == "2A2~2A1~0~0~"
        assert voter.get(f"{BALLOT}/order/5").status_code == 404
        assert post(voter, f"{BALLOT}/order/9", {"number": "1"}).status_code == 404

    def test_an_address_without_an_order_moves_nothing(self, app: Flask, world: World, voter: Visitor) -> None:
        answers(app, world, 1, 1)
        before = draft(app, world)
        pressed = {"number": "2", "seen": before[2:4], "move": "top"}
        assert post(voter, f"{BALLOT}/order/7", pressed).status_code == 404
        assert draft(app, world) == before

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
