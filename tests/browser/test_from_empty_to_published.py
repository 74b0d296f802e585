"""A consultation from an empty database to its published result, by two admins and two firms, in browsers alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pyotp import TOTP
from sqlalchemy import select

from ruhrvote.app import create_app
from ruhrvote.config import load_settings
from ruhrvote.db import db
from ruhrvote.mail.models import Mail
from ruhrvote.web import TIME_ZONE
from tests.browser.ballot_steps import ideas_on, judge
from tests.databases import Databases
from tests.live_server import LiveServer, environment, live_server, run_command

PASSWORD = "a password for tests"
KEY = "ruhr-2030"


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A new installation: tables and region, nothing else; its data folder is named in its environment."""
    folder = tmp_path_factory.mktemp("site")
    with databases.blank() as url:
        assert run_command(environment(folder, url), "init").returncode == 0
        with live_server(url, folder, worker=True) as server:
            yield server


def log_in(page: Page, email: str) -> None:
    page.goto("/login")
    page.get_by_role("textbox", name="E-mail address").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def log_in_as_admin(page: Page, email: str, assert_accessible: Callable[[Page], None]) -> None:
    """The first login of an admin leads through setting up the second factor."""
    log_in(page, email)
    set_up_factor(page, assert_accessible)


def set_up_factor(page: Page, assert_accessible: Callable[[Page], None]) -> None:
    expect(page.locator("h1")).to_have_text("Set up your second factor")
    assert_accessible(page)
    page.get_by_label("Code that the app shows").fill(
        TOTP("".join(page.locator(".factor-key").inner_text().split())).now()
    )
    page.get_by_role("button", name="Set up the app").click()
    expect(page.locator(".recovery-codes li")).to_have_count(8)
    page.get_by_role("button", name="I have kept the codes, go on").click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


@pytest.fixture
def mails(site: LiveServer) -> Iterator[Flask]:
    """The application on the server's database, to read what went to whom."""
    app = create_app(load_settings(site.environ))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def new_account(page: Page, organisation: str, role: str, email: str = "") -> None:
    """Invite somebody: to the address on file, or to this one."""
    page.goto(f"/organisations?q={organisation}")
    page.get_by_role("main").get_by_role("link", name=organisation).first.click()
    page.get_by_label("Name of the person").fill("Kim Muster")
    page.get_by_label(re.compile(role)).check()
    if email:
        page.get_by_role("textbox", name="E-mail address").fill(email)
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("Only whoever receives it can set up the account.")).to_be_visible()


def accept(page: Page, app: Flask, email: str) -> None:
    """Open the link in the mail, and choose a password."""
    with app.app_context():
        mail = db.session.scalars(select(Mail).where(Mail.recipient == email).order_by(Mail.id.desc())).first()
        assert mail is not None
        link = re.search(r"http://\S+(/join#\S+)", mail.text)
    assert link is not None
    page.goto(link[1])
    page.locator("main form button").click()
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Join and begin").click()


