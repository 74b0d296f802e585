"""Secrets, addresses and codes never reach a log: canaries go through the real server, and its logs are read."""

from __future__ import annotations

import io
import logging
import re
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from flask import Flask
from flask.logging import default_handler
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts.models import Account
from ruhrvote.db import db, transaction
from ruhrvote.logs import MaskingFormatter, access_line, masked, masked_path, shortened
from tests.databases import Databases
from tests.live_server import COMMAND, environment, free_port, running, wait_until_it_answers
from tests.people import World
from tests.rounds import PASSWORD as SECRET
from tests.rounds import make_account

pytestmark = pytest.mark.alike

PASSWORD, ADDRESS, WORD = "canary-password-7Qx", "canary.person@kanarie.example", "CANARYWORD"
TOKEN = "canarytokenAb3dE6gH9jK2mN5pQ8sT1vW4yZ7"
BROWSER, REFERRER = "CanaryBrowser/1.0", "http://canary.example/came-from"
CANARIES = (PASSWORD, "canary.person", WORD, TOKEN, "CanaryBrowser", "canary.example", "canary%2Eperson")


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("203.0.113.77", "203.0.113.0"),
        ("10.1.2.3", "10.1.2.0"),
        ("2001:db8:aaaa:bbbb:cccc::7", "2001:db8:aaaa::"),
        ("::ffff:203.0.113.77", "203.0.113.0"),
        ("::1", "::"),
        ("unix:", "unix:"),
        ("12:30:55", "12:30:55"),
    ],
)
def test_of_an_address_only_its_beginning_is_logged(address: str, kept: str) -> None:
    assert shortened(address) == kept


def test_a_line_of_a_log_names_nobody() -> None:
    line = f"[2026-11-26 12:30:55 +0100] Invalid request from ip=203.0.113.77: {ADDRESS}, 2001:db8:1:2::9 (1.2.3)"
    said = masked(line)
    assert "203.0.113.0" in said
    assert "203.0.113.77" not in said
    assert "2001:db8:1::" in said
    assert "2001:db8:1:2" not in said
    assert "…@kanarie.example" in said
    assert "canary.person" not in said
    assert "[2026-11-26 12:30:55 +0100]" in said, "a time is no address"
    assert masked_path(f"/notices/unsubscribe/{TOKEN}") == "/notices/unsubscribe/…"
    assert masked_path("/consultations/ruhr-2026/ideas/12") == "/consultations/ruhr-2026/ideas/12"


def test_a_line_of_the_access_log_has_no_query_no_referrer_and_no_browser() -> None:
    atoms = {"h": "203.0.113.77", "U": f"/join/{TOKEN}", "m": "GET", "H": "HTTP/1.1", "q": WORD, "f": REFERRER}
    line = access_line(atoms | {"a": BROWSER, "u": ADDRESS, "r": f"GET /join?{WORD} HTTP/1.1"})
    assert line["r"] == "GET /join/… HTTP/1.1"
    assert not any(canary in str(line) for canary in CANARIES)


FORGED = 'x\r\n127.0.0.0 [now] "GET /forged HTTP/1.1" 200\x1b[2K\x1b[31m\x85\u2028\u202e\x00\x7f'


def test_nothing_that_is_logged_begins_a_line_or_writes_over_one() -> None:
    """Line breaks, codes for terminals, marks of direction; in a message, its arguments and in a traceback."""
    log, said = logging.getLogger("ruhrvote.forging"), io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(MaskingFormatter(logging.Formatter("%(levelname)s %(message)s")))
    log.addHandler(handler)
    log.propagate = False
    try:
        log.warning(FORGED)
        log.warning("at %s", FORGED)
        log.warning("at %(where)s", {"where": FORGED})
        try:
            int(FORGED)
        except ValueError:
            log.exception("unexpected")
        log.error("unexpected", exc_info=ValueError(FORGED))
    finally:
        log.removeHandler(handler)
    lines = said.getvalue().split("\n")
    assert len([line for line in lines if line.startswith(("WARNING", "ERROR"))]) == 5
    assert all(line.startswith(("WARNING", "ERROR", "    ")) for line in lines if line), lines
    assert all(character.isprintable() for line in lines for character in line), ascii(lines)
    assert "\\r\\n127.0.0.0" in lines[0], "the control: it is logged, and can be read"
    line = access_line({"h": "127.0.0.1", "U": f"/a/{FORGED}", "m": "GET", "H": "HTTP/1.1"})
    assert line["U"].isprintable()
    assert line["r"].isprintable()


