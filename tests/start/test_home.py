"""The start pages: what each visitor is told to do next, and the demonstration's switch."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.accounts.actions import create_organisation, mark_installation
from ruhrvote.accounts.models import Kind, Role
from ruhrvote.ballots.actions import Voter, withdraw
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import archive_consultation, certify_consultation
from ruhrvote.db import db
from ruhrvote.drafts.actions import Choice, save_answers
from tests.pages import Page, Visitor, text_of
from tests.people import World, make_person, post, visit
from tests.rounds import certify_and_publish, make_round, submit
from tests.statements import counted

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}


def home(app: Flask, account: int | None = None) -> Page:
    return visit(app, account, **ENGLISH).page("/")


class TestVisitor:
    def test_without_any_consultation(self, app: Flask) -> None:
        page = home(app)
        assert "No consultation is open at the moment" in page.text
        assert page.follow("How we count").h1 == "How we count"

    def test_is_invited_to_the_open_consultation(self, app: Flask, world: World) -> None:
        with app.app_context():
            submit(world.round, world.firm, "1A1B2~3~4~5~")
        page = home(app)
        assert page.h1 == "Round round"
        assert page.follow("Log in and take part").path == "/login"
        assert "The first five at this moment" in page.text
        assert page.text.index("Short 1") < page.text.index("Short 2")
        assert "1 of 7 organisations (14.3 %)" in page.text

    def test_is_shown_the_result_once_it_is_published(self, app: Flask, world: World) -> None:
        with app.app_context():
            submit(world.round, world.firm, "1A1B2~3~4~5~")
            close_consultation("round")
            certify_and_publish("round")
        page = home(app)
        assert "The first five of the result" in page.text
        assert "Log in and take part" not in page.text
        assert page.follow("See the result").path == "/consultations/round/boards/overall"

    def test_finds_earlier_rounds_and_no_draft(self, app: Flask, world: World) -> None:
        with app.app_context():
            make_round("earlier", firms=1)
            close_consultation("earlier")
            make_round("later", firms=1, opened=False)
        page = home(app)
        assert page.h1 == "Round round"
        assert page.follow("Round earlier").path == "/consultations/earlier"
        assert "Round later" not in page.text


class TestVoter:
    def vote(self, app: Flask, world: World, version: int) -> None:
        with app.app_context():
            submit(world.round, world.firm, "1~2~5~5~5~5~", version=version, by=world.voter)

    def answer(self, app: Flask, world: World, *given: int) -> None:
        with app.app_context():
            choices = [Choice(i, answer, 0) for i, answer in enumerate(given) if answer]
            save_answers(Voter(world.round.id, world.firm, world.voter), choices)

    def test_begins(self, app: Flask, world: World) -> None:
        page = home(app, world.voter)
        assert page.h1 == "firm 1 (round)"
        assert page.follow("Begin").path.startswith("/consultations/round/ballot/themes/")

    def test_continues_where_answers_are_missing(self, app: Flask, world: World) -> None:
        self.answer(app, world, 1, 2, 3, 0, 0, 5)
        page = home(app, world.voter)
        assert "Next: continue with “Second theme”" in page.text
        assert page.follow("Continue").h1 == "Second theme"

    def test_submits(self, app: Flask, world: World) -> None:
        self.answer(app, world, 1, 2, 5, 5, 5, 5)
        assert home(app, world.voter).follow("Check and submit").h1 == "Review and submit"

    def test_has_submitted_and_may_change_and_withdraw(self, app: Flask, world: World) -> None:
        self.answer(app, world, 1, 2, 5, 5, 5, 5)
        self.vote(app, world, 0)
        page = home(app, world.voter)
        assert "Your order is submitted and counts" in page.text
        assert page.follow("Show the receipt").h1 == "Receipt"
        with app.app_context():
            save_answers(Voter(world.round.id, world.firm, world.voter), [Choice(0, 3, 1)])
        assert "Next: submit your changes" in home(app, world.voter).text
        with app.app_context():
            withdraw(world.round.voter(world.firm, world.voter), expected_version=1)
        assert "withdrawn" in home(app, world.voter).text

    @pytest.mark.parametrize("voted", [True, False])
    def test_after_the_close(self, app: Flask, world: World, voted: bool) -> None:
        if voted:
            self.vote(app, world, 0)
        with app.app_context():
            close_consultation("round")
        page = home(app, world.voter)
        assert ("Your submission counts." in page.text) == voted
        assert ("without a submission of yours" in page.text) != voted

    def test_who_is_not_on_the_roll(self, app: Flask, world: World) -> None:
        with app.app_context():
            late = make_person(create_organisation(kind=Kind.FIRM, name="Spät GmbH", chamber_ids=[]))
        page = home(app, late)
        assert "not on the roll" in page.text
        assert "Begin" not in page.text

    def test_when_nothing_is_open(self, app: Flask) -> None:
        with app.app_context():
            account = make_person(create_organisation(kind=Kind.FIRM, name="Firma", chamber_ids=[]))
        assert "No consultation is open" in home(app, account).text


class TestChamber:
    @pytest.mark.parametrize("role", ["reviewer", "chamber_admin"])
    def test_sees_how_many_of_the_own_members_take_part(self, app: Flask, world: World, role: str) -> None:
        with app.app_context():
            for firm in world.round.firms[:2]:
                submit(world.round, firm, "1~2~5~5~5~5~")
            submit(world.round, world.foreign_firm, "1~2~5~5~5~5~")
            submit(world.round, world.round.firms[2], "1~2~5~5~5~5~")
            withdraw(world.round.voter(world.round.firms[2]), expected_version=1)
        page = home(app, getattr(world, role))
        assert page.h1 == "chamber 1 (round)"
        figures = {
            text_of(figure.find("dt")): text_of(figure.find("dd")) for figure in page.root.findall(".//main//dl/div")
        }
        assert figures == {"members entitled to take part": "4", "with a submission": "2", "participation": "50.0 %"}
        assert "firm 2" not in page.text, "who they are is not shown"

    def test_an_admin_is_led_to_the_members(self, app: Flask, world: World) -> None:
        assert home(app, world.chamber_admin).follow("Organisations and accounts").path == "/organisations"

    def test_before_any_consultation(self, app: Flask) -> None:
        with app.app_context():
            chamber = create_organisation(kind=Kind.CHAMBER, name="Kammer", chamber_ids=[])
            account = make_person(chamber, Role.REVIEWER)
        assert "There is no consultation yet." in home(app, account).text


class TestConsultationAdmin:
    def test_is_told_the_next_step_of_each_consultation(self, app: Flask, world: World) -> None:
        with app.app_context():
            for key, steps in (
                ("a", ()),
                ("b", (certify_consultation,)),
                ("c", (certify_and_publish,)),
            ):
                make_round(key, firms=1)
                close_consultation(key)
                for step in steps:
                    step(key)
            make_round("d", firms=1, opened=False)
        page = home(app, world.consultation_admin)
        for sentence in (
            "go through the set-up, make sure that all organisations have been entered, then open.",
            "watch participation and close when the time has come.",
            "have the result certified: one admin proposes it, another confirms.",
            "look at the boards, then publish the result.",
            "nothing more to do. The result stays public.",
        ):
            assert page.text.count(sentence) == 1, sentence

    def test_sees_how_many_took_part_after_the_rankings_are_deleted(self, app: Flask, world: World) -> None:
        with app.app_context():
            submit(world.round, world.firm, "1~2~0~0~0~0~")
            close_consultation(world.key)
            certify_and_publish(world.key)
            archive_consultation(world.key)
        assert "14.3 %" in home(app, world.consultation_admin).text

    def test_before_any_consultation(self, app: Flask) -> None:
        with app.app_context():
            chamber = create_organisation(kind=Kind.CHAMBER, name="Kammer", chamber_ids=[])
            account = make_person(chamber, Role.CONSULTATION_ADMIN)
        assert "There is no consultation yet" in home(app, account).text


def test_the_page_of_a_consultation_says_its_rules(app: Flask, world: World) -> None:
    page = visit(app, **ENGLISH).page("/consultations/round")
    assert page.h1 == "Round round"
    for sentence in (
        "Chambers: 2",
        "Municipalities: 1",
        "Firms: 4",
        "One organisation, one voice.",
        "Firms are 57 % of those who may take part.",
        "each ballot counts on the boards at once",
        "at least 33 % of the ballots judge it, and at least 1",
    ):
        assert sentence in page.text, sentence


class TestDemoSwitch:
    def on(self, app: Flask) -> bool:
        with app.app_context():
            db.session.rollback()
            return get_consultation("round").demo_activity

    def test_on_and_off_and_back_to_the_page(self, app: Flask, world: World) -> None:
        with app.app_context():
            mark_installation(True)
        board = "/consultations/round/boards/overall"
        page = visit(app, **ENGLISH).page(board)
        assert "every few seconds an invented firm submits" not in page.text
        page = page.follow("Start demo ballots").submit(button="Start demo ballots")
        assert page.path == board
        assert self.on(app)
        assert "every few seconds an invented firm submits a ballot" in page.text
        page.follow("Stop demo ballots").submit(button="Stop demo ballots")
        assert not self.on(app)

    def test_does_not_exist_in_a_live_system(self, app: Flask, world: World) -> None:
        with app.app_context():
            mark_installation(False)
        data = {"consultation": "round", "on": "1"}
        assert post(visit(app, world.consultation_admin), "/demo-activity", data).status_code == 404
        assert not self.on(app)
        for account in (None, world.voter, world.consultation_admin):
            page = home(app, account)
            assert "demo ballots" not in page.text
            assert "Demonstration" not in page.text

    def test_every_page_of_a_demonstration_says_that_it_is_one(self, app: Flask, world: World) -> None:
        with app.app_context():
            mark_installation(True)
        for path in ("/", "/login", "/methodology", "/consultations/round/boards/overall"):
            assert "All firms, people, ballots and comments here are invented." in visit(app, **ENGLISH).page(path).text

    def test_for_a_consultation_that_does_not_exist(self, app: Flask, world: World) -> None:
        with app.app_context():
            mark_installation(True)
        assert post(visit(app), "/demo-activity", {"consultation": "nothing", "on": "1"}).status_code == 404


def test_a_start_page_costs_the_same_for_many_ballots(app: Flask, world: World) -> None:
    roles = (None, world.voter, world.reviewer, world.chamber_admin, world.consultation_admin)
    visitors = [visit(app, account) for account in roles]
    visitors[0].page("/")  # at its first look a process counts everything
    costs = []
    for firms in (world.round.firms[:1], [*world.round.firms[1:], world.foreign_firm, *world.round.chambers]):
        with app.app_context():
            for firm in firms:
                submit(world.round, firm, "1~2~5~5~5~5~")
        costs.append([])
        for visitor in visitors:
            with counted(app) as statements:
                visitor.page("/")
            costs[-1].append(len(statements))
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 20


def test_the_style_guide_is_a_page_of_a_demonstration_alone(app: Flask, world: World, demo_client: Visitor) -> None:
    assert visit(app).get("/styleguide").status_code == 404
    page = demo_client.page("/styleguide")
    assert len(page.root.findall(".//*[@data-state]")) > 10
    assert "Set-Cookie" not in page.response.headers
