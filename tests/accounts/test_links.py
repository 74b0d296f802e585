"""Links by e-mail: asking tells nothing, looking uses nothing up, and each works once, for ten minutes."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.limits.actions import MOST_LINKS, MOST_MAILS
from ruhrvote.accounts.limits.queries import UNKNOWN_CLIENT
from ruhrvote.accounts.links.actions import ask_for_link, log_in_by_link
from ruhrvote.accounts.links.models import LinkRequest, MailedLink
from ruhrvote.accounts.models import Account
from ruhrvote.accounts.own_access.actions import set_password
from ruhrvote.accounts.team.actions import remove_colleague
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.mail.models import Mail
from ruhrvote.worker import work_once
from tests.pages import Page, Visitor
from tests.people import World, post, visit
from tests.rounds import PASSWORD, make_account
from tests.statements import counted

pytestmark = pytest.mark.alike

EMAIL = "kim@firma.example"
NOBODY = "nobody@firma.example"
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def kim(app: Flask, world: World) -> int:
    """An account with an address in the voter's organisation."""
    with app.app_context():
        return make_account(world.firm, EMAIL, colleague_of=world.voter)


def ask(app: Flask, email: str = EMAIL, status: int = 200, path: str = "/login/link") -> Page:
    return visit(app, **ENGLISH).page(path).submit({"email": email}, action="/login/link", status=status)


def mails(app: Flask) -> list[Mail]:
    with app.app_context():
        work_once()
        return list(db.session.scalars(select(Mail).order_by(Mail.id)))


def code_in(mail: Mail, page: str = "/login/by-link") -> str:
    found = re.search(rf"http://127.0.0.1:8000{page}#(\S+)", mail.text)
    assert found is not None
    assert found[1] in mail.text.replace(found[0], ""), "to type where no script runs"
    return found[1]


def press(visitor: Visitor, code: str, status: int = 200, page: str = "/login/by-link") -> Page:
    return visitor.page(page).submit({"token": code}, action=page, status=status)


def may_vote(visitor: Visitor) -> bool:
    return visitor.get("/consultations/round/ballot").status_code == 200


class TestAsking:
    def test_from_the_address_to_the_page_that_one_wanted(self, app: Flask, kim: int) -> None:
        page = visit(app, **ENGLISH).page("/consultations/round/ballot/order").follow("Send me a link")
        page = page.submit({"email": f" {EMAIL.upper()} "}, action="/login/link")
        assert page.h1 == "Please look into your mailbox"
        (mail,) = mails(app)
        assert (mail.recipient, mail.subject) == (EMAIL, "Your link to log in")
        page = press(visit(app, **ENGLISH), code_in(mail))
        assert page.path == "/consultations/round/ballot/order"
        assert may_vote(page.visitor)

    def test_known_and_unknown_addresses_get_the_same_bytes(self, app: Flask, kim: int) -> None:
        answers = []
        for email in (EMAIL, NOBODY):
            visitor = visit(app, **ENGLISH)
            response = post(visitor, "/login/link", {"email": email})
            headers = {name: value for name, value in response.headers if name != "Set-Cookie"}
            answers.append((response.status_code, headers, response.data, visitor.get(response.location).data))
        assert answers[0] == answers[1]
        assert [mail.recipient for mail in mails(app)] == [EMAIL], "nothing goes to unknown addresses"

    def test_and_the_same_work(self, app: Flask, kim: int) -> None:
        with app.app_context():
            work = []
            for email in (EMAIL, NOBODY):
                with counted(app) as statements:
                    ask_for_link(email, language="de", client=UNKNOWN_CLIENT)
                work.append([re.sub(r"\s+", " ", statement) for statement in statements])
            assert work[0] == work[1]

    def test_what_was_typed_is_forgotten_at_once(self, app: Flask, kim: int) -> None:
        ask(app, NOBODY)
        mails(app)
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(LinkRequest)) == 0

    def test_a_mailbox_is_not_flooded_and_nobody_is_locked_out_by_it(self, app: Flask, kim: int) -> None:
        for _ in range(MOST_MAILS + 3):
            assert ask(app).h1 == "Please look into your mailbox"
        sent = mails(app)
        assert len(sent) == MOST_MAILS
        assert press(visit(app), code_in(sent[0])).path == "/", "the first is as good as the last"

    def test_one_network_address_asks_only_so_often(self, app: Flask, kim: int) -> None:
        for number in range(MOST_LINKS):
            ask(app, f"{number}@firma.example")
        page = ask(app, "one-more@firma.example", status=429)
        assert 0 < int(page.response.headers["Retry-After"]) <= 600
        assert "Please wait" in page.text
        elsewhere = visit(app)
        elsewhere.environ_base["REMOTE_ADDR"] = "203.0.113.9"
        assert post(elsewhere, "/login/link", {"email": EMAIL}).status_code == 303

    @pytest.mark.parametrize("email", ["", "no address", "a@b@c"])
    def test_what_is_no_address_is_said(self, app: Flask, world: World, email: str) -> None:
        page = ask(app, email, status=422)
        assert page.root.find(".//input[@name='email']").get("aria-invalid") == "true"


