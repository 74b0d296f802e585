"""When a login ends it says so in time, and what is sent after its end is not lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe

import pytest
import time_machine
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import delete, select, update
from wtforms import PasswordField

from ruhrvote.accounts.kept_input import KEPT_FOR, NOT_KEPT
from ruhrvote.accounts.models import Account, Login
from ruhrvote.accounts.queries import ABSOLUTE, IDLE
from ruhrvote.comments.models import Comment
from ruhrvote.db import clock, db, transaction
from ruhrvote.web import MAX_BODY
from tests.pages import Page, Visitor
from tests.people import World, post, visit
from tests.rounds import PASSWORD, make_account
from tests.security.everything import fields_of, forms
from tests.statements import counted

pytestmark = pytest.mark.alike

EMAIL = "kim@firma.example"
IDEA = "/consultations/round/ideas/1"
COMMENTS = f"{IDEA}/comments"
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def world(app: Flask, world: World) -> World:
    with app.app_context():
        make_account(world.firm, EMAIL)
        return world


def logged_in(app: Flask) -> Visitor:
    visitor = visit(app, **ENGLISH)
    visitor.page("/login").submit({"email": EMAIL, "password": PASSWORD})
    return visitor


def end_logins(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(delete(Login))


def write_too_late(app: Flask, text: str = "Eine ganze Zeile.\nNoch eine.") -> Page:
    """The page that answers a comment that was sent after the login had ended."""
    visitor = logged_in(app)
    page = visitor.page(COMMENTS)
    end_logins(app)
    return page.submit({"text": text, "kind": "note"}, status=401)


def log_in_again(page: Page, email: str = EMAIL, password: str = PASSWORD, status: int = 200) -> Page:
    return page.submit({"email": email, "password": password}, status=status)


def comments(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(Comment.text).order_by(Comment.id)))


class TestNothingIsLost:
    def test_logged_in_again_it_is_saved_by_one_more_press(self, app: Flask, world: World) -> None:
        page = write_too_late(app)
        assert page.h1 == "Log in"
        assert "What you entered is kept" in page.text
        page = log_in_again(page)
        assert page.h1 == "You are logged in again"
        assert "not saved yet" in page.text
        assert comments(app) == [], "nothing happens without a person's press"
        page = page.submit(button="Save now")
        assert page.path in (IDEA, COMMENTS)
        assert comments(app) == ["Eine ganze Zeile.\nNoch eine."]

    def test_a_wrong_password_in_between_does_no_harm(self, app: Flask, world: World) -> None:
        page = log_in_again(write_too_late(app), password="wrong password", status=422)
        log_in_again(page).submit(button="Save now")
        assert len(comments(app)) == 1

    def test_every_value_of_a_field_and_the_pressed_button_are_kept(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        page = visitor.page("/consultations/round/ballot/themes/one")
        end_logins(app)
        page = page.submit({"answer-1": "1", "answer-2": "3"}, button="next", status=401)
        page = log_in_again(page).submit(button="Save now")
        assert page.path == "/consultations/round/ballot/themes/two"
        page = visitor.page("/consultations/round/ballot/themes/one")
        checked = {field.get("id") for field in page.root.iter("input") if field.get("checked") is not None}
        assert {"answer-1-1", "answer-2-3"} <= checked

    def test_the_address_with_its_query_is_kept(self, app: Flask, world: World) -> None:
        page = write_too_late(app)
        form = log_in_again(page).root.find(".//main//form")
        assert form is not None
        assert form.get("action") == COMMENTS

    @pytest.mark.parametrize("email", [EMAIL, "other@fremd.example"])
    def test_logged_in_again_in_another_tab_the_open_page_goes_on(self, app: Flask, world: World, email: str) -> None:
        with app.app_context():
            make_account(world.foreign_firm, "other@fremd.example")
        visitor = logged_in(app)
        page = visitor.page(COMMENTS)
        end_logins(app)
        log_in_again(visitor.page("/login"), email=email)
        goes_on = email == EMAIL
        page.submit({"text": "Geschrieben vor dem Ende.", "kind": "note"}, status=200 if goes_on else 400)
        assert comments(app) == ["Geschrieben vor dem Ende."] * goes_on, "not in the name of somebody else"

    def test_somebody_else_does_not_get_it(self, app: Flask, world: World) -> None:
        page = write_too_late(app, "Nur für uns bestimmt")
        with app.app_context():
            make_account(world.foreign_firm, "other@fremd.example")
        page = log_in_again(page, email="other@fremd.example")
        assert page.path == "/"
        assert "Nur für uns bestimmt" not in page.html

    def test_the_token_and_passwords_are_not_kept(self, app: Flask, world: World) -> None:
        with app.app_context():
            db.session.get_one(Account, world.consultation_admin)
        visitor = visit(app, world.consultation_admin)
        visitor.page("/organisations/1")
        end_logins(app)
        data = {"person": "Eva", "password": "a long password"}
        page = Page(visitor, post(visitor, "/organisations/1/accounts", data))
        kept = page.root.find(".//input[@name='kept']")
        assert kept is not None
        key = app.config["SECRET_KEY"]
        path, _, fields = URLSafeTimedSerializer(key, salt="kept-input").loads(kept.get("value", ""))
        assert (path, fields) == ("/organisations/1/accounts", [["person", "Eva"]])

    def test_no_field_for_a_password_is_ever_kept(self, app: Flask, world: World) -> None:
        fields = {
            name for form in forms() for name, made in fields_of(form).items() if made.field_class is PasswordField
        }
        assert {"password", "current"} <= fields
        assert fields <= NOT_KEPT

    def test_after_an_hour_one_is_just_logged_in(self, app: Flask, world: World) -> None:
        with time_machine.travel(datetime.now(UTC) - timedelta(seconds=KEPT_FOR + 5), tick=True):
            page = write_too_late(app)
        page = log_in_again(page)
        assert page.h1 != "You are logged in again"

    @pytest.mark.parametrize("forge", ["", "nonsense", "changed", "other key"])
    def test_what_we_have_not_signed_is_not_shown(self, app: Flask, world: World, forge: str) -> None:
        visitor = visit(app)
        kept = forge
        if forge == "other key":
            kept = URLSafeTimedSerializer("x" * 40, salt="kept-input").dumps(["/logout", None, []])
        elif forge == "changed":
            field = write_too_late(app).root.find(".//input[@name='kept']")
            assert field is not None
            kept = "A" + field.get("value", "")[1:]
        page = visitor.page("/login").submit({"email": EMAIL, "password": PASSWORD, "kept": kept})
        assert page.path == "/"

    def test_a_forged_request_is_refused_before_it_is_kept(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        end_logins(app)
        assert visitor.post(COMMENTS, data={"text": "by another site"}).status_code == 400

    @pytest.mark.parametrize(
        "text", [token_urlsafe(48_000), "ü" * 10_800, '"' * 21_500], ids=["random", "two bytes", "quoted"]
    )
    def test_the_longest_that_may_be_sent_is_kept_and_comes_back(self, app: Flask, world: World, text: str) -> None:
        visitor = logged_in(app)
        end_logins(app)
        response = post(visitor, COMMENTS, {"text": text})
        assert response.status_code == 401
        page = Page(visitor, response).submit({"email": EMAIL, "password": PASSWORD}, action="/login")
        sent = page.root.find(".//*[@name='text']")
        assert sent is not None
        assert sent.get("value") == text
        assert post(visitor, COMMENTS, {"text": "x" * MAX_BODY}).status_code == 413

    @pytest.mark.parametrize("path", ["/login", "/login/demo", "/code", "/code/pin", "/code/begin"])
    def test_every_way_in_carries_the_longest_along(self, app: Flask, world: World, path: str) -> None:
        answer = post(visit(app, None), path, {"kept": token_urlsafe(90_000), "code": "0" * 16})
        assert answer.status_code != 413

    def test_htmx_is_told_to_send_it_as_a_browser_does(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        end_logins(app)
        response = post(visitor, COMMENTS, {"text": "x"}, headers={"HX-Request": "true"})
        assert (response.status_code, response.headers["HX-Trigger"]) == (401, "login-ended")

    @pytest.mark.parametrize("path", ["/logout", "/login/extend"])
    def test_what_concerned_the_login_itself_is_not_kept(self, app: Flask, world: World, path: str) -> None:
        visitor = logged_in(app)
        end_logins(app)
        response = post(visitor, path, {"next": "/methodology"})
        assert (response.status_code, response.location) == (303, "/login?next=/methodology")


def age_logins(app: Flask, seen: timedelta, made: timedelta) -> None:
    with app.app_context(), transaction() as session:
        now = clock()
        session.execute(update(Login).values(seen_at=now - seen, created_at=now - made))


def seconds_left(page: Page) -> int:
    box = page.root.find(".//*[@data-seconds]")
    assert box is not None
    return int(box.get("data-seconds", ""))


class TestTheNotice:
    def test_every_page_says_when_the_login_ends(self, app: Flask, world: World) -> None:
        page = logged_in(app).page(COMMENTS)
        assert re.search(r"Your login ends at \d\d:\d\d\. Every page that you open postpones this\.", page.text)
        assert abs(seconds_left(page) - IDLE.total_seconds()) < 5
        assert "Your login ends" not in visit(app, **ENGLISH).page(COMMENTS).text

    def test_near_the_absolute_end_it_says_that_nothing_helps(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        age_logins(app, timedelta(), ABSOLUTE - timedelta(minutes=10))
        page = visitor.page(COMMENTS)
        assert page.root.find(".//*[@data-final]") is not None
        assert abs(seconds_left(page) - 600) < 5

    def test_staying_logged_in_by_a_plain_form_leads_back(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        age_logins(app, timedelta(seconds=50), timedelta(hours=1))
        page = visitor.page(f"{COMMENTS}?page=1")
        assert seconds_left(page) < IDLE.total_seconds() - 45
        page = page.submit(button="Stay logged in")
        assert page.response.request.full_path == f"{COMMENTS}?page=1"
        assert seconds_left(page) > IDLE.total_seconds() - 5

    def test_htmx_gets_the_notice_alone_with_the_new_end(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        age_logins(app, timedelta(seconds=50), timedelta(hours=1))
        response = post(visitor, "/login/extend", headers={"HX-Request": "true"})
        assert "You stay logged in until" in response.text
        assert "final" not in response.headers["Login-Ends-In"]
        assert int(response.headers["Login-Ends-In"]) > IDLE.total_seconds() - 5

    def test_nobody_stays_longer_than_a_day_at_work(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        age_logins(app, timedelta(minutes=1), ABSOLUTE - timedelta(minutes=10))
        response = post(visitor, "/login/extend", headers={"HX-Request": "true"})
        left, _, final = response.headers["Login-Ends-In"].partition(" ")
        assert int(left) <= 600
        assert final == "final"

    def test_answers_to_htmx_say_it_too_and_it_costs_nothing(self, app: Flask, world: World) -> None:
        visitor = logged_in(app)
        with counted(app) as statements:
            response = visitor.get(COMMENTS, headers={"HX-Request": "true"})
        assert int(response.headers["Login-Ends-In"]) > 0
        assert sum("FROM login" in statement for statement in statements) == 1
        assert "Login-Ends-In" not in visit(app).get(COMMENTS, headers={"HX-Request": "true"}).headers


def test_the_language_of_the_page_at_the_login_is_kept_for_mail(app: Flask, world: World) -> None:
    logged_in(app)
    with app.app_context():
        assert db.session.scalar(select(Account.language).where(Account.email == EMAIL)) == "en"
