# ruff: noqa: E501  # one row of a table
"""How long the server thinks says nothing about whether an account exists; measured at the real server, for minutes."""

from __future__ import annotations

import http.client
import random
import re
import time
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import numpy as np
import pytest
from sqlalchemy import insert

from ruhrvote.accounts.models import Account
from ruhrvote.accounts.passwords import hash_password
from ruhrvote.app import create_app
from ruhrvote.db import db, transaction
from tests.databases import Databases, settings_for
from tests.live_server import live_server
from tests.people import WORLD

pytestmark = [pytest.mark.long, pytest.mark.once]

SAMPLES = 3000  # of each kind: the share then strays by 0.0075
WARMING = 20  # the first ones, which only warm the processes up
LOWEST, HIGHEST = 0.48, 0.52
# The ways in that take an address, as far as the application has them.
WAYS = {"/login": {"password": "surely not the password"}, "/login/link": {}}


def share_of_later(known: list[float], unknown: list[float]) -> float:
    """How often a known account takes longer than an unknown one (the area under the ROC curve); 0.5: no difference."""
    both = np.array(known + unknown)
    ranks = both.argsort(kind="stable").argsort(kind="stable") + 1
    size = len(known)
    return float((ranks[:size].sum() - size * (size + 1) / 2) / (size * len(unknown)))


def test_the_measure_notices_a_difference() -> None:
    chance = random.Random(1)
    slow, quick = [chance.gauss(52, 10) for _ in range(3000)], [chance.gauss(50, 10) for _ in range(3000)]
    assert share_of_later(slow, quick) > HIGHEST
    assert LOWEST < share_of_later(quick[::2], quick[1::2]) < HIGHEST


def ask(host: str, path: str, number: int, fields: dict[str, str], cookie: str) -> tuple[int, float]:
    """One request from an address of its own, since whoever asks often is slowed down."""
    own = f"127.{1 + number // 62_500 % 200}.{number // 250 % 250}.{1 + number % 250}"
    connection = http.client.HTTPConnection(host, timeout=60, source_address=(own, 0))
    try:
        connection.connect()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        begun = time.perf_counter()
        connection.request("POST", path, urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - begun
    finally:
        connection.close()


def test_known_and_unknown_accounts_take_equally_long(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("world") as url:
        app = create_app(settings_for(url, tmp_path))
        with app.app_context():
            secret = hash_password("a password that nobody enters")
            with transaction() as session:
                session.execute(
                    insert(Account),
                    [
                        {"organisation_id": WORLD.firm, "email": f"known-{n:05}@firma.example", "person": "Kim", "role": "voter",
                         "password_hash": secret, "is_demo": False, "language": "de"} for n in range(SAMPLES)
                    ],
                )  # fmt: skip
            db.session.remove()
            db.engine.dispose()
        ways = {
            path: fields for path, fields in WAYS.items() if path in {str(rule) for rule in app.url_map.iter_rules()}
        }
        assert "/login" in ways
        shares = {}
        with live_server(url, tmp_path) as server:
            host = urlsplit(server.url).netloc
            for path, more in ways.items():
                shares[path] = measured(host, path, more)
    print(shares)  # noqa: T201  # the figures are what one runs this for
    assert all(LOWEST <= share <= HIGHEST for share in shares.values()), shares


def measured(host: str, path: str, more: dict[str, str]) -> float:
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
    assert token is not None
    cookie = (answer.getheader("Set-Cookie") or "").split(";")[0]
    connection.close()
    times: dict[str, list[float]] = {"known": [], "unknwn": []}  # names of one length, as is what is sent
    statuses = set()
    chance = random.Random(path)
    for number in range(-WARMING, SAMPLES):
        for kind in chance.sample(sorted(times), 2):  # side by side, so that whatever else goes on hits both
            address = (
                f"{kind:.5}-{max(0, number):05}@firma.example"
                if number >= 0
                else f"{kind:.5}-w{-number:04}@firma.example"
            )
            fields = {"csrf_token": token[1], "email": address, **more}
            status, took = ask(host, path, 2 * (number + WARMING) + (kind == "known"), fields, cookie)
            statuses.add((kind, status))
            if number >= 0:
                times[kind].append(took)
    assert len({status for _, status in statuses}) == 1, f"the answers differ: {statuses}"
    assert 429 not in {status for _, status in statuses}
    return share_of_later(times["known"], times["unknwn"])
