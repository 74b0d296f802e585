"""Downloading in the browser: what is short at once, what is long as soon as the worker has made it."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, insert

from ruhrvote.accounts.models import Kind, Organisation
from tests.browser.ballot_steps import log_in
from tests.live_server import LiveServer

MIKA = "mika.leitung@befragung.example"
EXPORTS = "/consultations/ruhr-2024/exports"


def add_firms(site: LiveServer, first: int, number: int = 5_000) -> None:
    """So many firms that a list of all is not written at once."""
    engine = create_engine(site.environ["RUHRVOTE_DATABASE_URL"])
    with engine.begin() as connection:
        firms = [{"id": first + n, "kind": Kind.FIRM, "name": f"Firma {first + n}"} for n in range(number)]
        connection.execute(insert(Organisation), firms)
    engine.dispose()


def form(page: Page, export: str, name: str) -> None:
    page.locator(f"form:has(input[value={export}]) button[value={name}]").click()


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_one_click_for_the_short_and_an_order_for_the_long(
    site: LiveServer, open_window: Callable[..., Page], assert_accessible: Callable[[Page], None], scripts: bool
) -> None:
    add_firms(site, 100_000 if scripts else 200_000)
    page = open_window(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    log_in(page, MIKA)
    page.goto(EXPORTS)
    if scripts:  # the first of the two: later there are files
        expect(page.get_by_role("heading", name="Ihre Dateien")).to_be_hidden()
    with page.expect_download() as waiting:
        form(page, "results", "xlsx")
    book = openpyxl.load_workbook(BytesIO(Path(waiting.value.path()).read_bytes()))
    assert book.sheetnames == ["Ergebnisse", "Zu dieser Datei"]

    form(page, "organisations", "csv")
    expect(page.get_by_role("heading", name="Ihre Dateien")).to_be_visible()
    ready = page.get_by_role("button", name="Herunterladen")
    if scripts:
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        ready.wait_for()  # the page asks by itself
    else:
        for _ in range(240):
            if ready.count():
                break
            page.wait_for_timeout(250)
            page.get_by_role("link", name="Neu laden").click()
    with page.expect_download() as waiting:
        ready.click()
    assert waiting.value.suggested_filename == "ruhrvote-ruhr-2024-organisations.csv"
    text = Path(waiting.value.path()).read_text("utf-8-sig")
    assert text.count("\n") > 5_000
    page.goto(EXPORTS)
    expect(page.locator("#files")).to_contain_text("Wurde heruntergeladen")
    expect(ready).to_have_count(0)
