# ruff: noqa: E501  # the lists of input are read as lists
"""Every route with input that no page sends: whatever comes, no answer is 500."""

from __future__ import annotations

import logging
import random
import string
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from ruhrvote.accounts.actions import open_login
from tests.people import RAW_TOKEN, World
from tests.security.everything import METHODS, PLAIN, ROLES, account_of, make_objects, models, plausible, rules

EVIL = [
    "", " ", "\0", "a\0b", "0", "-1", "1", "2147483648", "99999999999999999999", "1e309", "NaN", "Infinity", "-0",
    "٣", "½", "Ⅷ", "²", "1" * 400, "None", "null", "[]", "{}", "true", "../../etc/passwd", "..%2f", "%00", "%", "%zz",
    "'", "\"", "' OR 1=1 --", "1; DROP TABLE account", "id DESC, (SELECT 1)", "\\", "/", "//evil.example", "\r\nX-Evil: 1",
    "\ud7ff", "\uffff", "\u202e", "\u0000", "𝕏" * 50, "ß" * 300, "👩‍👩‍👧‍👦", "a\u0301" * 100, "<script>", "{{7*7}}", "${7*7}", "%s%n",
    "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "2026-11-26T25:61", "=1+1", "@SUM(1)", "x" * 100_000,
    "İ", "ǅ", "\u2028", "\x7f", "\x1b[31m", "\ufeff", "- - - -", "AND OR NOT", '"offen', "*", "a*b*c*" * 30,
]  # fmt: skip
BODIES = [
    ("application/json", b"{"), ("application/json", b'{"a":' * 900), ("application/json", b"null"),
    ("application/json", b'[1e999, "\\ud800"]'), ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=a; filename=\"../\0\"\r\n\r\nb\r\n--x--"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x"), ("application/x-www-form-urlencoded", b"%ff=%fe&=&&a=%"),
    ("application/x-www-form-urlencoded; charset=utf-7", b"+ADw-=1"), ("text/plain", b"\xff\xfe"),
    ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % i for i in range(3000))),
]  # fmt: skip
HEADERS = [
    ("Accept-Language", "de;q=x"), ("Accept-Language", "x" * 5000), ("Accept-Language", "\xff;q=9"), ("Range", "bytes=9-1"),
    ("If-None-Match", '"' * 99), ("If-Modified-Since", "yesterday"), ("If-Modified-Since", "Thu, 99 Xyz 20266 99:99:99 GMT"),
    ("HX-Request", "true"), ("HX-Request", "maybe"), ("HX-History-Restore-Request", "true"), ("HX-Target", "'\"<"),
    ("Content-Length", "-1"), ("Content-Length", "99999999999"), ("Transfer-Encoding", "chunked"), ("Host", "evil.example"),
    ("Host", "[::1"), ("Host", ""), ("Host", "a b"), ("X-Forwarded-For", "x, y"), ("X-Forwarded-Host", "evil.example"),
    ("Authorization", "Bearer \xff"), ("Authorization", "Basic ="), ("Cookie", "ruhrvote=.eJw; language=../de"),
    ("Cookie", "=;;="), ("Cookie", "ruhrvote=" + "A" * 4000), ("Last-Event-ID", "-1"), ("Accept", "*/*;q=nan"),
    ("Origin", "null"), ("Referer", "http://[::"), ("Content-Encoding", "gzip"), ("X-HTTP-Method-Override", "DELETE"),
]  # fmt: skip


def noise(chance: random.Random) -> str:
    if chance.random() < 0.8:
        return chance.choice(EVIL)
    letters = string.printable + "äöüß€\u0300𝄞\U0010ffff"
    return "".join(chance.choice(letters) for _ in range(chance.randrange(1, 40)))


def draw(chance: random.Random, names: list[str], valid: dict[str, str]) -> dict[str, object]:
    """Some fields, most with noise, some of them several times, some valid."""
    picked: dict[str, object] = {}
    for name in chance.sample(names, chance.randrange(0, 12)):
        value = valid[name] if name in valid and chance.random() < 0.5 else noise(chance)
        picked[name] = [value, noise(chance)] if chance.random() < 0.1 else value
    return picked


