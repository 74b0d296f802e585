"""Which answers are compressed: what everybody gets alike, and nothing that is told to one login."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask import Flask
from werkzeug.test import Client

from ruhrvote.leaderboards.cache_middleware import CacheMiddleware
from ruhrvote.services import services
from ruhrvote.web import compressed
from tests.people import World, visit

pytestmark = pytest.mark.once

BROWSER = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept-Language": "de"}
PUBLIC = (
    "/",
    "/methodology",
    "/consultations/round/ideas",
    "/consultations/round/boards/overall",
    "/api/v1/consultations/round/ideas",
    "/consultations/round/code.svg",
)
BOARD = "/consultations/round/boards/overall"


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_are_compressed_as_the_browser_likes(app: Flask, world: World, path: str) -> None:
    plain = Client(app).get(path, headers={"Accept-Language": "de"})
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in plain.vary
    for accepted, coding, unpack in (
        ("br, gzip", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
    ):
        packed = Client(app).get(path, headers={"Accept-Language": "de", "Accept-Encoding": accepted})
        assert packed.headers["Content-Encoding"] == coding
        assert unpack(packed.data) == plain.data
        assert packed.content_length == len(packed.data) < len(plain.data)
        assert "Accept-Encoding" in packed.vary
    for nothing in ("", "identity", "deflate", "br;q=0"):
        refused = Client(app).get(path, headers={"Accept-Language": "de", "Accept-Encoding": nothing})
        assert "Content-Encoding" not in refused.headers, nothing


@pytest.mark.parametrize("path", [*PUBLIC, "/account", "/organisations"])
def test_nothing_that_is_said_to_a_login_is_compressed(app: Flask, world: World, path: str) -> None:
    response = visit(app, world.consultation_admin).get(path, headers=BROWSER)
    assert response.status_code == 200
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("path", ["/login", "/code", "/receipts", "/login/link"])
def test_no_page_with_a_token_is_compressed(app: Flask, world: World, path: str) -> None:
    visitor = visit(app)
    for _ in range(2):  # the first one begins the session, the second one has it
        response = visitor.get(path, headers=BROWSER)
        assert b'name="csrf_token"' in response.data
        assert "Content-Encoding" not in response.headers


def test_a_cookie_of_that_name_is_enough_whatever_is_in_it(app: Flask, world: World) -> None:
    for name in ("ruhrvote", "__Host-ruhrvote"):
        response = Client(app, use_cookies=False).get("/", headers={**BROWSER, "Cookie": f"{name}=forged"})
        assert "Content-Encoding" not in response.headers
    response = Client(app, use_cookies=False).get("/", headers={**BROWSER, "Cookie": "language=de"})
    assert response.headers["Content-Encoding"] == "br"


def test_a_version_is_compressed_once_for_all(app: Flask, world: World) -> None:
    Client(app).get("/methodology", headers=BROWSER)
    before = compressed.cache_info()
    for _ in range(5):
        assert Client(app).get("/methodology", headers=BROWSER).headers["Content-Encoding"] == "br"
    after = compressed.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 5)


class TestKeptBoards:
    @pytest.fixture
    def front(self, app: Flask) -> Client:
        return Client(services(app).of(CacheMiddleware), use_cookies=False)

    def test_they_are_compressed_once_and_are_the_same_page(self, app: Flask, world: World, front: Client) -> None:
        plain = front.get(BOARD, headers={"Accept-Language": "de"})
        first = front.get(BOARD, headers=BROWSER)
        before = compressed.cache_info()
        second = front.get(BOARD, headers=BROWSER)
        assert compressed.cache_info().misses == before.misses
        assert brotli.decompress(first.data) == brotli.decompress(second.data) == plain.data
        assert first.headers["Content-Encoding"] == "br"
        assert first.content_length == len(first.data)
        assert {"Accept-Encoding", "Cookie", "Accept-Language"} <= set(first.vary)
        assert first.headers["ETag"] == f"W/{plain.headers['ETag']}"

    def test_asked_again_with_either_tag_they_are_not_sent_again(self, app: Flask, world: World, front: Client) -> None:
        for headers in (BROWSER, {}):
            tag = front.get(BOARD, headers=headers).headers["ETag"]
            again = front.get(BOARD, headers={**BROWSER, "If-None-Match": tag})
            assert again.status_code == 304
            assert "Content-Encoding" not in again.headers

    def test_with_a_session_they_are_not_compressed(self, app: Flask, world: World, front: Client) -> None:
        alone = {**BROWSER, "HX-Request": "true"}
        assert front.get(BOARD, headers=alone).headers["Content-Encoding"] == "br"
        assert "Content-Encoding" not in front.get(BOARD, headers={**alone, "Cookie": "ruhrvote=x"}).headers

    def test_a_stream_is_not_compressed(self, app: Flask, world: World, front: Client) -> None:
        with front.get(f"{BOARD}/stream", headers=BROWSER) as response:
            assert response.mimetype == "text/event-stream"
            assert "Content-Encoding" not in response.headers
