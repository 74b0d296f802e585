"""A voting day in Chromium on a phone: every step accessible, in both languages, and by keyboard where it counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import (
    ALEX,
    BALLOT,
    BOARDS,
    KIM,
    ROBIN,
    answer,
    check_receipt,
    ideas_on,
    log_in,
    places,
    submit,
    unplaced,
)

Check = Callable[[Page], None]
Window = Callable[..., Page]
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}


@pytest.fixture
def sound(assert_accessible: Check) -> Check:
    """A function that looks at a page as it is and, fetched again, in the other language."""

    def check(page: Page) -> None:
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
            f"{page.url} is wider than the screen"
        )
        here, language = page.url, page.locator("html").get_attribute("lang")
        other = "en" if language == "de" else "de"
        page.locator(f"header a[hreflang={other}]").click()
        expect(page.locator("html")).to_have_attribute("lang", other)
        assert_accessible(page)
        page.locator(f"header a[hreflang={language}]").click()
        expect(page.locator("html")).to_have_attribute("lang", language or "")
        assert page.url.split("#")[0] == here.split("#")[0]

    return check


def test_a_firm_votes_changes_its_mind_and_withdraws(
    open_window: Window, sound: Check, assert_accessible: Check
) -> None:
    page = open_window(**PHONE)
    log_in(page, ALEX)
    page.goto(BALLOT)
    expect(page.locator(".panel--counts")).to_have_count(0)
    sound(page)

    # Sort: each choice is saved at once; focus and scroll stay, nothing is chosen beforehand.
    page.locator(".next a").first.click()
    expect(page.locator(".choice input:checked")).to_have_count(0)
    progress = page.locator("#progress")
    said = page.locator("p[role=status]")
    expect(said).to_have_count(1)
    for done, number in enumerate((1, 2, 3, 5), start=1):
        answer(page, number, 1).scroll_into_view_if_needed()
        height = page.evaluate("scrollY")
        answer(page, number, 1).check()
        expect(page.locator(f"#keep-{number}")).to_be_visible()
        expect(progress).to_contain_text(str(done))
        expect(page.locator(f"[name=seen-{number}]")).to_have_value("1")
        expect(answer(page, number, 1)).to_be_focused()
        assert page.evaluate("scrollY") == height
        expect(said).not_to_be_empty()
    # By keyboard, faster than the server: the last choice is the one that is kept.
    answer(page, 6, 1).focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    expect(page.locator("[name=seen-6]")).to_have_value("3")
    expect(answer(page, 6, 3)).to_be_checked()
    sound(page)
    expect(answer(page, 6, 3)).to_be_checked()
    expect(answer(page, 7, 5)).not_to_be_checked()
    page.locator("button[name=then][value=next]").click()
    page.wait_for_url("**/themes/digital")

    # Order: nothing is in order until somebody says so; focus stays on the pressed button of the moved idea.
    page.goto(f"{BALLOT}/order")
    assert places(page) == []
    assert unplaced(page) == [1, 2, 3, 5]
    sound(page)

    def press(button: str) -> None:
        before = said.inner_text()
        page.locator(f"#{button}").press("Enter")
        expect(said).not_to_have_text(before)
        expect(page.locator(f"#{button}")).to_be_focused()

    press("up-1")
    press("up-2")
    press("up-3")
    assert places(page) == [[1], [2], [3]]
    expect(page.locator("#up-1")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("#down-3")).to_have_attribute("aria-disabled", "true")
    press("up-3")
    assert places(page) == [[1], [3], [2]]
    press("top-2")
    assert places(page) == [[2], [1], [3]]
    page.locator("#place-3").select_option("1")
    press("tie-3")
    assert places(page) == [[2, 3], [1]]
    press("release-1")
    assert (places(page), unplaced(page)) == ([[2, 3]], [1, 5])
    page.locator("#place-3").select_option("2")
    press("to-3")
    assert (places(page), unplaced(page)) == ([[2], [3]], [1, 5])
    sound(page)

    # Review, submit, receipt.
    page.goto(f"{BALLOT}/review")
    sound(page)
    first = submit(page)
    sound(page)
    assert len(first.replace(" ", "")) == 26
    assert check_receipt(page, first.lower()) == "success"
    assert_accessible(page)
    page.goto(BALLOT)
    expect(page.locator(".panel--counts")).to_be_visible()

    # Change: the draft and what counts are told apart until it is submitted again.
    page.goto(f"{BALLOT}/themes/mobility")
    answer(page, 7, 4).check()
    expect(page.locator("#keep-7")).to_be_visible()
    page.goto(BALLOT)
    expect(page.locator(".standing .kern-badge--warning")).to_be_visible()
    page.goto(f"{BALLOT}/review")
    expect(page.locator(".differences tbody tr")).to_have_count(1)
    sound(page)
    second = submit(page)
    assert check_receipt(page, first) == "info"
    assert check_receipt(page, second) == "success"
    assert check_receipt(page, "A" * 26) == "danger"

    # The boards know it; then the firm withdraws.
    page.goto(f"{BOARDS}/overall")
    sound(page)
    page.goto(BALLOT)
    page.locator(".withdraw summary").click()
    page.locator(".withdraw button").click()
    expect(page.locator(".flash")).to_be_visible()
    expect(page.locator(".panel--counts")).to_have_count(0)
    sound(page)
    assert check_receipt(page, second) == "warning"


def test_two_colleagues_never_overwrite_each_other_unawares(open_window: Window, sound: Check) -> None:
    alex, kim = open_window(), open_window()
    log_in(alex, ALEX)
    log_in(kim, KIM)
    for page in (alex, kim):
        page.goto(f"{BALLOT}/themes/energy")
    number, other = ideas_on(alex)[:2]
    answer(kim, number, 2).check()
    expect(kim.locator(f"#keep-{number}")).to_be_visible()

    # The stale page says who chose what, keeps the own choice, and saves it when asked again.
    answer(alex, number, 4).check()
    conflict = alex.locator(f"#state-{number} [role=alert]")
    expect(conflict).to_contain_text("Kim Beispiel")
    expect(answer(alex, number, 4)).to_be_checked()
    alex.locator(f"#keep-{number}").click()
    expect(conflict).to_have_count(0)
    expect(alex.locator(f"[name=seen-{number}]")).to_have_value("4")

    # Somebody changes the draft while the other reviews it: what differs is shown before anything is submitted.
    answer(alex, other, 1).check()
    expect(alex.locator(f"#keep-{other}")).to_be_visible()
    alex.goto(f"{BALLOT}/review")
    kim.goto(f"{BALLOT}/themes/energy")
    answer(kim, other, 3).check()
    expect(kim.locator(f"[name=seen-{other}]")).to_have_value("3")
    alex.locator("#entitled").check()
    alex.locator("form[action$='/ballot/submit'] button[type=submit]").click()
    expect(alex.locator("#differences")).to_be_visible()
    expect(alex.locator(".differences tbody tr")).to_have_count(1)

    # Both submit from pages of the same moment: the second is shown what counts by now.
    kim.goto(f"{BALLOT}/review")
    submit(alex)
    answers = kim.context.new_page()
    answers.goto(f"{BALLOT}/themes/energy")
    answer(answers, other, 2).check()
    expect(answers.locator(f"[name=seen-{other}]")).to_have_value("2")
    kim.goto(f"{BALLOT}/review")
    submit(alex)
    kim.locator("#entitled").check()
    kim.locator("form[action$='/ballot/submit'] button[type=submit]").click()
    expect(kim.locator("#problem")).to_be_visible()


def test_a_stale_move_is_refused_with_the_order_as_it_is(open_window: Window) -> None:
    page = open_window()
    log_in(page, ROBIN)
    page.goto(f"{BALLOT}/themes/mobility")
    for number in (1, 2):
        answer(page, number, 1).check()
        expect(page.locator(f"[name=seen-{number}]")).to_have_value("1")
    page.goto(f"{BALLOT}/order")
    stale = page.context.new_page()
    stale.goto(f"{BALLOT}/order")
    page.locator("#release-1, #up-1").last.wait_for()
    page.locator("#top-1").click()
    expect(page.locator("#idea-1")).to_have_class("item item--moved")
    stale.locator("#up-1").click()
    expect(stale.locator("#problem")).to_be_visible()
    assert places(stale) == places(page)
