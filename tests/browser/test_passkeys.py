"""A passkey in the browser, by Chromium's own virtual authenticator: set up at the first login, used at the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests.databases import Databases
from tests.live_server import COMMAND, environment, free_port, run_command, running, wait_until_it_answers

EMAIL, PASSWORD = "ada@kammer.example", "several words in a row"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def log_in(page: Page) -> None:
    page.goto("/login")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")


def test_set_up_at_the_first_login_and_used_at_the_next(
    databases: Databases,
    tmp_path: Path,
    new_context: Callable[..., BrowserContext],
    assert_accessible: Callable[[Page], None],
) -> None:
    port = free_port()
    url = f"http://localhost:{port}"  # browsers take no number for a passkey's website
    with databases.fresh("world") as database:
        environ = environment(tmp_path, database, RUHRVOTE_BASE_URL=url)
        who = ["--email", EMAIL, "--person", "Ada", "--organisation", "chamber 1 (round)", "--password", PASSWORD]
        made = run_command(environ, "create-admin", *who)
        assert made.returncode == 0, made.stderr
        with running([COMMAND, "serve", "--host", "localhost", "--port", str(port)], environ, tmp_path / "log"):
            wait_until_it_answers(url, tmp_path / "log")
            context = new_context(base_url=url, locale="en-GB")
            page = context.new_page()
            devices = context.new_cdp_session(page)
            devices.send("WebAuthn.enable")
            devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
            log_in(page)
            expect(page.locator("h1")).to_have_text("Set up your second factor")
            assert_accessible(page)
            page.locator("#name").fill("Laptop")
            page.get_by_role("button", name="Add a passkey").click()
            expect(page.locator(".recovery-codes li")).to_have_count(8)
            assert_accessible(page)
            page.get_by_role("button", name="I have kept the codes, go on").click()
            expect(page.locator(".who__person")).to_have_text("Ada")
            assert urlsplit(page.url).path == "/"
            page.locator(".log-out button").click()
            log_in(page)
            expect(page.locator("h1")).to_have_text("Your second factor")
            assert_accessible(page)
            page.get_by_role("button", name="Use a passkey").click()
            page.wait_for_url(f"{url}/")
            page.goto("/second-factor/factors")
            expect(page.locator(".members__item")).to_contain_text("last used on")
            assert_accessible(page)
