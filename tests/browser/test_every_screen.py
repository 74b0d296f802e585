"""The pages that everybody may see: sound on every screen, in both languages, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

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


@pytest.mark.parametrize(("locale", "language"), [("de-DE", "de"), ("en-GB", "en"), ("tr-TR", "de")])
def test_the_browsers_language_decides(open_window: Callable[..., Page], locale: str, language: str) -> None:
    page = open_window(locale=locale)
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == language
