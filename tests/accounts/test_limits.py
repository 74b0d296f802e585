"""What guessing costs, whom it delays and whom never, and the alarm."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from ruhrvote.accounts.actions import log_in
from ruhrvote.accounts.codes.actions import issue_codes
from ruhrvote.accounts.limits.actions import ALARM_AT, FREE_ATTEMPTS, MOST_GUESSES, UNDER_ATTACK, try_code
from ruhrvote.accounts.limits.queries import Client, network
from ruhrvote.accounts.models import AttemptCount
from ruhrvote.accounts.team.actions import invite
from ruhrvote.accounts.typed_codes import in_fours, new_code
from ruhrvote.app import create_app
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.config import SettingsError, load_settings
from ruhrvote.db import clock, db, transaction
from ruhrvote.mail.models import Mail
from ruhrvote.services import services
from tests.pages import Visitor
from tests.people import World, post, visit
from tests.rounds import PASSWORD, make_account

pytestmark = pytest.mark.usefixtures("long_delays")

EMAIL = "kim@firma.example"
ENGLISH = {"Accept_Language": "en"}
STRANGER, OTHER = "203.0.113.1", "203.0.113.2"


@pytest.fixture
def world(app: Flask, world: World) -> World:
    with app.app_context():
        make_account(world.firm, EMAIL)
        return world


def at(app: Flask, address: str) -> Visitor:
    visitor = visit(app, **ENGLISH)
    visitor.environ_base["REMOTE_ADDR"] = address
    return visitor


def try_password(visitor: Visitor, password: str = PASSWORD, status: int = 200) -> int:
    page = visitor.page("/login").submit({"email": EMAIL, "password": password}, status=status)
    return int(page.response.headers.get("Retry-After", 0))


def fail_until_delayed(visitor: Visitor) -> None:
    for _ in range(FREE_ATTEMPTS + 1):
        try_password(visitor, "wrong", 422)
    assert try_password(visitor, "wrong", 429) >= 1


class TestNobodyLocksSomebodyElseOut:
    def test_failures_from_another_address_do_not_delay_the_owner(self, app: Flask, world: World) -> None:
        fail_until_delayed(at(app, STRANGER))
        try_password(at(app, OTHER))

    def test_nor_those_from_the_same_address_a_browser_that_was_logged_in_before(
        self, app: Flask, world: World
    ) -> None:
        own = at(app, STRANGER)
        try_password(own)
        own.page("/").submit(action="/logout")
        fail_until_delayed(at(app, STRANGER))
        try_password(own)
        # The control: another browser at this address has to wait.
        assert try_password(at(app, STRANGER), status=429)

    def test_a_known_browser_has_its_own_growing_delay(self, app: Flask, world: World) -> None:
        own = at(app, STRANGER)
        try_password(own)
        own.page("/").submit(action="/logout")
        fail_until_delayed(own)

    def test_the_cookie_of_a_browser_cannot_be_forged_and_is_not_for_other_accounts(
        self, app: Flask, world: World
    ) -> None:
        own = at(app, STRANGER)
        try_password(own)
        cookie = own.get_cookie("ruhrvote-browser")
        assert cookie is not None
        assert (cookie.http_only, cookie.same_site) == (True, "Lax")
        fail_until_delayed(at(app, OTHER))
        forger = at(app, OTHER)
        forger.set_cookie("ruhrvote-browser", cookie.value[:-2] + "xx")
        assert try_password(forger, status=429)
        assert at(app, OTHER).get("/account").status_code == 303, "it lets nobody in"

    def test_many_addresses_together_have_no_free_attempts_left_but_the_owner_has_one(
        self, app: Flask, world: World
    ) -> None:
        with app.app_context():
            for number in range(UNDER_ATTACK):
                log_in(EMAIL, "wrong", client=Client(f"198.51.100.{number}"))
        new = at(app, STRANGER)
        try_password(new, "wrong", 422)
        assert try_password(new, "wrong", 429), "the first failure already costs a delay"
        try_password(at(app, OTHER))


class TestByAddress:
    def test_codes_and_passwords_count_together(self, app: Flask, world: World) -> None:
        with app.app_context():
            for number in range(MOST_GUESSES - 1):
                log_in(f"{number}@firma.example", "wrong", client=Client(STRANGER))
        visitor = at(app, STRANGER)
        visitor.page("/code").submit({"code": new_code()}, status=422)
        page = visitor.page("/code").submit({"code": new_code()}, status=429)
        assert 0 < int(page.response.headers["Retry-After"]) <= 600
        assert "Too many failed attempts. Please wait" in page.text
        assert try_password(visitor, status=429)
        try_password(at(app, OTHER))

    def test_what_was_right_does_not_count(self, app: Flask, world: World) -> None:
        with app.app_context(), transaction():
            code = in_fours(issue_codes(world.round.id, [world.firm])[world.firm])
        for _ in range(MOST_GUESSES + 2):
            at(app, STRANGER).page("/code").submit({"code": code})

    def test_so_do_guesses_at_invitations_and_a_right_one_does_not(self, app: Flask, world: World) -> None:
        with app.app_context():
            invite(world.voter, email="eva@firma.example", person="Eva Neu")
            text = db.session.scalars(select(Mail)).one().text
            secret = re.findall(r"/join#(\S+)", text)[0]
            for _ in range(MOST_GUESSES - 3):
                try_code(Client(STRANGER))
        visitor = at(app, STRANGER)
        for _ in range(3):
            visitor.page("/join").submit({"secret": secret})
        visitor.page("/join").submit({"secret": "nothing"}, status=422)
        post(visitor, "/join/account", {"secret": "nothing", "person": "Eva", "password": "several plain words 7"})
        visitor.page("/join").submit({"secret": "nothing"}, status=422)
        page = visitor.page("/join").submit({"secret": secret}, status=429)
        assert 0 < int(page.response.headers["Retry-After"]) <= 600
        assert "Too many failed attempts. Please wait" in page.text
        joined = {"secret": secret, "person": "Eva", "password": "several plain words 7"}
        assert post(visitor, "/join/account", joined).status_code == 429
        at(app, OTHER).page("/join").submit({"secret": secret})

    def test_after_the_window_it_begins_again(self, app: Flask, world: World) -> None:
        with app.app_context():
            for _ in range(MOST_GUESSES):
                try_code(Client(STRANGER))
            assert try_code(Client(STRANGER)).wait > 0
            with transaction() as session:
                session.execute(update(AttemptCount).values(until=clock() - timedelta(seconds=1)))
            assert try_code(Client(STRANGER)).wait == 0

    @pytest.mark.parametrize(
        ("address", "counted"),
        [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
            ("", ""),
            ("unix:", ""),
        ],
    )
    def test_what_counts_as_one_address(self, address: str, counted: str) -> None:
        assert network(address) == counted

    @pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.5"), (2, "198.51.100.9")])
    def test_behind_proxies_the_visitor_counts_and_not_what_the_visitor_claims(
        self, app: Flask, proxies: int, seen: str
    ) -> None:
        settings = services(app).settings
        behind = create_app(type(settings)(**(vars(settings) | {"trusted_proxies": proxies})))
        told = []
        behind.before_request_funcs[None].insert(0, lambda: told.append(__import__("flask").request.remote_addr))
        behind.test_client().get("/code", headers={"X-Forwarded-For": "192.0.2.66, 198.51.100.9, 203.0.113.5"})
        assert told == [seen]
        with behind.app_context():
            db.session.remove()
            db.engine.dispose()

    @pytest.mark.parametrize("value", ["-1", "many", "10"])
    def test_the_number_of_proxies_is_a_number(self, tmp_path, value: str) -> None:
        with pytest.raises(SettingsError, match="TRUSTED_PROXIES must be a number from 0 to 9"):
            load_settings({"RUHRVOTE_DATA_DIR": str(tmp_path), "RUHRVOTE_TRUSTED_PROXIES": value})


class TestAlarm:
    @pytest.fixture
    def guessed(self, app: Flask, world: World, caplog: pytest.LogCaptureFixture) -> None:
        with app.app_context(), caplog.at_level(logging.WARNING):
            for number in range(ALARM_AT):
                try_code(Client(f"203.0.{number // 10}.{number % 10}"))

    def test_it_is_recorded_logged_and_shown_to_those_who_run_consultations(
        self, app: Flask, world: World, guessed: None, caplog: pytest.LogCaptureFixture
    ) -> None:
        with app.app_context():
            entry = db.session.scalars(select(AuditEntry).where(AuditEntry.event == Event.MASS_GUESSING)).one()
            assert (entry.account_id, entry.values) == (None, {"attempts": ALARM_AT})
        (line,) = [
            record.getMessage() for record in caplog.get_records("setup") if "mass guessing" in record.getMessage()
        ]
        assert "203.0" not in line
        admin = visit(app, world.consultation_admin, **ENGLISH)
        for path in ("/", "/consultations/round/control"):
            assert "Passwords or codes are being guessed" in admin.page(path).text
        page = admin.page("/audit-trail?event=mass+guessing")
        assert f"{ALARM_AT} failed attempts within ten minutes" in page.text
        assert "being guessed" not in visit(app, world.voter, **ENGLISH).page("/").text

    def test_once_per_attack_and_gone_a_day_later(self, app: Flask, world: World, guessed: None) -> None:
        with app.app_context():
            for number in range(ALARM_AT):
                try_code(Client(f"198.51.{number // 10}.{number % 10}"))
            assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.event == Event.MASS_GUESSING)).all()) == 1
        from ruhrvote.accounts.limits import queries

        with app.app_context(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(queries, "SHOWN_FOR", timedelta(0))
            assert queries.latest_alarm() is None