def attack(app: Flask, world: World, requests: int, seed: int, only: str = "") -> tuple[int, list[str]]:
    """Send so many requests, and at least one to each route; returns how many, and what failed."""
    app.testing = False  # errors become answers, as they do on a server
    with app.app_context():
        own = make_objects(world).own
    valid = plausible(app)
    chance = random.Random(seed)
    names = sorted(
        {*valid, *models(), "page", "sort", "q", "since", "until", "person", "event", "show", "idea", "form"}
    )
    clients = {role: app.test_client() for role in ROLES}
    routes = [route for route in rules(app) if only in route[1].endpoint]
    sent, failed = 0, []
    with loud(app) as said:
        while sent < requests and not (only and failed):
            chance.shuffle(routes)
            for method, rule in routes:
                role = chance.choice(ROLES)
                client = clients[role]
                log_in(app, client, account_of(world, role))
                parts = {
                    name: quote(noise(chance), safe="") if chance.random() < 0.35 else str({**PLAIN, **own}[name])
                    for name in rule.arguments
                }
                path = "".join(part if not converter else parts[name] for converter, name, part in pieces(str(rule)))
                request = ask(chance, method, names, valid)
                sent += 1
                try:
                    with client.open(path[:4000], **request) as response:
                        status = response.status_code
                        if not response.is_streamed:
                            response.get_data()
                except Exception as error:  # noqa: BLE001  # whatever the client itself cannot send is no finding
                    if said:
                        failed.append(f"{method} {path[:200]!r} {error!r}")
                        said.clear()
                    continue
                if status >= 500 or said:
                    failed.append(f"{role} {method} {path[:300]!r} {str(request)[:600]}: {status} {said[-1:]}")
                    said.clear()
                    if len(failed) >= 10:
                        return sent, failed
    return sent, failed


def pieces(rule: str) -> Iterator[tuple[bool, str, str]]:
    """A rule in its parts: whether it is a variable, its name, or the plain text."""
    for number, part in enumerate(rule.replace("<", "\0<").replace(">", ">\0").split("\0")):
        if part.startswith("<"):
            yield True, part.strip("<>").rpartition(":")[2], ""
        elif part:
            yield False, str(number), part


def ask(chance: random.Random, method: str, names: list[str], valid: dict[str, str]) -> dict[str, object]:
    request: dict[str, object] = {"method": method if chance.random() < 0.9 else chance.choice(sorted(METHODS))}
    if chance.random() < 0.5:
        request["query_string"] = draw(chance, names, valid)
    if request["method"] != "GET" or chance.random() < 0.05:
        if chance.random() < 0.2:
            request["content_type"], request["data"] = chance.choice(BODIES)
        else:
            request["data"] = draw(chance, names, valid)
    if chance.random() < 0.3:
        headers = [chance.choice(HEADERS) for _ in range(chance.randrange(1, 3))]
        request["headers"] = [(name, value) for name, value in headers if "\n" not in value]
    return request


def log_in(app: Flask, client: FlaskClient, account_id: int | None) -> None:
    """Keep a client logged in, and let each of its forms carry a valid token."""
    with app.app_context():
        token = open_login(account_id) if account_id else None
    with client.session_transaction() as session:
        session["csrf_token"] = RAW_TOKEN
        if token:
            session["_user_id"] = token


@contextmanager
def loud(app: Flask) -> Iterator[list[str]]:
    """What the application logs as an error, with its traceback."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(logging.Formatter().format(record)[-1500:])

    ear = Ear(logging.ERROR)
    app.logger.addHandler(ear)
    try:
        yield said
    finally:
        app.logger.removeHandler(ear)


@pytest.mark.filterwarnings("ignore")  # a warning about the input is no error of the application
def test_no_input_makes_the_server_fail(app: Flask, world: World) -> None:
    app.config["WTF_CSRF_ENABLED"] = False  # the token is another test's; here the views behind it are meant
    sent, failed = attack(app, world, requests=1_500, seed=random.SystemRandom().randrange(10**9))
    assert not failed, "\n\n".join(failed)
    assert sent >= 1_500


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_no_input_makes_the_server_fail_in_forty_thousand_requests(app: Flask, world: World) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sent, failed = attack(app, world, requests=40_000, seed=random.SystemRandom().randrange(10**9))
    assert not failed, "\n\n".join(failed)
    assert sent >= 40_000


@pytest.mark.filterwarnings("ignore")
@pytest.mark.once
def test_a_view_that_fails_is_found(app: Flask, world: World) -> None:
    """The control: a route that reads a number without looking is found."""
    from flask import request as asked

    from ruhrvote.accounts.access import Permission, allow

    @allow(Permission.PUBLIC)
    def careless() -> str:
        return str(int(asked.args.get("page", "1")))

    app.add_url_rule("/careless", "careless", careless)
    app.config["WTF_CSRF_ENABLED"] = False
    _, failed = attack(app, world, requests=20_000, seed=1, only="careless")
    assert any("/careless" in line for line in failed)
