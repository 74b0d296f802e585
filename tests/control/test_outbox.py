"""The page of the outbox: what became of each mail, and sending again what failed."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import update

from ruhrvote.accounts.actions import mark_installation
from ruhrvote.db import clock, db, transaction
from ruhrvote.mail.actions import queue
from ruhrvote.mail.models import Mail
from ruhrvote.mail.texts import Purpose
from tests.people import World, visit
from tests.statements import counted

ENGLISH = {"Accept_Language": "en"}


def queue_some(app: Flask, number: int = 1, **values: object) -> None:
    with app.app_context(), transaction() as session:
        for i in range(number):
            facts = {"person": "Kim", "inviter": "Alex", "organisation": "Firma"}
            queue(Purpose.ADDRESS_IN_USE, f"kim{i}@firma.example", "en", link="https://vote.example/login", **facts)
        session.flush()
        if values:
            session.execute(update(Mail).values(**values))


def test_the_control_room_leads_to_it_and_it_says_that_nothing_was_sent(app: Flask, world: World) -> None:
    page = visit(app, world.consultation_admin, **ENGLISH).page("/consultations/round/control").follow("Mail")
    assert "Nothing has been sent by e-mail yet." in page.text
    assert "No mail server is set" in page.text


def test_each_mail_with_its_purpose_and_state_but_neither_address_nor_text(app: Flask, world: World) -> None:
    queue_some(app)
    page = visit(app, world.consultation_admin, **ENGLISH).page("/mail")
    assert "waiting Invitation to an address that has an account k…@firma.example" in page.text
    assert "kim0@" not in page.html
    assert "wanted to invite you" not in page.text


def test_in_a_demonstration_one_reads_the_mail_and_follows_its_link(app: Flask, world: World) -> None:
    with app.app_context():
        mark_installation(True)
    queue_some(app)
    page = visit(app, world.consultation_admin, **ENGLISH).page("/mail")
    assert "No mail leaves a demonstration" in page.text
    assert page.link("https://vote.example/login") == "https://vote.example/login"


def test_what_failed_says_why_and_is_sent_again(app: Flask, world: World) -> None:
    queue_some(app, state="failed", tries=8, last_error="550 no such user")
    page = visit(app, world.consultation_admin, **ENGLISH).page("/mail?state=failed")
    assert "Last error: 550 no such user" in page.text
    page = page.submit(action="/mail/1/again")
    assert "The mail will be sent again." in page.text
    assert "waiting (1)" in page.text
    with app.app_context():
        mail = db.session.get_one(Mail, 1)
        assert (mail.state, mail.tries) == ("waiting", 0)
        assert mail.next_try_at <= clock()


def test_what_was_sent_or_waits_is_not_sent_again(app: Flask, world: World) -> None:
    queue_some(app, state="failed")
    page = visit(app, world.consultation_admin, **ENGLISH).page("/mail")
    queue_some(app, state="sent")
    page.submit(action="/mail/1/again", status=409)


def test_page_by_page_at_the_same_cost(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin, **ENGLISH)
    queue_some(app, 3)
    with counted(app) as few:
        visitor.page("/mail")
    queue_some(app, 60)
    with counted(app) as many:
        page = visitor.page("/mail")
    assert len(many) == len(few)
    assert len(page.root.findall(".//li[@id]")) == 50
    assert len(page.follow("Next page").root.findall(".//li[@id]")) == 13
    assert "all (63)" in page.text