def test_an_error_of_the_database_is_logged_without_what_was_to_be_written(app: Flask, world: World) -> None:
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    assert isinstance(default_handler.formatter, MaskingFormatter), "the application's own handler writes so"
    handler.setFormatter(MaskingFormatter(logging.Formatter("%(levelname)s %(message)s")))
    app.logger.addHandler(handler)
    try:
        with app.app_context():
            for _ in range(2):
                try:
                    with transaction() as session:
                        session.add(
                            Account(
                                organisation_id=world.firm, email=ADDRESS, person=WORD, role="voter",
                                password_hash=TOKEN,
                            )
                        )  # fmt: skip
                except IntegrityError:
                    app.logger.exception("unexpected error")
            db.session.remove()
    finally:
        app.logger.removeHandler(handler)
    text = said.getvalue()
    assert "Traceback" in text
    assert "INSERT INTO account" in text
    assert not [canary for canary in CANARIES if canary in text]


def test_logins_refusals_and_guesses_are_logged_with_numbers(
    app: Flask, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ruhrvote.security")
    with app.app_context():
        make_account(world.firm, ADDRESS)
        number = db.session.scalar(select(Account.id).where(Account.email == ADDRESS))
    visitor = app.test_client()
    page = visitor.page("/login")
    page.submit({"email": ADDRESS, "password": PASSWORD + TOKEN}, status=422)
    page.submit({"email": ADDRESS, "password": SECRET}, action="/login")
    visitor.get("/organisations")
    visitor.page("/account").submit({"password": "canaryword"}, action="/account/password", status=422)
    stranger = app.test_client()
    stranger.page("/join").submit({"secret": TOKEN}, status=422)
    visitor.get("/organisations/1%0d%0aINFO forged/x")
    visitor.post("/logout")
    said = [record.getMessage() for record in caplog.records if record.name == "ruhrvote.security"]
    assert said == [
        "answered 422: nobody, POST /login, from 127.0.0.0",
        f"logged in: account {number}, POST /login, from 127.0.0.0",
        f"answered 403: account {number}, GET /organisations, from 127.0.0.0",
        f"answered 422: account {number}, POST /account/password, from 127.0.0.0",
        "answered 422: nobody, POST /join, from 127.0.0.0",
        "answered 400: nobody, POST /logout, from 127.0.0.0",
    ]
    assert not [canary for canary in CANARIES for line in said if canary in line]


@pytest.mark.once
def test_the_logs_of_the_real_server_hold_no_secret(databases: Databases, tmp_path: Path) -> None:
    """Every public form is sent with canaries in each of its fields, and every address is asked for with them."""
    log = tmp_path / "access.log"
    with databases.fresh("world") as url:
        environ = environment(tmp_path, url, RUHRVOTE_ACCESS_LOG=str(log))
        port = free_port()
        with running([COMMAND, "serve", "--port", str(port)], environ, tmp_path / "serve.log"):
            base = f"http://127.0.0.1:{port}"
            wait_until_it_answers(base, tmp_path / "serve.log")
            forms = {
                "/login": {"email": ADDRESS, "password": PASSWORD},
                "/join": {"secret": TOKEN},
                "/receipts": {"number": WORD},
                "/login/link": {"email": ADDRESS},
                "/code": {"code": WORD, "organisation": ADDRESS},
            }
            visitor = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
            visitor.addheaders = [("User-Agent", BROWSER), ("Referer", REFERRER), ("Authorization", f"Bearer {TOKEN}")]
            statuses = []
            for path, fields in forms.items():
                html = fetch(visitor, base + path)
                token = re.search(r'name="csrf_token" value="([^"]+)"', html)
                data = fields | {"csrf_token": token[1] if token else TOKEN}
                statuses.append(fetch(visitor, base + path, urllib.parse.urlencode(data).encode())[:40])
            for path in (
                f"/notices/unsubscribe/{TOKEN}",
                f"/login?next=/{WORD}&email={ADDRESS}&token={TOKEN}",
                f"/consultations/round/search?q={WORD}",
                f"/nowhere?code={TOKEN}&password={PASSWORD}",
                "/a%0d%0a127.0.0.0%20-%20%22GET%20/forged%22%20200%1b[2K/b",
                "/organisations/1%0aforged%e2%80%a8%c2%9b31m",
            ):
                fetch(visitor, base + path)
        written = log.read_text() + (tmp_path / "serve.log").read_text()
    lines = log.read_text().splitlines()
    assert all(character.isprintable() for character in written.replace("\n", "")), "no code for a terminal is written"
    assert any("\\r\\n127.0.0.0" in line for line in lines), "the control: what was sent is in one line"
    assert len(lines) >= 14, "the control: there is a line for each request"
    assert any('"POST /login HTTP/1.1" 422' in line for line in lines)
    assert all(line.startswith("127.0.0.0 ") for line in lines), lines[:2]
    assert not [canary for canary in CANARIES if canary in written]
    assert PASSWORD not in written


def fetch(visitor: urllib.request.OpenerDirector, url: str, data: bytes | None = None) -> str:
    try:
        with visitor.open(url, data, timeout=120) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.read().decode()
