"""Pages of everybody and of each role: sound on every screen, in both languages, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import ALEX, BALLOT, log_in

MIKA = "mika.leitung@befragung.example"
ROUND = "/consultations/ruhr-2026"
# Pages that no other test here looks at, by who may see them.
OF_A_VOTER = (
    "/",
    "/account",
    "/account/data",
    "/team",
    f"{BALLOT}/history",
    f"{BALLOT}/paper",
    "/receipts",
    "/no-such-page",
    "/consultations/ruhr-2024/ballot/feedback",
)
OF_AN_ADMIN = (
    "/",
    "/organisations",
    "/organisations/new",
    "/organisations/import",
    "/organisations/doubles",
    "/letterhead",
    "/letterhead/texts/mail-invitation-de",
    "/audit-trail",
    "/mail",
    f"{ROUND}/help-desk",
    f"{ROUND}/ideas/11/note",
    f"{ROUND}/control",
)
FAULTY = "Mitgliedsnummer;Name\n1;Erste GmbH\n1;Zweite GmbH\n;Dritte GmbH\n"
SCREENS = {"phone": (360, 740), "tablet": (768, 1024), "desk": (1440, 900)}


def public_pages(page: Page) -> list[str]:
    """The pages that the start page leads to without a login."""
    page.goto("/")
    links = page.locator("a[href^='/']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return sorted({"/", *(link.split("#")[0] for link in links if not link.startswith(("/language/", "/static/")))})


@pytest.mark.parametrize(
    ("screen", "scheme"), [("phone", "light"), ("desk", "dark"), pytest.param("tablet", "dark", marks=pytest.mark.long)]
)
def test_public_pages_are_accessible_and_fit_the_screen(
    page: Page, assert_accessible: Callable[[Page], None], screen: str, scheme: str
) -> None:
    width, height = SCREENS[screen]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme)
    paths = public_pages(page)
    assert len(paths) > 3
    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the screen"


@pytest.fixture
def sound(page: Page, assert_accessible: Callable[[Page], None]) -> Callable[[], None]:
    """A function that fails if the page is not accessible, or wider than the phone that it is shown on."""
    page.set_viewport_size({"width": 360, "height": 740})

    def check() -> None:
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, f"{page.url} is wider than the screen"

    return check


@pytest.mark.parametrize(("email", "paths"), [(ALEX, OF_A_VOTER), (MIKA, OF_AN_ADMIN)], ids=["voter", "admin"])
def test_pages_of_a_role_are_accessible_and_fit_a_phone(
    page: Page, sound: Callable[[], None], email: str, paths: tuple[str, ...]
) -> None:
    log_in(page, email)
    for path in paths:
        page.goto(path)
        sound()


def test_an_organisation_and_an_import_with_faults_are_accessible_and_fit_a_phone(
    page: Page, sound: Callable[[], None]
) -> None:
    log_in(page, MIKA)
    page.goto("/organisations?q=Musterbau Emscher")
    page.locator("#organisations th a").first.click()
    page.wait_for_url("**/organisations/*")
    sound()
    page.get_by_role("link", name="Organisation ändern").click()
    page.wait_for_url("**/edit")
    sound()
    page.goto("/organisations/import")
    page.locator("#file").set_input_files({"name": "members.csv", "mimeType": "text/csv", "buffer": FAULTY.encode()})
    page.get_by_role("button", name="Hochladen").click()
    page.get_by_role("button", name="Datei prüfen").click()
    expect(page.locator("#faults")).to_be_visible()
    sound()


@pytest.mark.parametrize(("locale", "language"), [("de-DE", "de"), ("en-GB", "en"), ("tr-TR", "de")])
def test_the_browsers_language_decides(open_window: Callable[..., Page], locale: str, language: str) -> None:
    page = open_window(locale=locale)
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == language
