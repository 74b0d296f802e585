"""Sorting the ideas of a theme: saved as it is chosen, by keyboard, on the way out, and beside another window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Page, Request, expect

from tests.browser.ballot_steps import (
    ALEX,
    BALLOT,
    KIM,
    TONI,
    answer,
    expect_saved,
    ideas_on,
    judge,
    log_in,
    open_theme,
)
from tests.browser.board_steps import wait_until

Window = Callable[..., Page]


def posts(page: Page) -> list[str]:
    """A list that grows with each form that the page sends."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST":
            sent.append(request.post_data or "")

    page.on("request", note)
    return sent


@contextmanager
def at_once(page: Page) -> Iterator[None]:
    """No time passes on the page meanwhile, however long the machine takes; afterwards its clock goes on."""
    page.clock.pause_at(datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC) + timedelta(seconds=1))
    yield
    page.clock.resume()


def test_choices_are_saved_once_they_rest(page: Page) -> None:
    page.clock.install()
    log_in(page, ALEX)
    open_theme(page, "mobility")
    expect(page.locator(".choice input:checked")).to_have_count(0)
    first, second, third, fourth = ideas_on(page)[:4]
    sent = posts(page)

    # The arrow keys choose on their way; only where they come to rest is sent.
    with at_once(page):
        answer(page, first, 1).focus()
        page.keyboard.press("Space")
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
    expect_saved(page, first, 3)
    expect(answer(page, first, 3)).to_be_focused()
    expect(page.locator("#said")).to_contain_text("weniger wichtig")
    assert [f"answer-{first}=3" in data for data in sent] == [True]

    # Number keys answer the idea whose answers have the focus, and do nothing anywhere else.
    page.keyboard.press("5")
    expect_saved(page, first, 5)
    expect(answer(page, first, 5)).to_be_focused()
    page.locator(f"#idea-{second} summary").focus()
    page.keyboard.press("1")
    page.locator("h1").click()
    page.keyboard.press("2")
    answer(page, second, 1).focus()
    page.keyboard.press("Control+2")
    page.keyboard.press("9")
    page.keyboard.press("4")
    expect_saved(page, second, 4)
    assert len(sent) == 3
    expect(page.locator(".choice input:checked")).to_have_count(2)
    expect(page.locator(f"#state-{third}")).to_contain_text("noch offen")
    expect(page.locator("#progress")).to_contain_text("2 von 40")

    # Chosen and gone at once: by a link, by the form's button, by the browser's back.
    answer(page, third, 2).check()
    page.locator(".way__link").first.click()
    page.wait_for_url(f"**{BALLOT}")
    mobility = page.locator(".tasks__item", has=page.locator("[href$=mobility]"))
    expect(mobility).to_contain_text("3 von 9")
    page.locator(".tasks__link[href$=mobility]").click()
    expect(answer(page, third, 2)).to_be_checked()
    answer(page, fourth, 1).check()
    page.go_back()
    page.wait_for_url(f"**{BALLOT}")

    def has_arrived() -> bool:
        page.reload()
        return "4 von 9" in mobility.inner_text()

    wait_until(page, has_arrived, "what was chosen last is not taken along")  # the way back does not wait for it
    page.go_forward()
    page.wait_for_url("**/themes/mobility")
    expect(answer(page, fourth, 1)).to_be_checked()
    expect_saved(page, fourth, 1)
    answer(page, fourth, 3).check()
    page.locator("button[name=then][value=overview]").click()
    page.wait_for_url(f"**{BALLOT}")
    open_theme(page, "mobility")
    expect(answer(page, fourth, 3)).to_be_checked()
    expect(page.locator(".answer__conflict")).to_have_count(0)


def test_two_windows_of_one_person(page: Page) -> None:
    log_in(page, TONI)
    open_theme(page, "land")
    first, second = ideas_on(page)[:2]
    judge(page, 2, first)
    stale = page.context.new_page()
    open_theme(stale, "land")
    judge(page, 3, first)

    # The stale window says what the other one chose; the rest of it goes on.
    answer(stale, first, 1).check()
    conflict = stale.locator(f"#state-{first} [role=alert]")
    expect(conflict).to_contain_text("In einem anderen Fenster")
    expect(conflict).to_contain_text("weniger wichtig")
    judge(stale, 4, second)
    expect(conflict).to_be_visible()
    stale.locator(f"#keep-{first}").press("Enter")
    expect(conflict).to_have_count(0)
    expect(stale.locator(f"#keep-{first}")).to_be_focused()
    expect_saved(stale, first, 1)
    page.reload()
    expect(answer(page, first, 1)).to_be_checked()
    expect(answer(page, second, 4)).to_be_checked()


def test_each_organisation_reads_in_an_order_of_its_own(open_window: Window) -> None:
    def reading(page: Page) -> tuple[list[str], list[int]]:
        page.goto(BALLOT)
        themes = page.locator(".tasks__link").all_inner_texts()
        open_theme(page, "digital")
        return themes, ideas_on(page)

    alex, kim, toni = open_window(), open_window(), open_window()
    for window, email in ((alex, ALEX), (kim, KIM), (toni, TONI)):
        log_in(window, email)
    assert reading(alex) == reading(kim) == reading(alex)
    (themes, ideas), (other_themes, other_ideas) = reading(alex), reading(toni)
    assert themes != other_themes
    assert ideas != other_ideas
    assert (sorted(themes), sorted(ideas)) == (sorted(other_themes), sorted(other_ideas))
