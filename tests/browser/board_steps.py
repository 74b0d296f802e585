"""Steps and checks of the tests of boards in the browser."""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Page, Request, expect

from tests.browser.ballot_steps import ALEX, BALLOT, log_in


class Streams:
    """The streams that a page has opened and not yet closed."""

    def __init__(self, page: Page):
        self.open: list[str] = []
        page.on("request", self._begun)
        for ended in ("requestfinished", "requestfailed"):
            page.on(ended, self._ended)

    def _begun(self, request: Request) -> None:
        if request.url.partition("?")[0].endswith("/stream"):
            self.open.append(request.url)

    def _ended(self, request: Request) -> None:
        if request.url in self.open:
            self.open.remove(request.url)


def wait_until(page: Page, true: Callable[[], bool], what: str) -> None:
    """Wait for what no locator says; `wait_for_function` would ask by `eval`, which the pages' policy refuses."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, what
        page.wait_for_timeout(50)


def hide(page: Page, hidden: bool) -> None:
    """Tell the page that its tab is in the background, as no headless browser does by itself."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def begin_ballot(page: Page) -> None:
    """Log in as somebody and make a draft that can be submitted."""
    log_in(page, ALEX)
    page.goto(f"{BALLOT}/themes/energy")
    for choice in page.locator(".choice:first-child input").all():
        choice.check()
        seen = (choice.get_attribute("name") or "").replace("answer", "seen")
        expect(page.locator(f"[name={seen}]")).to_have_value("1")


def withdraw(page: Page) -> None:
    page.goto(BALLOT)
    page.locator(".withdraw summary").click()
    page.locator(".withdraw button").click()
    expect(page.locator(".flash")).to_be_visible()
