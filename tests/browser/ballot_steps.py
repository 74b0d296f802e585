"""Steps of a voter on the ballot's pages, with texts of both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

from ruhrvote.demo import PASSWORD

BALLOT = "/consultations/ruhr-2026/ballot"
BOARDS = "/consultations/ruhr-2026/boards"

# Two people of one firm that has not begun its ballot, one of a town and one of a chamber.
ALEX = "alex.muster@musterbau.example"
KIM = "kim.beispiel@musterbau.example"
ROBIN = "robin.vorlage@kommune.example"
TONI = "toni.probe@handwerk.example"


def log_in(page: Page, email: str) -> None:
    page.goto("/login")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("form.log-out")).to_be_visible()


def open_theme(page: Page, theme: str) -> None:
    """The page of a theme, by the overview's own link; each organisation reads the themes in an order of its own."""
    page.goto(BALLOT)
    page.locator(f".tasks__link[href$='/themes/{theme}']").click()
    page.wait_for_url(f"**/themes/{theme}")


def answer(page: Page, number: int, value: int) -> Locator:
    """The radio button for an answer to the idea with this number."""
    return page.locator(f"#answer-{number}-{value}")


def expect_saved(page: Page, number: int, value: int) -> None:
    """Wait until the page knows that the draft has this answer."""
    expect(page.locator(f"[name=seen-{number}]")).to_have_value(str(value))


def judge(page: Page, value: int, *numbers: int) -> None:
    """Give these ideas of the page an answer, and wait until each is saved."""
    for number in numbers:
        answer(page, number, value).check()
    for number in numbers:
        expect_saved(page, number, value)


def ideas_on(page: Page) -> list[int]:
    """The numbers of the ideas on the page of a theme."""
    return page.locator("fieldset.answer").evaluate_all("ideas => ideas.map(idea => Number(idea.id.slice(5)))")


def places(page: Page) -> list[list[int]]:
    """The order as the page shows it: tiers of the ideas' numbers."""
    return page.locator(".places .place").evaluate_all(
        "tiers => tiers.map(tier => [...tier.querySelectorAll('[id^=idea-]')].map(idea => Number(idea.id.slice(5))))"
    )


def unplaced(page: Page) -> list[int]:
    """The ideas that the page shows as not in order, by number."""
    return page.locator(".unplaced [id^=idea-]").evaluate_all("ideas => ideas.map(idea => Number(idea.id.slice(5)))")


@contextmanager
def told(page: Page) -> Iterator[None]:
    """What happens here ends with a new sentence in the status line, and with a new order on the page."""
    said = page.locator("#said")
    before = said.inner_text()
    yield
    expect(said).not_to_have_text(before)


def submit(page: Page) -> str:
    """Confirm and submit on the review page; the number of the receipt that follows."""
    page.goto(f"{BALLOT}/review")
    page.locator("#entitled").check()
    page.locator("form[action$='/ballot/submit'] button[type=submit]").click()
    page.wait_for_url("**/ballot/receipt")
    return page.locator(".receipt__number").inner_text()


def check_receipt(page: Page, number: str) -> str:
    """Which kind of answer the check page gives: success, info, warning or danger."""
    page.goto("/receipts")
    page.locator("#receipt").fill(number)
    page.locator("form[action='/receipts'] button[type=submit]").click()
    kind = page.locator("#answer").get_attribute("class") or ""
    return kind.partition("kern-alert--")[2].split()[0]
