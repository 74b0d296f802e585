"""A voting day on a phone, by touch: every step accessible, in both languages, and easy to hit; and two colleagues."""

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
    TONI,
    answer,
    check_receipt,
    expect_saved,
    ideas_on,
    judge,
    log_in,
    open_theme,
    places,
    submit,
    told,
    unplaced,
)

Check = Callable[[Page], None]
Window = Callable[..., Page]
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",  # scrolling takes no time
}
# What can be hit in the content of a page, but for links inside of a sentence; a box's label belongs to its target.
SMALL_TARGETS = """() => [...document.querySelectorAll("main *")]
  .filter(element => element.matches("a, button, select, summary, .choice, .kern-form-check"))
  .filter(element => element.checkVisibility() && getComputedStyle(element).display !== "inline")
  .filter(element => { const box = element.getBoundingClientRect(); return box.height < 44 || box.width < 44; })
  .map(element => element.outerHTML.slice(0, 120))"""


@pytest.fixture
def sound(assert_accessible: Check) -> Check:
    """A function that looks at a page as it is and, fetched again, in the other language."""

    def check(page: Page) -> None:
        assert_accessible(page)
        if "/ballot" in page.url and page.evaluate("matchMedia('(pointer: coarse)').matches"):
            assert page.evaluate(SMALL_TARGETS) == [], f"{page.url} has targets that are hard to hit"
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
    page.locator(".next a").first.tap()
    page.wait_for_url("**/themes/*")
    expect(page.locator(".choice input:checked")).to_have_count(0)
    open_theme(page, "mobility")
    numbers = ideas_on(page)
    a, b, c, d, e = numbers[:5]
    said = page.locator("p[role=status]")
    expect(said).to_have_count(1)
    page.locator(f"#idea-{a} summary").tap()
    expect(page.locator(f"#idea-{a} .more__body")).to_be_visible()
    for done, number in enumerate((a, b, c, d), start=1):
        label = page.locator(f"label[for=answer-{number}-1]")
        label.scroll_into_view_if_needed()
        height = page.evaluate("scrollY")
        label.tap()
        expect_saved(page, number, 1)
        expect(page.locator(f"#keep-{number}")).to_be_visible()
        expect(page.locator("#progress")).to_contain_text(f"{done} von 40")
        expect(page.locator(".progress__submit")).to_have_count(1 if done > 1 else 0)
        expect(answer(page, number, 1)).to_be_focused()
        assert page.evaluate("scrollY") == height
        expect(said).not_to_be_empty()
    sound(page)
    expect(answer(page, a, 1)).to_be_checked()
    expect(page.locator(f"#idea-{e} input:checked")).to_have_count(0)
    page.locator("button[name=then][value=next]").tap()
    page.wait_for_url(lambda url: "/themes/" in url and "mobility" not in url)

    # Order: nothing is in order until somebody says so; focus stays on the pressed button of the moved idea.
    page.goto(f"{BALLOT}/order")
    assert places(page) == []
    assert sorted(unplaced(page)) == sorted([a, b, c, d])
    expect(page.locator(".empty")).to_contain_text("4 Ideen sind gleichauf")
    sound(page)

    def press(button: str) -> None:
        with told(page):
            page.locator(f"#{button}").tap()
        expect(page.locator(f"#{button}")).to_be_focused()

    press(f"up-{a}")
    press(f"up-{b}")
    press(f"up-{c}")
    assert places(page) == [[a], [b], [c]]
    for end in (f"#up-{a}", f"#top-{a}", f"#down-{c}"):
        expect(page.locator(end)).to_have_attribute("aria-disabled", "true")
        expect(page.locator(end)).to_have_js_property("disabled", False)
    press(f"up-{c}")
    assert places(page) == [[a], [c], [b]]
    expect(said).to_contain_text("steht jetzt auf Platz 2, vorher auf Platz 3.")
    press(f"top-{b}")
    assert places(page) == [[b], [a], [c]]
    page.locator(f"#place-{c}").select_option("1")
    press(f"tie-{c}")
    assert [sorted(tier) for tier in places(page)] == [sorted([b, c]), [a]]
    press(f"release-{a}")
    assert sorted(unplaced(page)) == sorted([a, d])
    page.locator(f"#place-{c}").select_option("2")
    press(f"to-{c}")
    assert places(page) == [[b], [c]]
    page.locator(f"#idea-{d} summary").tap()
    page.locator(f"#place-{d}").select_option("1")
    press(f"to-{d}")
    assert places(page) == [[d], [b], [c]]
    sound(page)
    page.locator(".answers-nav__link").nth(1).tap()
    page.wait_for_url("**/order/2")
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
    open_theme(page, "mobility")
    judge(page, 4, e)
    page.goto(BALLOT)
    expect(page.locator(".standing .kern-badge--warning")).to_be_visible()
    page.goto(f"{BALLOT}/review")
    expect(page.locator(".differences tbody tr")).to_have_count(1)
    sound(page)
    second = submit(page)
    assert check_receipt(page, first) == "info"
    assert check_receipt(page, second) == "success"
    assert check_receipt(page, "A" * 26) == "danger"

    # Who changed what, and the sheet for the colleagues.
    for path in ("history", "paper"):
        page.goto(f"{BALLOT}/{path}")
        sound(page)

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
    open_theme(page, "mobility")
    number = ideas_on(page)[0]
    judge(page, 1, *ideas_on(page)[:2])
    page.goto(f"{BALLOT}/order")
    stale = page.context.new_page()
    stale.goto(f"{BALLOT}/order")
    with told(page):
        page.locator(f"#top-{number}").click()
    stale.locator(f"#up-{number}").click()
    expect(stale.locator("#problem")).to_be_focused()
    assert places(stale) == places(page)


def version_that_counts(page: Page) -> int:
    page.goto(BALLOT)
    return int(page.locator(".panel--counts").inner_text().partition("Fassung ")[2].split()[0])


def test_a_submission_is_one_version_however_often_it_is_sent(page: Page) -> None:
    log_in(page, TONI)
    open_theme(page, "land")
    judge(page, 1, *ideas_on(page)[:2])
    page.goto(f"{BALLOT}/review")
    page.locator("#entitled").check()
    page.locator("form[action$='/ballot/submit'] button[type=submit]").dblclick()
    page.wait_for_url("**/ballot/receipt")
    receipt = page.locator(".receipt__number").inner_text()
    # Back, and sent once more: there is nothing new to submit, and the receipt is still that of the only version.
    page.go_back()
    page.wait_for_url("**/ballot/review")
    expect(page.locator("form[action$='/ballot/submit']")).to_have_count(0)
    page.goto(f"{BALLOT}/receipt")
    assert page.locator(".receipt__number").inner_text() == receipt
    before = version_that_counts(page)
    assert check_receipt(page, receipt) == "success"
    open_theme(page, "land")
    judge(page, 2, ideas_on(page)[0])
    submit(page)
    assert version_that_counts(page) == before + 1
