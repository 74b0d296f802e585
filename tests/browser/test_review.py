"""The chambers' workspace in Chromium: sound on every screen, and pictures that are read on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ruhrvote.demo.electorate import PASSWORD
from tests.browser.board_steps import wait_until

Window = Callable[..., Page]
REVIEW = "/consultations/ruhr-2024/review"
PAGES = (
    "",
    "/pictures/bars",
    "/pictures/groups",
    "/pictures/dissent",
    "/pictures/themes",
    "/pictures/firms?by=sector",
    "/compare",
    "/compare?of=methods&left=score&right=copeland",
)


def reviewer(open_window: Window, **options: object) -> Page:
    page = open_window(**options)
    page.goto("/login")
    page.locator("#email").fill("sascha.schau@kammer.example")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    page.wait_for_url("**/")
    return page


@pytest.mark.parametrize(("width", "scheme", "locale"), [(360, "light", "de-DE"), (1440, "dark", "en-GB")])
def test_every_page_is_accessible_and_fits(
    open_window: Window, assert_accessible: Callable[[Page], None], width: int, scheme: str, locale: str
) -> None:
    page = reviewer(open_window, locale=locale, color_scheme=scheme, viewport={"width": width, "height": 900})
    for path in PAGES:
        page.goto(REVIEW + path)
        if "sector" in path:
            expect(page.locator("#picture svg").first).to_be_visible()
        for table in page.locator("details.picture__table summary").all():
            table.click()
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the screen"
        small = page.locator(".picture svg text:visible").evaluate_all(
            "texts => texts.filter(text => text.getBoundingClientRect().height < 8).map(text => text.textContent)"
        )
        assert not small, f"{path}: too small to be read"


def test_a_picture_that_is_scrolled_takes_the_keyboard(open_window: Window) -> None:
    page = reviewer(open_window, viewport={"width": 360, "height": 740})
    page.goto(f"{REVIEW}/pictures/firms?by=chamber")
    place = page.locator(".picture__scroll")
    expect(place).to_be_visible()
    place.focus()
    page.keyboard.press("ArrowRight")
    wait_until(page, lambda: place.evaluate("place => place.scrollLeft") > 0, "the picture does not move")