def test_from_an_empty_database_to_the_published_result(
    open_window: Callable[..., Page], site: LiveServer, mails: Flask, assert_accessible: Callable[[Page], None]
) -> None:
    log = (Path(site.environ["RUHRVOTE_DATA_DIR"]) / "serve.log").read_text(encoding="utf-8")
    code = re.search(r"code: ([A-Z2-7-]+)", log)
    assert code is not None, log
    admin, second = open_window(locale="en-GB"), open_window(locale="en-GB")

    admin.goto("/")
    admin.get_by_role("link", name="Create the first admin").click()
    assert_accessible(admin)
    for label, text in (
        ("Code from the start", code[1]),
        ("Your name", "Mika Leitung"),
        ("E-mail", "mika@kammer.example"),
        ("Password", PASSWORD),
    ):
        admin.get_by_label(label).fill(text)
    admin.get_by_role("button", name="Create the account").click()
    log_in_as_admin(admin, "mika@kammer.example", assert_accessible)
    # The second admin comes from the command line: nobody makes somebody with whom to confirm.
    chamber, password = ("--organisation", "IHK zu Dortmund"), ("--password", PASSWORD)
    made = site.command(
        "create-admin", "--email", "ilka@kammer.example", "--person", "Ilka Zweite", *chamber, *password
    )
    assert made.returncode == 0, made.stderr
    more = site.command("create-admin", "--email", "dora@kammer.example", "--person", "Dora", *chamber, *password)
    assert "propose and confirm further ones" in more.stderr
    for firm in ("Erste Firma", "Zweite Firma"):
        admin.goto("/organisations/new")
        admin.get_by_label("Name", exact=True).fill(firm)
        admin.get_by_role("checkbox", name="IHK zu Dortmund").check()
        admin.get_by_label("E-mail address").fill(f"{firm.split()[0].lower()}@firma.example")
        admin.get_by_role("button", name=re.compile("reate")).click()
        new_account(admin, firm, "Voter")

    admin.goto("/")
    admin.get_by_role("link", name="New consultation").click()
    admin.get_by_label("Title in German").fill("Ideen 2030")
    admin.get_by_label("Title in English").fill("Ideas 2030")
    admin.get_by_label("Short name").fill(KEY)
    assert_accessible(admin)
    admin.get_by_role("button", name="Create the draft").click()
    admin.get_by_label("Introduction in German").fill("Worum es geht.")
    admin.get_by_label("Introduction in English").fill("What it is about.")
    assert_accessible(admin)
    admin.get_by_role("button", name="Save and continue").click()
    admin.get_by_role("button", name="Take this list").click()
    expect(admin.get_by_text("40 ideas are entered.")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_role("link", name="Continue: rules").click()
    admin.get_by_label(re.compile("^Live")).check()
    admin.get_by_label(re.compile("at least so many")).fill("1")
    admin.get_by_label(re.compile("Days after the close")).fill("0")
    assert_accessible(admin)
    admin.get_by_role("button", name="Save and continue").click()
    assert_accessible(admin)
    admin.get_by_role("link", name="Continue: dates").click()
    ends = (datetime.now(TIME_ZONE) + timedelta(days=30)).strftime("%Y-%m-%dT18:00")
    admin.get_by_label("Closes at").fill(ends)
    assert_accessible(admin)
    admin.get_by_role("button", name="Save and continue").click()
    expect(admin.get_by_text("This is what a voter will see")).to_be_visible()
    assert_accessible(admin)
    admin.get_by_role("link", name="Continue: checklist").click()
    expect(admin.get_by_role("main").get_by_text("missing", exact=True)).to_have_count(0)
    assert_accessible(admin)
    admin.get_by_label("The rules and the list of ideas are final.").check()
    admin.get_by_role("button", name="Open now").click()
    expect(admin.get_by_text("The consultation is open.")).to_be_visible()
    assert_accessible(admin)

    for firm in ("erste", "zweite"):
        voter = open_window(locale="en-GB")
        accept(voter, mails, f"{firm}@firma.example")
        expect(voter.get_by_role("button", name="Log out")).to_be_visible()
        voter.goto(f"/consultations/{KEY}/ballot/themes/mobility")
        judge(voter, 1, *ideas_on(voter)[:3])
        voter.goto(f"/consultations/{KEY}/ballot/review")
        voter.locator("#entitled").check()
        voter.locator("form[action$='/ballot/submit'] button[type=submit]").click()
        voter.wait_for_url("**/ballot/receipt")
        voter.context.close()

    control = f"/consultations/{KEY}/control"
    log_in_as_admin(second, "ilka@kammer.example", assert_accessible)
    for step, reached in (("Close early", "Closed"), ("Certify the result", "Certified")):
        admin.goto(control)
        admin.get_by_role("button", name=f"Propose: {step}").click()
        expect(admin.get_by_text("Another consultation admin must confirm it.")).to_be_visible()
        second.goto(control)
        assert_accessible(second)
        second.get_by_role("button", name=f"Confirm: {step}").click()
        for _ in range(240):
            second.goto(control)
            if second.locator("[aria-current=step]").inner_text() == reached:
                break
            second.wait_for_timeout(250)
        expect(second.locator("[aria-current=step]")).to_have_text(reached)
    assert_accessible(second)
    second.get_by_label("The result is final.").check()
    second.get_by_role("button", name="Publish now").click()
    expect(second.get_by_text("The result is published.").first).to_be_visible()
    assert_accessible(second)
    visitor = open_window(locale="en-GB")
    visitor.goto(f"/consultations/{KEY}/boards/overall")
    expect(visitor.locator("#board").get_by_text("Result", exact=True)).to_be_visible()
    expect(visitor.locator("#board-turnout")).to_contain_text("2 of")
    assert site.command("recount").returncode == 0
