"""Putting ideas in order: dragged by mouse and by finger, cancelled, undone, and when the network fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import ALEX, BALLOT, TONI, ideas_on, judge, log_in, open_theme, places, told, unplaced
from tests.browser.board_steps import wait_until
from tests.browser.dragging import FIRST, LAST, Finger, drag, grip, point

Window = Callable[..., Page]


@pytest.fixture
def four(page: Page) -> list[int]:
    """Four very important ideas of a firm, none of them placed, on the open page; by number as the page lists them."""
    page.set_viewport_size({"width": 1280, "height": 1600})  # all of them in sight: what is dragged needs no scrolling
    log_in(page, ALEX)
    open_theme(page, "mobility")
    judge(page, 1, *ideas_on(page)[:4])
    page.goto(f"{BALLOT}/order")
    assert places(page) == []
    return unplaced(page)


def test_dragged_by_mouse(page: Page, four: list[int]) -> None:
    a, b, c, d = four
    # Into the order that is still empty, then before and behind what is there.
    with told(page):
        drag(page, a, ".places", 0.5, FIRST)
        page.mouse.up()
    assert (places(page), unplaced(page)) == ([[a]], [b, c, d])
    with told(page):
        drag(page, b, f"#idea-{a}", 0.1, FIRST)
        page.mouse.up()
    assert places(page) == [[b], [a]]
    with told(page):
        drag(page, c, f"#idea-{a}", 0.95, LAST)
        page.mouse.up()
    assert places(page) == [[b], [a], [c]]
    # A whole place past another.
    with told(page):
        drag(page, c, f"#idea-{b}", 0.1, FIRST)
        page.mouse.up()
    assert places(page) == [[c], [b], [a]]
    expect(page.locator("#said")).to_contain_text("Platz 1, vorher auf Platz 3")

    # Cancelled with Escape, or put down where it was: nothing moves and nothing is sent.
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    drag(page, a, f"#idea-{c}", 0.1, FIRST)
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page.locator(".sortable-ghost, .sortable-fallback")).to_have_count(0)
    assert places(page) == [[c], [b], [a]]
    page.mouse.move(*grip(page, b))
    page.mouse.down()
    page.mouse.move(*point(page, f"#idea-{b}", 0.6), steps=5)
    page.mouse.up()
    expect(page.locator(".sortable-ghost, .sortable-fallback")).to_have_count(0)
    assert (places(page), sent) == ([[c], [b], [a]], [])

    # Out of a tie, and back to the ideas that are not placed.
    page.locator(f"#place-{a}").select_option("1")
    with told(page):
        page.locator(f"#tie-{a}").click()
    assert [sorted(tier) for tier in places(page)] == [sorted([a, c]), [b]]
    with told(page):
        drag(page, a, f"#idea-{b}", 0.95, LAST)
        page.mouse.up()
    assert places(page) == [[c], [b], [a]]
    with told(page):
        drag(page, b, f"#idea-{d}", 0.5, ".unplaced > ")
        page.mouse.up()
    assert places(page) == [[c], [a]]
    assert sorted(unplaced(page)) == sorted([b, d])

    # The last moves can be taken back, one after the other, and no further than they go.
    for wanted in ([[c], [b], [a]], [sorted([a, c]), [b]], [[c], [b], [a]]):
        with told(page):
            page.locator("#undo").click()
        expect(page.locator("#undo")).to_be_focused()
        assert [sorted(tier) for tier in places(page)] == wanted


def test_dragged_by_finger_on_a_phone(open_window: Window) -> None:
    page = open_window(viewport={"width": 360, "height": 1400}, has_touch=True, is_mobile=True)
    log_in(page, TONI)
    open_theme(page, "land")
    judge(page, 1, *ideas_on(page)[:3])
    page.goto(f"{BALLOT}/order")
    a, b, c = unplaced(page)[:3]
    with told(page):
        page.locator(f"#up-{a}").tap()
    assert places(page)[-1] == [a]
    finger = Finger(page)
    with told(page):
        finger.down(grip(page, b))
        finger.move(point(page, f"#idea-{a}", 0.1))
        expect(page.locator(f".places > :nth-child({len(places(page))}).sortable-ghost")).to_have_count(1)
        finger.up()
    assert places(page)[-2:] == [[b], [a]]
    # A finger beside the handle scrolls the page and moves nothing.
    height = page.evaluate("scrollY")
    finger.down(point(page, f"#idea-{c} .item__name"))
    x, y = finger.at
    finger.move((x, y - 200))
    finger.up()
    wait_until(page, lambda: page.evaluate("scrollY") > height, "the page does not scroll")
    assert places(page)[-2:] == [[b], [a]]
