"""A minute without a network, and a server that answers that it cannot: nothing that was chosen is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, Request, Route, expect

from tests.browser.ballot_steps import (
    ALEX,
    BALLOT,
    ROBIN,
    TONI,
    answer,
    expect_saved,
    ideas_on,
    judge,
    log_in,
    open_theme,
    places,
    told,
    unplaced,
)
from tests.browser.dragging import FIRST, drag
from tests.live_server import LiveServer


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], site: LiveServer) -> Page:
    """A window that may fail: its console says so, which `open_window` would not forgive."""
    return new_context(base_url=site.url, locale="de-DE").new_page()


def unsent(page: Page, number: int) -> None:
    """Insist that the page says at the idea that its answer has not been sent."""
    expect(page.locator(f"#state-{number} [data-unsent]")).to_be_visible()


def test_choices_without_a_network_are_marked_kept_and_sent_again(page: Page) -> None:
    log_in(page, ALEX)
    open_theme(page, "mobility")
    first, second, third, fourth = ideas_on(page)[:4]
    judge(page, 2, first)
    page.context.set_offline(True)
    answer(page, first, 3).check()
    unsent(page, first)
    expect(page.locator(f"#keep-{first}")).to_be_hidden()  # it would say “saved” of the answer before
    answer(page, second, 1).check()
    unsent(page, second)
    expect(page.locator("#said")).to_contain_text("nicht gesendet")
    answer(page, first, 4).check()
    unsent(page, first)
    height = page.evaluate("scrollY")
    page.wait_for_event("requestfailed")  # tried again in vain: the page stays where it is
    assert page.evaluate("scrollY") == height
    expect(page.locator("#page-alert")).to_be_empty()

    # Whoever leaves is asked, and may stay.
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    for way_on in (".way__link >> nth=0", "button[name=then][value=next]"):
        page.once("dialog", stay)
        with page.expect_event("dialog"):
            page.locator(way_on).click()
    expect(answer(page, first, 4)).to_be_checked()
    assert asked == ["beforeunload", "beforeunload"]

    page.context.set_offline(False)
    expect_saved(page, first, 4)
    expect_saved(page, second, 1)
    expect(page.locator("[data-unsent]:visible")).to_have_count(0)
    answer(page, third, 5).check()
    expect_saved(page, third, 5)
    page.goto(BALLOT)  # and nobody is asked any more
    open_theme(page, "mobility")
    for number, value in ((first, 4), (second, 1), (third, 5)):
        expect(answer(page, number, value)).to_be_checked()
    expect(page.locator(f"#answer-{fourth}-1")).not_to_be_checked()


def test_a_server_that_cannot_answer_is_asked_again(page: Page) -> None:
    log_in(page, TONI)
    open_theme(page, "land")
    number = ideas_on(page)[0]
    refused: list[Request] = []

    def busy(route: Route) -> None:
        if route.request.method == "POST" and not refused:
            refused.append(route.request)
            route.fulfill(status=503, content_type="text/html", body="<p>busy</p>")
        else:
            route.continue_()

    page.route("**/themes/land", busy)
    answer(page, number, 3).check()
    unsent(page, number)
    expect_saved(page, number, 3)  # by itself, two seconds later
    expect(page.locator("[data-unsent]:visible")).to_have_count(0)
    assert len(refused) == 1


def test_a_move_that_does_not_arrive_moves_nothing(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 2400})
    log_in(page, ROBIN)
    open_theme(page, "energy")
    judge(page, 1, *ideas_on(page)[:2])
    page.goto(f"{BALLOT}/order")
    with told(page):
        page.locator(".unplaced [value=up]").first.click()
    order, free = places(page), unplaced(page)
    page.context.set_offline(True)
    drag(page, free[0], f"#idea-{order[0][0]}", 0.1, FIRST)
    page.mouse.up()
    expect(page.locator("#page-alert .kern-alert")).to_be_visible()
    assert (places(page), unplaced(page)) == (order, free)
    page.context.set_offline(False)
    with told(page):
        page.locator(f"#top-{free[0]}").click()
    assert places(page)[0] == [free[0]]
    expect(page.locator("#page-alert .kern-alert")).to_have_count(0)
