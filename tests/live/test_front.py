"""What visitors without a login get: the kept boards, for everybody the same and never older than a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import Client

from ruhrvote.accounts.actions import mark_installation, open_login
from ruhrvote.app import create_app
from ruhrvote.config import Settings
from ruhrvote.consultations.actions import close_consultation, set_demo_activity
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.db import db
from ruhrvote.leaderboards import cache
from ruhrvote.leaderboards.cache_middleware import CacheMiddleware
from ruhrvote.leaderboards.stream import BoardStreams
from ruhrvote.live.signal import GATHER, LOOK_EVERY
from ruhrvote.services import services
from tests.people import World, make_world, visit
from tests.rounds import certify_and_publish, submit
from tests.statements import counted

pytestmark = pytest.mark.alike

BOARD = "/consultations/round/boards/overall"
STRICT = "1A1B2~3~4~5~"
GERMAN, ENGLISH = {"Accept-Language": "de"}, {"Accept-Language": "en"}
ALONE = {"HX-Request": "true"}


@pytest.fixture
def front(app: Flask) -> Client:
    """A browser at the front, as the server puts it before the application; it sends no cookie by itself."""
    return Client(services(app).of(CacheMiddleware), use_cookies=False)


@contextmanager
def another(settings: Settings) -> Iterator[Client]:
    """A browser at the front of another process, on the same database."""
    app = create_app(settings)
    try:
        yield Client(services(app).of(CacheMiddleware), use_cookies=False)
    finally:
        services(app).of(BoardStreams).stop()
        with app.app_context():
            db.engine.dispose()


class Clock:
    """The clock by which kept answers grow old; it stands still until it is told how much time has passed."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock of the test's own, so that it matters to nobody how busy the machine is."""
    clock = Clock()
    monkeypatch.setattr(cache, "time", clock)
    return clock


def noticed(app: Flask, known: int) -> int:
    """Wait until a change after this one has been noticed; the first is that the watching has begun."""
    latest = services(app).signal.wait(known, 60)
    assert latest != known
    return latest


def test_it_is_the_applications_own_answer(app: Flask, world: World, front: Client) -> None:
    for headers in (GERMAN, ENGLISH, GERMAN | ALONE, ENGLISH | ALONE):
        kept, made = front.get(BOARD, headers=headers), app.test_client().get(BOARD, headers=headers)
        assert kept.status_code == made.status_code == 200
        assert kept.text == made.text
        differing = {"Cache-Control", "ETag"}
        assert {h for h in kept.headers if h[0] not in differing} == {h for h in made.headers if h[0] not in differing}


def test_asked_again_it_costs_no_statement(app: Flask, world: World, front: Client, clock: Clock) -> None:
    asked = [GERMAN, ENGLISH, GERMAN | ALONE]
    noticed(app, 0)
    for headers in asked:
        front.get(BOARD, headers=headers)
    with counted(app) as statements:
        answers = [front.get(BOARD, headers=headers).status_code for headers in asked * 20]
    assert answers == [200] * 60
    assert not statements


def test_shared_caches_may_keep_it_and_must_ask(app: Flask, world: World, front: Client) -> None:
    for headers in ({}, ALONE):
        answer = front.get(BOARD, headers=headers)
        assert answer.headers["Cache-Control"] == "public, no-cache"
        assert {"Cookie", "Accept-Language", "HX-Request"} <= set(answer.vary)
        assert "Set-Cookie" not in answer.headers
        tag = answer.headers["ETag"]
        for asked in (tag, f"W/{tag}", f'"other", {tag}'):
            same = front.get(BOARD, headers={**headers, "If-None-Match": asked})
            assert same.status_code == 304
            assert same.data == b""
            assert {name: same.headers[name] for name in ("ETag", "Cache-Control", "Vary")} == {
                name: answer.headers[name] for name in ("ETag", "Cache-Control", "Vary")
            }
        assert front.get(BOARD, headers={**headers, "If-None-Match": '"other"'}).status_code == 200


