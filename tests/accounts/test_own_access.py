"""The own access: name, address, password and logins, safe against whoever finds an open screen."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, ColleagueInvitation, Login
from ruhrvote.accounts.queries import FRESH, find_account
from ruhrvote.accounts.team.actions import invite
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.db import clock, db, transaction
from tests.accounts.letters import begin, new_letter
from tests.accounts.test_links import EMAIL, code_in, mails, press
from tests.pages import Page, Visitor
from tests.people import World, post, visit
from tests.rounds import PASSWORD, make_account

pytestmark = pytest.mark.alike

NEW = "neu@firma.example"
OTHER_PASSWORD = "ganz andere Wörter als zuvor"
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def kim(app: Flask, world: World) -> int:
    with app.app_context():
        return make_account(world.firm, EMAIL)


@pytest.fixture
def visitor(app: Flask, kim: int) -> Visitor:
    visitor = visit(app, **ENGLISH)
    visitor.page("/login").submit({"email": EMAIL, "password": PASSWORD})
    return visitor


@pytest.fixture
def by_code(app: Flask, world: World) -> Visitor:
    """Somebody who came by a letter."""
    visitor = visit(app, **ENGLISH)
    begin(visitor, new_letter(app, world))
    return visitor


def let_the_login_age(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Login).values(created_at=clock() - FRESH - timedelta(seconds=1)))


def ask(visitor: Visitor, email: str = NEW, status: int = 200, **more: str) -> Page:
    return visitor.page("/account").submit({"email": email, **more}, action="/account/address", status=status)


def set_password(visitor: Visitor, password: str = OTHER_PASSWORD, status: int = 200, **more: str) -> Page:
    return visitor.page("/account").submit({"password": password, **more}, action="/account/password", status=status)


def is_in(visitor: Visitor) -> bool:
    return visitor.get("/account").status_code == 200


def valid_codes(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).where(AccessCode.revoked_at.is_(None))) or 0


class TestAddress:
    def test_it_counts_once_it_is_confirmed_and_the_old_one_is_told_before(
        self, app: Flask, kim: int, visitor: Visitor
    ) -> None:
        assert f"We have sent an e-mail to {NEW}" in ask(visitor).text
        by_recipient = {mail.recipient: mail for mail in mails(app)}
        assert set(by_recipient) == {EMAIL, NEW}
        assert "n…@firma.example" in by_recipient[EMAIL].text
        assert NEW not in by_recipient[EMAIL].text
        with app.app_context():
            assert find_account(NEW) is None, "nothing has changed yet"
        elsewhere = visit(app, kim)
        page = press(visitor, code_in(by_recipient[NEW], "/account/confirm"), page="/account/confirm")
        assert "Your e-mail address is confirmed" in page.text
        assert not is_in(elsewhere), "a change ends the other logins"
        assert is_in(visitor)
        with app.app_context():
            assert find_account(EMAIL) is None
            account = find_account(NEW)
            assert account is not None
            assert account.id == kim

    def test_looking_at_the_link_changes_nothing_and_it_works_once(
        self, app: Flask, kim: int, visitor: Visitor
    ) -> None:
        ask(visitor)
        code = code_in(mails(app)[0], "/account/confirm")
        assert visit(app).get("/account/confirm").status_code == 200
        with app.app_context():
            assert find_account(NEW) is None
        press(visit(app), code, page="/account/confirm", status=200)
        press(visit(app), code, page="/account/confirm", status=409)
        with app.app_context():
            assert find_account(NEW) is not None

    def test_an_address_of_somebody_else_is_answered_the_same_and_stays_theirs(
        self, app: Flask, world: World, kim: int, visitor: Visitor
    ) -> None:
        with app.app_context():
            holder = make_account(world.foreign_firm, "taken@fremd.example")
        free, taken = ask(visitor), ask(visitor, "taken@fremd.example")
        assert free.text.replace(NEW, "") == taken.text.replace("taken@fremd.example", "")
        mail = next(mail for mail in mails(app) if mail.recipient == "taken@fremd.example")
        assert mail.purpose == "address_taken"
        assert "#" not in mail.text, "no link that would change anything"
        with app.app_context():
            account = find_account("taken@fremd.example")
            assert account is not None
            assert account.id == holder

    def test_an_address_that_got_an_account_meanwhile_is_refused(
        self, app: Flask, world: World, kim: int, visitor: Visitor
    ) -> None:
        ask(visitor)
        code = code_in(mails(app)[0], "/account/confirm")
        with app.app_context():
            make_account(world.foreign_firm, NEW)
        assert "has an account by now" in press(visitor, code, page="/account/confirm", status=409).text

    def test_at_an_open_screen_it_takes_the_password(self, app: Flask, kim: int, visitor: Visitor) -> None:
        let_the_login_age(app)
        page = ask(visitor, current="", status=422)
        assert "This is not your present password" in page.text
        assert page.root.find(".//input[@id='email']").get("value") == NEW, "what was typed is still there"
        ask(visitor, current="wrong", status=422)
        assert not mails(app)
        ask(visitor, current=PASSWORD)
        assert len(mails(app)) == 2

    def test_and_without_a_password_a_new_login(self, app: Flask, world: World) -> None:
        visitor = visit(app, world.voter, **ENGLISH)
        with app.app_context(), transaction() as session:
            session.get_one(Account, world.voter).password_hash = None
        let_the_login_age(app)
        assert "log out and log in again first" in ask(visitor, status=422).text
        assert "log out and log in again first" in set_password(visitor, status=422).text
        assert not mails(app)

    def test_it_revives_no_invitation(self, app: Flask, world: World, kim: int, visitor: Visitor) -> None:
        with app.app_context():
            invite(world.voter, email=NEW, person="Eva")
        code = mails(app)[0].text.partition("/join#")[2].split()[0]
        ask(visitor)
        confirmation = next(mail for mail in mails(app) if mail.purpose == "confirm_address")
        press(visitor, code_in(confirmation, "/account/confirm"), page="/account/confirm")
        with app.app_context(), transaction() as session:
            # The address goes on to somebody else; what was mailed to it before stays what it was.
            session.execute(update(ColleagueInvitation).values(expires_at=clock() - timedelta(seconds=1)))
        assert "unknown, has been used" in visit(app, **ENGLISH).page("/join").submit({"secret": code}, status=422).text


class TestPassword:
    def test_a_new_one_ends_all_other_logins_and_is_told(self, app: Flask, kim: int, visitor: Visitor) -> None:
        elsewhere = visit(app, kim)
        assert "All your other logins have ended" in set_password(visitor).text
        assert is_in(visitor)
        assert not is_in(elsewhere)
        (mail,) = mails(app)
        assert (mail.recipient, mail.subject) == (EMAIL, "Ihr Passwort wurde geändert") or mail.subject == (
            "Your password has been changed"
        )
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.event == Event.ACCESS_CHANGED)).one()
            assert (entry.account_id, entry.values) == (kim, {"what": "password"})

    def test_at_an_open_screen_it_takes_the_old_one_and_guessing_costs(
        self, app: Flask, kim: int, visitor: Visitor, long_delays: None
    ) -> None:
        let_the_login_age(app)
        for _ in range(5):
            set_password(visitor, current="wrong", status=422)
        page = set_password(visitor, current=PASSWORD, status=429)
        assert int(page.response.headers["Retry-After"]) >= 1

    @pytest.mark.parametrize(
        ("password", "why"),
        [
            ("short", "between 12 and 128"),
            ("x" * 129, "between 12 and 128"),
            ("passwort1234", "most common"),
            ("Kim Muster 2026", "little more than a name"),
            ("firm-round-kim-muster", "little more than a name"),
        ],
    )
    def test_weak_ones_are_refused_with_the_reason(self, visitor: Visitor, password: str, why: str) -> None:
        assert why in set_password(visitor, password, status=422).text

    def test_without_one_links_are_enough(self, app: Flask, kim: int, visitor: Visitor) -> None:
        page = visitor.page("/account").submit(action="/account/password/remove")
        assert "Your password is removed" in page.text
        visit(app).page("/login").submit({"email": EMAIL, "password": PASSWORD}, status=422)

    def test_without_an_address_it_cannot_be_removed(self, app: Flask, by_code: Visitor) -> None:
        set_password(by_code)
        assert post(by_code, "/account/password/remove").status_code == 409


class TestByCode:
    def test_an_address_makes_the_code_worthless(self, app: Flask, by_code: Visitor) -> None:
        assert valid_codes(app) == 1
        ask(by_code)
        assert valid_codes(app) == 1, "not before it is confirmed"
        (mail,) = mails(app)
        press(by_code, code_in(mail, "/account/confirm"), page="/account/confirm")
        assert valid_codes(app) == 0
        assert is_in(by_code)

    def test_a_password_alone_comes_with_a_number_to_log_in_with(self, app: Flask, by_code: Visitor) -> None:
        page = set_password(by_code)
        assert valid_codes(app) == 0
        with app.app_context():
            number = db.session.scalars(select(Account).where(Account.email.is_(None))).one().number
        assert f"Your access number is {number}" in page.text
        page = visit(app).page("/login").submit({"email": number, "password": OTHER_PASSWORD})
        assert is_in(page.visitor)

    def test_the_number_of_somebody_with_an_address_lets_nobody_in(self, app: Flask, kim: int, world: World) -> None:
        visit(app).page("/login").submit({"email": f"{kim:06d}", "password": PASSWORD}, status=422)


class TestLogins:
    def test_all_are_listed_and_one_can_be_ended(self, app: Flask, kim: int, visitor: Visitor) -> None:
        elsewhere = visit(app, kim)
        page = visitor.page("/account")
        assert page.text.count("Begun on") == 2
        assert page.text.count("this one") == 1
        page = page.submit(action="/account/logins/end")
        assert "This login has ended" in page.text
        assert not is_in(elsewhere)
        assert is_in(visitor)

    def test_nobody_ends_those_of_others(self, app: Flask, world: World, kim: int, visitor: Visitor) -> None:
        other = visit(app, world.voter)
        with app.app_context():
            theirs = db.session.scalars(select(Login.token_hash).where(Login.account_id == world.voter)).one()
        post(visitor, "/account/logins/end", {"login": theirs})
        assert is_in(other)

    def test_out_everywhere(self, app: Flask, world: World, kim: int, visitor: Visitor) -> None:
        elsewhere, other = visit(app, kim), visit(app, world.voter)
        page = visitor.page("/account").submit(action="/account/logins/end-all")
        assert "You are logged out everywhere" in page.text
        assert not is_in(visitor)
        assert not is_in(elsewhere)
        assert is_in(other)


def test_name_and_language_are_kept_whatever_the_page_speaks_at_the_next_login(
    app: Flask, kim: int, visitor: Visitor
) -> None:
    page = visitor.page("/account").submit({"person": " Kim  Neu ", "language": "de"})
    assert "Kim Neu" in page.text
    visit(app, **ENGLISH).page("/login").submit({"email": EMAIL, "password": PASSWORD})
    with app.app_context():
        account = db.session.get_one(Account, kim)
        assert (account.person, account.language) == ("Kim Neu", "de")
