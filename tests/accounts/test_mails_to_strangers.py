"""What one person can cause in somebody else's mailbox: few mails a day, and none that says what the person wants."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.limits.actions import MOST_CAUSED_A_DAY, MOST_MAILS_A_DAY
from ruhrvote.accounts.links.actions import LINKS
from ruhrvote.accounts.models import Account, AttemptCount
from ruhrvote.db import clock, db, transaction
from ruhrvote.mail.models import Mail
from ruhrvote.mail.texts import harmless
from tests.accounts.colleagues import ENGLISH
from tests.jobs.running import do_jobs
from tests.pages import Visitor
from tests.people import World, make_person, post, visit
from tests.rounds import PASSWORD

pytestmark = pytest.mark.alike

LURE = "Gewinn: http://evil.example/x www.evil.example @evil"
VICTIM = "opfer@fremd.example"


def invite(visitor: Visitor, email: str, person: str = LURE) -> int:
    """Invite, and revoke at once, so that the team is never complete; returns the status."""
    status = post(visitor, "/team/invitations", {"email": email, "person": person}).status_code
    for path in re.findall(r"/team/invitations/\d+/revoke", visitor.get("/team").get_data(as_text=True)):
        post(visitor, path)
    return status


def mails(app: Flask, recipient: str | None = None) -> int:
    with app.app_context():
        found = select(func.count()).select_from(Mail)
        return db.session.scalar(found if recipient is None else found.where(Mail.recipient == recipient)) or 0


def a_day_passes(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(AttemptCount).values(until=clock() - timedelta(seconds=1)))


def test_a_hundred_invitations_a_minute_are_few_and_say_nothing_of_the_senders(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Account).where(Account.id == world.voter).values(person=LURE))
    visitor = visit(app, world.voter, **ENGLISH)
    statuses = [invite(visitor, VICTIM) for _ in range(10)]
    assert statuses == [303] * MOST_MAILS_A_DAY["invitations"] + [422] * (10 - MOST_MAILS_A_DAY["invitations"])
    statuses = [invite(visitor, f"opfer-{number}@fremd.example") for number in range(MOST_CAUSED_A_DAY)]
    assert statuses.count(303) == MOST_CAUSED_A_DAY - MOST_MAILS_A_DAY["invitations"]
    assert mails(app) == MOST_CAUSED_A_DAY
    with app.app_context():
        for mail in db.session.scalars(select(Mail)):
            assert mail.text is not None
            told = mail.subject + mail.text.partition("\n\n")[0]
            assert "evil" not in told
            assert "Gewinn" not in told
            assert "evil.example" not in mail.text
            assert "http://evil" not in mail.text
    page = visitor.page("/team").submit({"email": "neu@fremd.example", "person": "Neu Hier"}, status=422)
    assert "No more mails can be sent" in page.text
    a_day_passes(app)
    assert invite(visitor, VICTIM) == 303


def test_another_account_of_the_organisation_adds_nothing(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter, **ENGLISH)
    for number in range(MOST_CAUSED_A_DAY):
        invite(visitor, f"opfer-{number}@fremd.example")
    post(visitor, f"/team/colleagues/{world.colleague}/first")
    assert invite(visit(app, world.colleague, **ENGLISH), VICTIM) == 422


def test_links_to_a_mailbox_are_few_a_day_and_its_owner_gets_one_all_the_same(app: Flask, world: World) -> None:
    with app.app_context():
        number = make_person(world.firm)
        with transaction() as session:
            session.execute(update(Account).where(Account.id == number).values(email=VICTIM))
        db.session.remove()
    for round_ in range(40):
        stranger = visit(app, **ENGLISH)
        stranger.environ_base["REMOTE_ADDR"] = f"203.0.113.{round_}"
        for _ in range(2):
            stranger.page("/login/link").submit({"email": VICTIM})
        with app.app_context(), transaction() as session:  # ten minutes pass, and no day
            soon = clock() + timedelta(minutes=30)
            session.execute(
                update(AttemptCount).where(AttemptCount.until < soon).values(until=clock() - timedelta(seconds=1))
            )
    with app.app_context():
        do_jobs(LINKS)
    assert mails(app, VICTIM) == MOST_MAILS_A_DAY["links"]


def test_a_new_address_is_asked_for_few_times_a_day_and_reads_no_name(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Account).where(Account.id == world.voter).values(person=LURE))
    visitor = visit(app, world.voter, **ENGLISH)
    for number in range(MOST_CAUSED_A_DAY + 5):
        visitor.environ_base["REMOTE_ADDR"] = f"203.0.113.{number}"
        post(visitor, "/account/address", {"email": f"opfer-{number}@fremd.example", "password": PASSWORD})
    with app.app_context():
        do_jobs(LINKS)
        sent = db.session.scalars(select(Mail).where(Mail.purpose == "confirm_address")).all()
        assert len(sent) == MOST_CAUSED_A_DAY
        assert not any("evil" in mail.subject + (mail.text or "") for mail in sent)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dr. Eva Müller-Lüdenscheidt", "Dr. Eva Müller-Lüdenscheidt"),
        ("E. O'Neill", "E. O'Neill"),
        ("http://evil.example/x", "http evil example x"),
        ("eva@evil.example", "eva evil example"),
        ("Eva\nBcc: x", "Eva Bcc x"),
        ("x" * 100, "x" * 60),
    ],
)
def test_a_name_in_somebody_elses_mail_is_a_name(name: str, shown: str) -> None:
    assert harmless(name) == shown
