"""The same journey where no script runs: plain forms, redirects and pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import (
    ALEX,
    BALLOT,
    BOARDS,
    KIM,
    answer,
    check_receipt,
    ideas_on,
    log_in,
    open_theme,
    places,
    submit,
    unplaced,
)

Window = Callable[..., Page]


@pytest.fixture
def page(open_window: Window) -> Page:
    """A phone whose browser runs no scripts."""
    return open_window(java_script_enabled=False, viewport={"width": 360, "height": 740})


def test_the_whole_journey_works_by_forms_alone(page: Page) -> None:
    log_in(page, ALEX)
    page.goto(BALLOT)
    page.locator(".next a").first.click()
    expect(page.locator(".choice input:checked")).to_have_count(0)
    open_theme(page, "mobility")
    a, b, c, d, e = ideas_on(page)[:5]
    for number in (a, b, c):
        answer(page, number, 1).check()
    answer(page, d, 5).check()
    page.locator("button[name=then][value=next]").click()
    page.wait_for_url(lambda url: "/themes/" in url and "mobility" not in url)
    open_theme(page, "mobility")
    expect(answer(page, b, 1)).to_be_checked()
    expect(answer(page, d, 5)).to_be_checked()
    expect(page.locator("[data-unsent]:visible, [data-handle]:visible")).to_have_count(0)
    answer(page, e, 3).check()
    page.locator("button[name=then][value=overview]").click()
    page.wait_for_url(f"**{BALLOT}")
    expect(page.locator(".flash")).to_be_visible()

    page.goto(f"{BALLOT}/order")
    assert (places(page), sorted(unplaced(page))) == ([], sorted([a, b, c]))
    for number in (a, b, c):
        page.locator(f"#up-{number}").click()
        page.wait_for_url(f"**/order#idea-{number}")
    assert places(page) == [[a], [b], [c]]
    page.locator(f"#top-{c}").click()
    page.wait_for_url(f"**/order#idea-{c}")
    assert places(page) == [[c], [a], [b]]
    page.locator(f"#place-{b}").select_option("1")
    page.locator(f"#tie-{b}").click()
    page.wait_for_url(f"**/order#idea-{b}")
    assert [sorted(tier) for tier in places(page)] == [sorted([b, c]), [a]]
    page.locator(f"#tie-{a}").click()  # with nobody: it is alone at its place
    expect(page.locator("#problem")).to_be_visible()
    assert [sorted(tier) for tier in places(page)] == [sorted([b, c]), [a]]
    page.locator("#undo").click()
    page.wait_for_url(f"**/order#idea-{b}")
    assert places(page) == [[c], [a], [b]]
    page.locator(f"#release-{a}").click()
    page.wait_for_url(f"**/order#idea-{a}")
    page.locator(f"#idea-{a} summary").click()
    page.locator(f"#place-{a}").select_option("1")
    page.locator(f"#to-{a}").click()
    page.wait_for_url(f"**/order#idea-{a}")
    assert places(page) == [[a], [c], [b]]

    receipt = submit(page)
    assert check_receipt(page, receipt) == "success"
    page.goto(BOARDS)
    page.wait_for_url("**/boards/overall")
    expect(page.locator("#reload")).to_be_visible()
    expect(page.locator("#pause")).to_be_hidden()
    page.locator("#board-choice").select_option("group-firm")
    page.locator(".boards__choice button").click()
    page.wait_for_url("**/boards/group-firm")

    page.goto(BALLOT)
    page.locator(".withdraw summary").click()
    page.locator(".withdraw button").click()
    expect(page.locator(".flash")).to_be_visible()
    assert check_receipt(page, receipt) == "warning"


def test_a_colleagues_answer_is_shown_before_it_is_replaced(page: Page, open_window: Window) -> None:
    kim = open_window(java_script_enabled=False)
    log_in(page, ALEX)
    log_in(kim, KIM)
    page.goto(f"{BALLOT}/themes/land")
    kim.goto(f"{BALLOT}/themes/land")
    first, second = ideas_on(page)[:2]
    answer(kim, first, 1).check()
    kim.locator("button[name=then][value=overview]").click()
    expect(kim.locator(".flash")).to_be_visible()

    answer(page, first, 4).check()
    answer(page, second, 2).check()
    page.locator("button[name=then][value=overview]").click()
    expect(page.locator("#problem")).to_be_visible()
    expect(page.locator(f"#state-{first} [role=alert]")).to_contain_text("Kim Beispiel")
    expect(answer(page, first, 4)).to_be_checked()
    expect(answer(page, second, 2)).to_be_checked()
    page.locator("button[name=then][value=overview]").click()
    expect(page.locator(".flash")).to_be_visible()
    kim.goto(f"{BALLOT}/themes/land")
    expect(answer(kim, first, 4)).to_be_checked()