class TestPressing:
    @pytest.fixture
    def code(self, app: Flask, kim: int) -> str:
        ask(app)
        return code_in(mails(app)[0])

    def test_looking_uses_nothing_up_and_pressing_does(self, app: Flask, code: str) -> None:
        for _ in range(3):
            assert visit(app).get("/login/by-link").status_code == 200
        visitor = visit(app, **ENGLISH)
        press(visitor, code.lower().replace("-", " "))
        assert may_vote(visitor)
        other = visit(app, **ENGLISH)
        assert "This link is not valid any more" in press(other, code, status=409).text
        assert not may_vote(other)

    def test_after_ten_minutes_it_is_worth_nothing(self, app: Flask, code: str) -> None:
        with app.app_context(), transaction() as session:
            left = session.scalars(select(MailedLink.expires_at)).one() - clock()
            assert timedelta(minutes=9, seconds=30) < left <= timedelta(minutes=10)
            session.execute(update(MailedLink).values(expires_at=clock() - timedelta(seconds=1)))
        press(visit(app), code, status=409)

    def test_only_a_hash_is_kept(self, app: Flask, code: str) -> None:
        with app.app_context():
            assert code not in str(vars(db.session.scalars(select(MailedLink)).one()))

    def test_an_account_that_was_removed_is_not_revived(self, app: Flask, world: World, kim: int, code: str) -> None:
        with app.app_context():
            remove_colleague(world.voter, kim)
        press(visit(app), code, status=409)

    def test_a_new_password_makes_links_worthless_that_are_on_their_way(self, app: Flask, kim: int, code: str) -> None:
        with app.app_context():
            set_password(kim, "ganz andere Wörter als zuvor", "")
        press(visit(app), code, status=409)

    def test_when_the_address_has_changed_a_link_to_the_old_one_is_worthless(
        self, app: Flask, kim: int, code: str
    ) -> None:
        with app.app_context(), transaction() as session:
            session.get_one(Account, kim).email = "new@firma.example"
        press(visit(app), code, status=409)

    def test_it_does_not_confirm_an_address(self, app: Flask, code: str) -> None:
        press(visit(app), code, status=409, page="/account/confirm")

    def test_pressed_twice_at_the_same_moment_it_works_once(self, app: Flask, code: str) -> None:
        barrier = Barrier(4)

        def use(_: int) -> bool:
            with app.app_context():
                barrier.wait(10)
                try:
                    log_in_by_link(code)
                except Conflict:
                    return False
                finally:
                    db.session.remove()
                return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(use, range(4))) == 1

    def test_whoever_forgot_the_password_sets_a_new_one(self, app: Flask, code: str) -> None:
        visitor = visit(app, **ENGLISH)
        press(visitor, code)
        page = visitor.page("/account").submit({"password": "ganz neue Wörter hier"}, action="/account/password")
        assert "Your password is set" in page.text
        page = visit(app).page("/login").submit({"email": EMAIL, "password": PASSWORD}, status=422)
        page = visit(app).page("/login").submit({"email": EMAIL, "password": "ganz neue Wörter hier"})
        assert may_vote(page.visitor)