def test_language_and_htmx_have_answers_of_their_own(app: Flask, world: World, front: Client) -> None:
    asked = [GERMAN, ENGLISH, GERMAN | ALONE, ENGLISH | ALONE, {**ENGLISH, "Cookie": "language=de"}]
    tags = [front.get(BOARD, headers=headers).headers["ETag"] for headers in asked]
    assert len(set(tags)) == 4
    assert tags[4] == tags[0], "the visitor's choice comes before the browser's language"
    whole = front.get(BOARD, headers={**GERMAN, **ALONE, "HX-History-Restore-Request": "true"})
    assert whole.text.startswith("<!doctype html>")


def test_two_processes_have_the_same_bytes_and_the_same_tag(app: Flask, world: World, front: Client) -> None:
    with app.app_context():
        submit(world.round, world.firm, STRICT)
    with another(services(app).settings) as other:
        one, two = front.get(BOARD), other.get(BOARD)
    assert one.headers["ETag"] == two.headers["ETag"]
    assert one.data == two.data


class TestNothingOfAVisitor:
    def test_somebody_logged_in_gets_the_own_page_and_nobody_else_does(
        self, app: Flask, world: World, front: Client
    ) -> None:
        voter = visit(app, world.voter)
        cookie = voter.get_cookie("ruhrvote")
        assert cookie is not None
        own = {"Cookie": f"ruhrvote={cookie.value}", **GERMAN}
        for _ in range(2):
            page = front.get(BOARD, headers=own)
            assert "Kim Muster" in page.text
            assert page.headers["Cache-Control"] == "no-store"
            assert "Kim Muster" not in front.get(BOARD, headers=GERMAN).text
        assert front.get(BOARD, headers=own | ALONE).data == front.get(BOARD, headers=GERMAN | ALONE).data

    def test_what_a_request_says_is_in_no_other_answer(self, app: Flask, world: World, front: Client) -> None:
        odd = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Referer": "https://evil.example/"}
        assert front.get(f"{BOARD}?evil=1", headers=odd).status_code == 200
        assert front.get(BOARD, headers=odd).status_code == 200
        assert "evil" not in front.get(BOARD).text

    def test_only_under_a_trusted_name(self, app: Flask, world: World) -> None:
        with another(replace(services(app).settings, trusted_hosts=(".vote.example",))) as front:
            for path in (BOARD, f"{BOARD}/stream"):
                with front.get(path, headers={"Host": "www.vote.example"}) as answer:
                    assert answer.status_code == 200
                with front.get(path, headers={"Host": "evil.example"}) as answer:
                    assert answer.status_code == 400


class TestNeverOld:
    def test_a_ballot_is_on_the_page_within_a_second(
        self, app: Flask, world: World, front: Client, clock: Clock
    ) -> None:
        begun = noticed(app, 0)
        for headers in ({}, ALONE):
            assert 'id="row-1"' not in front.get(BOARD, headers=headers).text
        with app.app_context():
            submit(world.round, world.firm, STRICT)
        noticed(app, begun)
        clock.now += cache.RENDER_AT_MOST_EVERY
        for headers in ({}, ALONE):
            assert 'id="row-1"' in front.get(BOARD, headers=headers).text
        assert LOOK_EVERY + GATHER + cache.RENDER_AT_MOST_EVERY < 1

    def test_what_no_ledger_tells_is_there_a_moment_later(
        self, app: Flask, world: World, front: Client, clock: Clock
    ) -> None:
        with app.app_context():
            mark_installation(True)
        assert "Start demo ballots" in front.get(BOARD, headers=ENGLISH).text
        with app.app_context():
            set_demo_activity(world.key, on=True)
        clock.now += cache.KEEP_FOR
        assert "Stop demo ballots" in front.get(BOARD, headers=ENGLISH).text
        assert cache.KEEP_FOR <= 1

    def test_the_cache_shows_nothing_that_the_gate_hides(self, app: Flask, clock: Clock) -> None:
        with app.app_context():
            world = make_world(release_policy=ReleasePolicy.AFTER_CLOSE)
            everybody = (*world.round.firms, *world.round.chambers, *world.round.municipalities)
            for organisation in everybody:  # five at least: fewer are never shown
                submit(world.round, organisation, STRICT)
        front = Client(services(app).of(CacheMiddleware), use_cookies=False)
        assert "data-rank" not in front.get(BOARD).text
        with app.app_context():
            close_consultation(world.key)
        assert "data-rank" not in front.get(BOARD, headers=ALONE).text
        with app.app_context():
            certify_and_publish(world.key)
        clock.now += cache.KEEP_FOR
        assert "data-rank" in front.get(BOARD).text
        assert "data-rank" in front.get(BOARD, headers=ALONE).text


