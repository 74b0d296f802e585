"""Boards on the big screen of an event, and in a frame on another website."""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import BOARDS, submit
from tests.browser.board_steps import Streams, begin_ballot, wait_until, withdraw
from tests.live_server import LiveServer

Window = Callable[..., Page]
Check = Callable[[Page], None]
RESULT = "/consultations/ruhr-2024/boards"


@pytest.fixture
def voter(open_window: Window) -> Page:
    """Somebody with a draft that can be submitted."""
    page = open_window(locale="en-GB")
    begin_ballot(page)
    return page


def test_the_big_screen_rotates_until_it_is_paused(open_window: Window, assert_accessible: Check) -> None:
    page = open_window(locale="en-GB", viewport={"width": 1920, "height": 1080})
    streams = Streams(page)
    page.clock.install()
    page.goto(f"{BOARDS}/overall/screen")
    hundredth = 1080 / 100
    texts = page.evaluate(
        """[...document.querySelectorAll("#screen *")].filter(each => each.checkVisibility() && each.offsetWidth > 1
            && !each.closest(".kern-sr-only")
            && [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
            .map(each => [each.textContent.trim(), parseFloat(getComputedStyle(each).fontSize)])"""
    )
    assert not [text for text, size in texts if size < 3 * hundredth - 0.1]
    scores = page.locator("#board-table .score").first
    assert float(scores.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")) > 4 * hundredth
    assert page.evaluate("document.documentElement.scrollHeight") <= 1080, "nobody scrolls a big screen"
    assert page.locator("#board-table tbody tr:visible").count() == 10
    assert page.locator("#screen img").evaluate("image => image.complete && image.naturalWidth > 0")
    assert_accessible(page)

    def finish() -> None:
        page.evaluate("document.getElementById('screen-progress').getAnimations()[0].finish()")

    finish()
    expect(page.locator("h1")).to_have_text("Themes compared")
    assert page.url.endswith("/themes/screen")
    wait_until(page, lambda: len(streams.open) == 1, f"one stream a page, not {streams.open}")
    page.keyboard.press("Space")
    expect(page.locator("#live-text")).to_have_text("Paused")
    state = "document.getElementById('screen-progress').getAnimations()[0].playState"
    assert page.evaluate(state) == "paused"
    wait_until(page, lambda: not streams.open, "a paused screen keeps its stream")
    page.locator("#pause").click()
    assert page.evaluate(state) == "running"
    page.mouse.move(500, 500)
    assert page.evaluate(state) == "paused", "somebody points at the board"
    page.clock.run_for(31_000)
    assert page.evaluate(state) == "running", "a mouse that was left there holds nothing"


def test_the_big_screen_outlives_an_outage(new_context: Callable[..., object], site: LiveServer) -> None:
    """A window of its own: htmx rightly reports each request that fails."""
    page: Page = new_context(base_url=site.url, locale="en-GB").new_page()  # type: ignore[attr-defined]
    page.goto(f"{BOARDS}/overall/screen")
    progress = "document.getElementById('screen-progress').getAnimations()[0]"
    page.route("**/screen", lambda route: route.abort())
    page.evaluate(f"{progress}.finish()")
    wait_until(page, lambda: page.evaluate(f"{progress}.playState") == "running", "the screen goes on turning")
    expect(page.locator("h1")).to_have_text("All ideas")
    expect(page.locator("#page-alert")).to_be_hidden()
    page.unroute("**/screen")
    page.evaluate(f"{progress}.finish()")
    expect(page.locator("h1")).to_have_text("Themes compared")


def test_the_big_screen_moves_with_a_ballot(open_window: Window, voter: Page) -> None:
    page = open_window(locale="en-GB", viewport={"width": 1440, "height": 900})
    page.goto(f"{BOARDS}/overall/screen")
    expect(page.locator(".live--on")).to_be_visible()
    received = page.locator("#board-figures dd").first
    before = received.inner_text()
    submit(voter)
    expect(received).not_to_have_text(before)
    withdraw(voter)
    expect(received).to_have_text(before)


def test_the_snippet_shows_the_board_on_another_site(open_window: Window, site: LiveServer) -> None:
    page = open_window(locale="en-GB")
    page.goto(f"{RESULT}/overall/embed")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("#copy").click()
    expect(page.locator("#copied")).to_have_text("Copied")
    snippet = page.evaluate("navigator.clipboard.readText()")

    class OtherSite(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            board = f'<iframe id="board" src="{site.url}{RESULT}/overall"></iframe>'
            self.wfile.write(f"<!doctype html><title>x</title><link rel=icon href=data:,>{snippet}{board}".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), OtherSite) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        # Another context: the browser reports the frame that it rightly refuses.
        around = page.context.browser.new_page()  # type: ignore[union-attr]
        around.goto(f"http://localhost:{other.server_address[1]}/")
        frame = around.frame_locator("iframe[title^='All ideas']")
        expect(frame.locator("h1")).to_have_text("All ideas")
        expect(frame.locator(".ranking tbody tr").first).to_be_visible()
        expect(around.frame_locator("#board").locator("body")).not_to_contain_text("All ideas")
        assert around.context.cookies() == []
        around.close()
        other.shutdown()
