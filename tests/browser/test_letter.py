"""From the letter to a submitted ballot, on a phone, with scripts and without; then a way in of one's own."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from ruhrvote.accounts.codes.actions import issue_codes
from ruhrvote.accounts.models import Account, Kind, Organisation
from ruhrvote.accounts.typed_codes import in_fours
from ruhrvote.app import create_app
from ruhrvote.config import load_settings
from ruhrvote.consultations.models import Consultation, RollEntry
from ruhrvote.db import db, transaction
from ruhrvote.mail.models import Mail
from tests.browser.ballot_steps import BALLOT, answer, ideas_on, open_theme, submit
from tests.live_server import LiveServer

PHONE = {"width": 360, "height": 740}
ADDRESS = "neu@firma.example"


@pytest.fixture
def letters(site: LiveServer) -> Iterator[Flask]:
    """The application on the server's database."""
    app = create_app(load_settings(site.environ))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def new_code(app: Flask) -> str:
    """The code of a letter to a firm in which nobody has an account."""
    with app.app_context(), transaction() as session:
        consultation = session.scalars(select(Consultation).where(Consultation.key == "ruhr-2026")).one()
        firm = session.scalars(
            select(RollEntry.organisation_id)
            .join(Organisation, Organisation.id == RollEntry.organisation_id)
            .where(
                RollEntry.consultation_id == consultation.id,
                Organisation.kind == Kind.FIRM,
                RollEntry.organisation_id.not_in(select(Account.organisation_id)),
            )
            .order_by(RollEntry.organisation_id.desc())
            .limit(1)
        ).one()
        return in_fours(issue_codes(consultation.id, [firm])[firm])


def mailed_link(app: Flask, purpose: str) -> str:
    """The path and fragment of the link in the newest mail of this purpose; the worker writes it within seconds."""
    deadline = time.monotonic() + 120
    with app.app_context():
        while time.monotonic() < deadline:
            db.session.rollback()
            mail = db.session.scalar(select(Mail).where(Mail.purpose == purpose).order_by(Mail.id.desc()).limit(1))
            if mail is not None:
                found = re.search(r"http://127\.0\.0\.1:8000(\S+#\S+)", mail.text)
                assert found is not None
                return found[1]
            time.sleep(0.2)
    raise AssertionError(f"no mail of the kind {purpose}")


def vote(page: Page) -> None:
    """Answer two ideas by the theme's own form, and submit, if this firm has not yet."""
    open_theme(page, "mobility")
    first, second = ideas_on(page)[:2]
    answer(page, first, 1).check()
    answer(page, second, 3).check()
    page.locator("button[name=then][value=overview]").click()
    page.wait_for_url(f"**{BALLOT}")
    submit(page)


def test_from_the_qr_code_to_the_ballot_and_to_a_way_in_of_ones_own(
    open_window: Callable[..., Page], letters: Flask, assert_accessible: Callable[[Page], None]
) -> None:
    page = open_window(viewport=PHONE)
    code = new_code(letters)
    page.goto(f"/code#{code}")
    expect(page.locator("#code")).to_have_value(code)
    assert "#" not in page.url, "neither the history nor the address shows the code"
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#begin").click()
    expect(page.locator("h1")).to_have_text("Wählen Sie eine PIN")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#new-pin").fill("314159")
    page.locator("form[action='/code/begin'] button").click()
    page.wait_for_url(f"**{BALLOT}")
    vote(page)
    page.get_by_role("link", name="Meinen Zugang einrichten").click()
    page.wait_for_url("**/account")
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#email").fill(ADDRESS)
    page.locator("form[action='/account/address'] button").click()
    expect(page.locator(".flash")).to_contain_text(ADDRESS)
    page.goto(mailed_link(letters, "confirm_address"))
    expect(page.locator("#secret")).to_have_value(re.compile(r"^(\w{4}-){5}\w{4}$"))
    assert_accessible(page)
    page.locator("main form button").click()
    page.wait_for_url("**/account")
    expect(page.locator(".flash")).to_be_visible()

    other = open_window(viewport=PHONE)
    other.goto(f"/code#{code}")
    other.locator("#begin").click()
    expect(other.locator("#problems")).to_contain_text("Dieser Code gilt nicht")
    other.goto("/login/link")
    other.locator("#link-email").fill(ADDRESS)
    other.locator("main form button").click()
    other.wait_for_url("**/login/link/sent")
    assert_accessible(other)
    other.goto(mailed_link(letters, "login_link"))
    other.locator("main form button").click()
    expect(other.locator("form.log-out")).to_be_visible()


def test_typed_by_hand_where_no_script_runs(open_window: Callable[..., Page], letters: Flask) -> None:
    page = open_window(java_script_enabled=False, viewport=PHONE)
    code = new_code(letters)
    page.goto("/login")
    page.locator("#code").fill(code.lower().replace("-", " "))
    page.locator("form[action='/code'] button").click()
    page.locator("#new-pin").fill("314 159")
    page.locator("form[action='/code/begin'] button").click()
    page.wait_for_url(f"**{BALLOT}")
    vote(page)
    page.goto("/account")
    page.locator("#password").fill("vier Wörter ohne Zusammenhang")
    page.locator("form[action='/account/password'] button").click()
    expect(page.locator(".flash")).to_be_visible()
    page.locator("form.log-out button").click()
    page.goto("/code")
    page.locator("#code").fill(code)
    page.locator("#begin").click()
    expect(page.locator("#problems")).to_be_visible()