def test_what_the_application_refuses_is_refused(app: Flask, front: Client) -> None:
    with app.app_context():
        make_world(opened=False)
    for path in (BOARD, f"{BOARD}/stream", "/consultations/none/boards/overall", "/consultations/round/boards/none"):
        for headers in ({}, ALONE):
            answer = front.get(path, headers=headers)
            assert answer.status_code == 404
            assert answer.headers["Cache-Control"] == "no-store"
    assert front.post(BOARD).status_code in (400, 405)


def test_no_public_page_of_a_demonstration_sets_a_cookie(app: Flask, world: World) -> None:
    with app.app_context():
        mark_installation(True)
        open_login(world.voter)
    for path in ("/", BOARD, f"{BOARD}/stream", "/consultations/round", "/consultations/round/ideas", "/methodology"):
        with visit(app).get(path) as answer:
            assert answer.status_code == 200
            assert "Set-Cookie" not in answer.headers, path


ANSWER = "/api/v1/consultations/round/boards/overall"


def test_programs_get_kept_answers_too(app: Flask, world: World, front: Client, clock: Clock) -> None:
    begun = noticed(app, 0)
    first = front.get(ANSWER, headers=ENGLISH)
    assert first.get_json() == app.test_client().get(ANSWER, headers=ENGLISH).get_json()
    with counted(app) as statements:
        again = front.get(ANSWER, headers=ENGLISH)
        known = front.get(ANSWER, headers=ENGLISH | {"If-None-Match": first.headers["ETag"]})
    assert not statements
    assert again.data == first.data
    assert known.status_code == 304
    assert known.headers["Access-Control-Allow-Origin"] == first.headers["Access-Control-Allow-Origin"] == "*"
    assert front.get("/api/v1/consultations/round/boards/nowhere").content_type == "application/problem+json"
    assert front.get(f"{ANSWER}/stream").status_code == 404
    with app.app_context():
        submit(world.round, world.firm, STRICT)
    noticed(app, begun)
    clock.now += cache.RENDER_AT_MOST_EVERY
    assert '"received":1' in front.get(ANSWER, headers=ENGLISH).text


def test_every_cached_route_gives_the_applications_own_answer(
    app: Flask, world: World, front: Client, clock: Clock
) -> None:
    with app.app_context():
        close_consultation("round")
        certify_and_publish("round")
    noticed(app, 0)
    marked = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if getattr(app.view_functions[rule.endpoint], "cached", None) and not rule.rule.endswith("/stream")
    }
    assert len(marked) == 5, "a board, and the same figures for programs"
    for route in sorted(marked):
        address = route.replace("<key>", "round").replace("<scope>", "overall")
        first, own = front.get(address), app.test_client().get(address)
        assert (first.status_code, first.data) == (200, own.data), address
        with counted(app) as statements:
            again = front.get(address)
        assert again.data == own.data
        assert not statements, f"{address} was asked of the database again"
        assert front.get(f"{address}?unknown=1").data == app.test_client().get(f"{address}?unknown=1").data
