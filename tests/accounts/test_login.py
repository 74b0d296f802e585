"""Logging in and out: what a login is worth, how long, and what guessing costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from ruhrvote.accounts.actions import forget_expired_logins, mark_installation, open_login
from ruhrvote.accounts.models import Account, Login, Role
from ruhrvote.accounts.queries import (
    ABSOLUTE,
    IDLE,
    STAFF_ABSOLUTE,
    STAFF_IDLE,
    TOUCH_EVERY,
    open_logins,
    token_hash,
)
from ruhrvote.db import clock, db, transaction
from tests.accounts.trying import EMAIL, logins, may_vote, try_login
from tests.pages import Page, Visitor
from tests.people import World, make_person, post, visit
from tests.rounds import PASSWORD
from tests.statements import counted

pytestmark = [pytest.mark.alike, pytest.mark.usefixtures("kim")]


def cookie_of(visitor: Visitor) -> str:
    cookie = visitor.get_cookie("ruhrvote")
    assert cookie is not None
    return cookie.value


class TestInAndOut:
    def test_in_to_the_own_start_page_and_out_again(self, app: Flask, world: World) -> None:
        visitor = visit(app)
        page = try_login(visitor)
        assert page.path == "/"
        assert "firm 1 (round)" in page.text
        assert may_vote(visitor, world)
        page = page.submit(action="/logout")
        assert page.path == "/"
        assert "firm 1 (round)" not in page.text
        assert not may_vote(visitor, world)

    def test_the_address_is_read_as_people_type_it(self, app: Flask, world: World) -> None:
        visitor = visit(app)
        try_login(visitor, email="  Kim@Firma.EXAMPLE ")
        assert may_vote(visitor, world)

    def test_to_the_page_that_asked_for_the_login(self, app: Flask, world: World) -> None:
        asked = visit(app).page(f"/consultations/{world.key}/ballot/order")
        assert asked.path == "/login"
        assert asked.submit({"email": EMAIL, "password": PASSWORD}).path == f"/consultations/{world.key}/ballot/order"

    def test_never_off_the_site(self, app: Flask, world: World) -> None:
        page = visit(app).page("/login?next=//evil.example")
        response = page.visitor.post("/login", data=fields_of(page) | {"email": EMAIL, "password": PASSWORD})
        assert (response.status_code, response.location) == (303, "/")

    def test_htmx_is_sent_on_by_a_header_that_it_can_read(self, app: Flask, world: World) -> None:
        data = {"email": EMAIL, "password": PASSWORD, "next": "/consultations/round/ideas?q=Brücke–日本"}
        response = post(visit(app), "/login", data, headers={"HX-Request": "true"})
        assert response.status_code == 204
        assert response.headers["HX-Redirect"].isascii()
        assert response.headers["HX-Redirect"].startswith("/consultations/round/ideas?q=Br%C3%BCcke")

    def test_logging_out_ends_the_login_on_the_server(self, app: Flask, world: World) -> None:
        visitor = visit(app)
        try_login(visitor)
        stolen = cookie_of(visitor)
        assert post(visitor, "/logout").status_code == 303
        assert logins(app) == 0
        thief = visit(app)
        thief.set_cookie("ruhrvote", stolen)
        assert not may_vote(thief, world), "the old cookie is worth nothing"

    def test_logging_out_leaves_other_logins_open(self, app: Flask, world: World) -> None:
        here, there = visit(app, world.voter), visit(app, world.voter)
        post(here, "/logout")
        assert not may_vote(here, world)
        assert may_vote(there, world)

    def test_every_login_has_a_token_of_its_own(self, app: Flask, world: World) -> None:
        with app.app_context():
            tokens = {open_login(world.voter) for _ in range(5)}
            assert len(tokens) == 5
            kept = set(db.session.scalars(select(Login.token_hash)))
            assert kept == {token_hash(token) for token in tokens}, "the database keeps hashes only"

    def test_a_cookie_from_before_the_login_is_not_logged_in_by_it(self, app: Flask, world: World) -> None:
        visitor = visit(app)
        visitor.page("/login")
        before = cookie_of(visitor)
        try_login(visitor)
        assert cookie_of(visitor) != before
        attacker = visit(app)
        attacker.set_cookie("ruhrvote", before)
        assert not may_vote(attacker, world)

    def test_nothing_of_the_time_before_lives_on_in_the_session(self, app: Flask, world: World) -> None:
        visitor = visit(app)
        with visitor.session_transaction() as session:
            session["planted"] = "by somebody else"
        try_login(visitor)
        with visitor.session_transaction() as session:
            assert "planted" not in session

    def test_a_second_login_in_the_same_browser_ends_the_first(self, app: Flask, world: World) -> None:
        visitor = visit(app)
        try_login(visitor)
        with visitor.session_transaction() as session:
            first = session["_user_id"]
        try_login(visitor)
        with visitor.session_transaction() as session:
            assert session["_user_id"] != first
        assert logins(app) == 1

    @pytest.mark.parametrize("token", ["", "1", "x" * 43, None])
    def test_an_invented_token_opens_nothing(self, app: Flask, world: World, token: str | None) -> None:
        visitor = visit(app)
        with visitor.session_transaction() as session:
            session["_user_id"] = token if token is not None else str(world.voter)
        assert not may_vote(visitor, world)

    def test_a_cookie_signed_with_another_key_opens_nothing(self, app: Flask, world: World) -> None:
        real = cookie_of(visit(app, world.voter))
        body, _, signature = real.rpartition(".")
        forger = visit(app)
        forger.set_cookie("ruhrvote", f"{body}.{signature[::-1]}")
        assert not may_vote(forger, world)


def fields_of(page: Page) -> dict[str, str]:
    form = page.root.find(".//main//form[@action='/login']")
    assert form is not None
    return {field.get("name", ""): field.get("value", "") for field in form.iter("input")}


class TestExpiry:
    @pytest.mark.parametrize(
        ("seen_ago", "made_ago", "open_"),
        [
            (timedelta(), timedelta(), True),
            (IDLE - timedelta(seconds=30), timedelta(hours=1), True),
            (IDLE + timedelta(seconds=1), timedelta(hours=1), False),
            (timedelta(), ABSOLUTE - timedelta(seconds=30), True),
            (timedelta(), ABSOLUTE + timedelta(seconds=1), False),
        ],
        ids=["new", "nearly idle", "idle", "nearly old", "old"],
    )
    def test_a_login_ends_when_idle_and_in_any_case_after_a_day_at_work(
        self, app: Flask, world: World, seen_ago: timedelta, made_ago: timedelta, open_: bool
    ) -> None:
        visitor = visit(app, world.voter)
        with app.app_context(), transaction() as session:
            now = clock()
            session.execute(update(Login).values(seen_at=now - seen_ago, created_at=now - made_ago))
        assert may_vote(visitor, world) == open_

    @pytest.mark.parametrize("role", ["reviewer", "chamber_admin", "consultation_admin"])
    def test_those_of_staff_end_sooner_and_all_who_ask_agree(self, app: Flask, world: World, role: str) -> None:
        for limit, column in ((STAFF_IDLE, "seen_at"), (STAFF_ABSOLUTE, "created_at")):
            for left, open_ in ((timedelta(seconds=30), True), (timedelta(seconds=-1), False)):
                visitor = visit(app, getattr(world, role))
                with app.app_context():
                    with transaction() as session:
                        session.execute(update(Login).values({column: clock() - limit + left}))
                    hashes = set(db.session.scalars(select(Login.token_hash)))
                    assert bool(open_logins(hashes)) == open_, "the streams ask like this"
                assert (visitor.get("/account").status_code == 200) == open_
                with app.app_context():
                    forget_expired_logins()
                    assert bool(db.session.scalar(select(func.count()).select_from(Login))) == open_
                    with transaction() as session:
                        session.execute(delete(Login))

    def test_using_it_keeps_it_open_and_writes_at_most_once_a_minute(self, app: Flask, world: World) -> None:
        visitor = visit(app, world.voter)
        with counted(app) as statements:
            assert may_vote(visitor, world)
        assert not statements.writing, "a GET does not write"
        with app.app_context(), transaction() as session:
            session.execute(update(Login).values(seen_at=clock() - TOUCH_EVERY - timedelta(seconds=1)))
        with counted(app) as statements:
            assert may_vote(visitor, world)
        assert len(statements.writing) == 1
        with app.app_context():
            seen = db.session.scalar(select(Login.seen_at))
            assert seen is not None
            assert seen > clock() - timedelta(seconds=10)

    def test_an_account_that_is_deleted_has_no_login(self, app: Flask, world: World) -> None:
        visitor = visit(app, world.colleague)
        with app.app_context(), transaction() as session:
            session.delete(session.get_one(Account, world.colleague))
        assert not may_vote(visitor, world)
        assert logins(app) == 0


class TestDemo:
    def test_one_click_per_role(self, app: Flask, world: World) -> None:
        with app.app_context():
            mark_installation(True)
            people = {role: make_person(world.round.chambers[0], role, is_demo=True) for role in Role}
        for role, account in people.items():
            visitor = visit(app)
            page = visitor.page("/login")
            form = page.root.find(f".//input[@name='account'][@value='{account}']/..")
            assert form is not None, f"a button for {role}"
            response = post(visitor, "/login/demo", {"account": str(account)})
            assert response.status_code == 303
            assert "chamber 1 (round)" in visitor.page("/").text

    def test_never_for_an_account_that_somebody_made(self, app: Flask, world: World) -> None:
        with app.app_context():
            mark_installation(True)
            make_person(world.firm, is_demo=True)
        for account in (world.voter, world.consultation_admin, 999, "", "1 OR 1=1"):
            assert post(visit(app), "/login/demo", {"account": str(account)}).status_code == 404

    @pytest.mark.parametrize("marked", [False, None])
    def test_never_without_the_mark_that_it_is_a_demonstration(
        self, app: Flask, world: World, marked: bool | None
    ) -> None:
        with app.app_context():
            if marked is not None:
                mark_installation(marked)
            account = make_person(world.firm, is_demo=True)
        visitor = visit(app)
        assert 'name="account"' not in visitor.page("/login").html
        assert post(visitor, "/login/demo", {"account": str(account)}).status_code == 404
        assert logins(app) == 0

    def test_the_mark_is_set_once(self, app: Flask) -> None:
        with app.app_context():
            assert mark_installation(False) is False
            assert mark_installation(True) is False, "a live system never becomes a demonstration"

    def test_never_off_the_site(self, app: Flask, world: World) -> None:
        with app.app_context():
            mark_installation(True)
            account = make_person(world.firm, is_demo=True)
        data = {"account": str(account), "next": "https://evil.example"}
        assert post(visit(app), "/login/demo", data).location == "/"
