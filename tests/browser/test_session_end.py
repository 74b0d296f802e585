"""The end of a login in the browser: the notice in time, and what is sent too late, with and without scripts."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from ruhrvote.demo import PASSWORD
from tests.browser.ballot_steps import ALEX, BALLOT, ROBIN, answer, log_in
from tests.live_server import LiveServer

Window = Callable[..., Page]
COMMENTS = "/consultations/ruhr-2026/ideas/1/comments"


@pytest.fixture
def end_logins(site: LiveServer) -> Callable[[], None]:
    """A function that ends all logins on the server, as time would."""
    engine = create_engine(site.environ["RUHRVOTE_DATABASE_URL"])

    def end() -> None:
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM login"))

    yield end
    engine.dispose()


def log_in_again(page: Page, email: str) -> None:
    expect(page.locator("main .kern-alert--info")).to_be_visible()
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    save = page.locator("main form button.kern-btn--primary")
    expect(page.locator("#email")).to_have_count(0)
    save.click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_comment_sent_too_late_is_saved_after_the_login(
    open_window: Window, end_logins: Callable[[], None], assert_accessible: Callable[[Page], None], scripts: bool
) -> None:
    page = open_window(java_script_enabled=scripts)
    log_in(page, ROBIN)
    page.goto(COMMENTS)
    page.locator("details.write > summary").click()
    page.locator("input[name=kind][value=note]").check()
    written = f"Geschrieben, als die Anmeldung schon beendet war ({scripts})."
    page.locator("textarea").fill(written)
    end_logins()
    page.locator("form.discussion__form button[value=publish]").click()
    if scripts:
        expect(page.locator("#email")).to_be_visible()
        assert_accessible(page)
    log_in_again(page, ROBIN)
    expect(page.get_by_text(written)).to_be_visible()


def test_an_answer_chosen_too_late_is_saved_after_the_login(page: Page, end_logins: Callable[[], None]) -> None:
    log_in(page, ALEX)
    page.goto(f"{BALLOT}/themes/mobility")
    end_logins()
    answer(page, 1, 2).click()  # not check(): the page is another one by the time it would look
    log_in_again(page, ALEX)
    page.goto(f"{BALLOT}/themes/mobility")
    expect(answer(page, 1, 2)).to_be_checked()


def test_a_move_pressed_too_late_is_made_after_the_login(page: Page, end_logins: Callable[[], None]) -> None:
    log_in(page, ALEX)
    page.goto(f"{BALLOT}/themes/mobility")
    for number in (1, 2):
        with page.expect_response(lambda response: response.request.method == "POST"):
            answer(page, number, 1).check()
    page.goto(f"{BALLOT}/order")
    end_logins()
    page.locator("#up-2").click()
    log_in_again(page, ALEX)
    page.goto(f"{BALLOT}/order")
    expect(page.locator(".places #idea-2")).to_be_visible()


def test_the_notice_comes_in_time_and_one_press_puts_the_end_off(
    page: Page, assert_accessible: Callable[[Page], None]
) -> None:
    page.clock.install()
    log_in(page, ROBIN)
    page.goto(COMMENTS)
    notice = page.locator("#session")
    expect(notice).to_be_hidden()
    page.locator("details.write > summary").click()
    page.locator("textarea").fill("Noch nicht fertig")
    page.clock.fast_forward("26:00")
    expect(notice).to_be_hidden()
    page.clock.fast_forward("01:30")
    expect(notice).to_be_visible()
    assert_accessible(page)
    page.locator("textarea").focus()
    stay = notice.locator("button")
    page.keyboard.press("Tab")
    stay.focus()
    page.keyboard.press("Enter")
    expect(notice.locator(".session__said")).to_be_visible()
    expect(stay).to_be_hidden()
    assert page.evaluate("document.activeElement !== document.body"), "the focus goes back to where it was"
    page.clock.fast_forward("00:11")
    expect(notice).to_be_hidden()
    expect(page.locator("textarea")).to_have_value("Noch nicht fertig")
    page.clock.fast_forward("30:00")
    expect(notice.locator(".session__over")).to_be_visible()


def test_using_one_tab_puts_the_end_off_in_the_other(page: Page) -> None:
    page.clock.install()
    log_in(page, ROBIN)
    page.goto(COMMENTS)
    page.clock.fast_forward("28:00")
    expect(page.locator("#session")).to_be_visible()
    other = page.context.new_page()
    other.goto("/methodology")
    expect(page.locator("#session")).to_be_hidden()


def test_near_the_absolute_end_there_is_no_button(page: Page, site: LiveServer) -> None:
    log_in(page, ROBIN)
    engine = create_engine(site.environ["RUHRVOTE_DATABASE_URL"])
    with engine.begin() as connection:
        made = connection.execute(text("SELECT max(created_at) FROM login")).scalar_one()
        earlier = (
            "datetime(:made, '-478 minutes')" if site.environ["RUHRVOTE_DATABASE_URL"].startswith("sqlite") else ""
        )
        assert earlier, "the browser's tests run on SQLite"
        connection.execute(text(f"UPDATE login SET created_at = {earlier} || '.000000'"), {"made": made})
    engine.dispose()
    page.goto(COMMENTS)
    notice = page.locator("#session")
    expect(notice).to_be_visible()
    expect(notice.locator(".session__final")).to_be_visible()
    expect(notice.locator("button")).to_be_hidden()
