"""Letters from the order to the print shop, as a chamber's admin makes them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import log_in


def test_from_the_order_to_the_print_shop(
    page: Page, assert_accessible: Callable[[Page], None], tmp_path: Path
) -> None:
    log_in(page, "chris.verwalter@kammer.example")
    page.get_by_role("link", name="Einladungen", exact=True).first.click()
    assert_accessible(page)
    page.get_by_role("link", name="Briefe vorbereiten").click()
    page.get_by_label("Art").select_option("Unternehmen")
    expect(page.locator("#preview")).to_contain_text("Briefe")
    assert_accessible(page)
    page.get_by_role("button", name="Briefe beauftragen").click()
    # The page asks by itself until the worker is done.
    part = page.get_by_role("button", name="-001.pdf herunterladen")
    expect(part).to_be_visible()
    assert_accessible(page)
    with page.expect_download() as started:
        part.click()
    started.value.save_as(tmp_path / "letters.pdf")
    assert (tmp_path / "letters.pdf").read_bytes().startswith(b"%PDF")
    page.reload()
    expect(page.get_by_text("abgerufen am")).to_be_visible()
    page.get_by_label("Die Druckerei hat alle Dateien.").check()
    page.get_by_role("button", name="Bestätigen und Dateien löschen").click()
    expect(page.get_by_text("An Druckerei übergeben am")).to_be_visible()
    expect(part).to_have_count(0)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto("/consultations/ruhr-2026/help-desk?q=Demo")
    page.locator("#found a").first.click()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
