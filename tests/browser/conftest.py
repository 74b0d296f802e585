"""Chromium, the demonstration on the real server, and what every page must be in a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, expect

from ruhrvote.config import ROOT
from tests.databases import Databases
from tests.live_server import LiveServer, live_server

# Without a sandbox root could not start it; the rest keeps it from asking the world for anything.
CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Milliseconds that a page may take. None does, but on a busy machine ten seconds pass before anybody has had a turn.
PATIENCE = 60_000
expect.set_options(timeout=PATIENCE)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium instead of a download, without the surface of windows and menus, which takes half the time."""
    program = shutil.which("chromium-headless-shell")
    if program is None:
        pytest.fail("Chromium is missing. As root on Debian: apt-get install chromium-headless-shell", pytrace=False)
    return browser_type_launch_args | {"executable_path": program, "args": CHROMIUM}


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The demonstration on the real server; the tests of one file share it."""
    with (
        databases.fresh("demo") as url,
        live_server(url, tmp_path_factory.mktemp("site"), worker=True) as server,
    ):
        yield server


@pytest.fixture
def open_window(new_context: Callable[..., BrowserContext], site: LiveServer) -> Iterator[Callable[..., Page]]:
    """A function that opens a window with cookies of its own: a visitor from the region, unless told otherwise.

    At the end no console may have shown an error, no script failed and no answer been 500 or above.
    """
    problems: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # Chromium reports each answer of 400 and above; those are judged by the test that asked for them.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            problems.append(f"{message.type}: {message.text}")

    def answered(response: Response) -> None:
        if response.status >= 500:
            problems.append(f"{response.url} answered {response.status}")

    def window(**options: Any) -> Page:
        visitor = {"base_url": site.url, "locale": "de-DE", "timezone_id": "Europe/Berlin"}
        context = new_context(**(visitor | options))
        context.on("console", heard)
        context.on("weberror", lambda error: problems.append(f"script: {error.error}"))
        context.on("response", answered)
        context.set_default_timeout(PATIENCE)
        return context.new_page()

    yield window
    assert not problems, "\n".join(problems)


@pytest.fixture
def page(open_window: Callable[..., Page]) -> Page:
    """A window at the demonstration, not logged in."""
    return open_window()


@pytest.fixture(scope="session")
def assert_accessible() -> Callable[[Page], None]:
    """A function that lets axe look at a page and fails if it finds anything at WCAG 2.2 AA."""
    axe = (ROOT / "tests" / "vendor" / "axe.min.js").read_text(encoding="utf-8")

    def check(page: Page) -> None:
        page.evaluate(axe)  # evaluated from outside, so the page's content security policy stays on
        found = page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})", WCAG
        )
        faults = [
            f"{violation['id']} ({violation['help']}): {node['target']} {node['html']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]
        assert not faults, f"{page.url}\n" + "\n".join(faults)

    return check
