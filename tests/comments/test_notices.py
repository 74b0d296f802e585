"""Mail about replies: only for those who asked, in the transaction of the reply, ended by one click."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from ruhrvote.accounts.models import Account
from ruhrvote.comments.models import Attribution
from ruhrvote.comments.moderation import publish, set_rules
from ruhrvote.db import db
from ruhrvote.mail.actions import send_due
from ruhrvote.mail.models import Mail
from tests.comments.talk import say
from tests.people import World, change_settings, visit
from tests.smtp_server import mail_server

SITE = "https://vote.ruhr.example"


@pytest.fixture
def comment(app: Flask, world: World) -> int:
    change_settings(app, base_url=SITE, mail_from="vote@ruhr.example")
    return say(app, world.firm, "Wer bezahlt das alles am Ende?", account_id=world.voter)


def choose(app: Flask, world: World, *names: str) -> None:
    page = visit(app, world.voter).page("/notices")
    page.submit(dict.fromkeys(names, "y"), action="/notices")


def answer(app: Flask, world: World, comment: int, *, official: bool) -> int:
    how = Attribution.OFFICIAL if official else Attribution.ANYBODY
    return say(app, world.round.chambers[0], "Das haben wir gehört.", to=comment, attribution=how)


def mails(app: Flask) -> list[Mail]:
    with app.app_context():
        return list(db.session.scalars(select(Mail).order_by(Mail.id)))


@pytest.mark.parametrize(
    ("chosen", "replies", "official"),
    [((), 0, 0), (("replies",), 1, 0), (("official",), 0, 1), (("replies", "official"), 1, 1)],
)
def test_only_what_was_chosen(
    app: Flask, world: World, comment: int, chosen: tuple[str, ...], replies: int, official: int
) -> None:
    choose(app, world, *chosen)
    answer(app, world, comment, official=False)
    assert len(mails(app)) == replies
    answer(app, world, comment, official=True)
    assert len(mails(app)) == replies + official
    say(app, world.firm, "Eine eigene Antwort ist keine Nachricht.", to=comment)
    assert len(mails(app)) == replies + official


def test_the_mail_names_nobody_behind_a_label_and_carries_no_text(app: Flask, world: World, comment: int) -> None:
    choose(app, world, "replies")
    answer(app, world, comment, official=False)
    mail = mails(app)[0]
    assert f"{SITE}/consultations/round/ideas/1/comments/{comment}" in mail.text
    assert "Teilnehmende Organisation" in mail.text
    assert "chamber 1" not in mail.text + mail.subject
    assert "gehört" not in mail.text


def test_one_click_from_the_mail_program_ends_it(app: Flask, world: World, comment: int) -> None:
    choose(app, world, "replies", "official")
    answer(app, world, comment, official=True)
    with mail_server() as server, app.app_context():
        change_settings(app, smtp_url=server.url)
        send_due()
        received = server.received[0]
    address = received["List-Unsubscribe"].strip("<>")
    assert received["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address.startswith(f"{SITE}/notices/unsubscribe/")
    assert address in received.get_content().replace("=\n", "")
    path = address.removeprefix(SITE)
    program = app.test_client()
    assert program.get(path).status_code == 200
    answer(app, world, comment, official=True)
    assert len(mails(app)) == 2, "looking at the link ends nothing"
    assert program.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 204
    answer(app, world, comment, official=True)
    assert len(mails(app)) == 2


def test_a_person_unsubscribes_by_a_button(app: Flask, world: World, comment: int) -> None:
    choose(app, world, "replies")
    answer(app, world, comment, official=False)
    path = mails(app)[0].unsubscribe.removeprefix(SITE)
    page = visit(app, Accept_Language="en").page(path).submit(action=path)
    assert page.h1 == "No more notices"
    answer(app, world, comment, official=False)
    assert len(mails(app)) == 1
    assert visit(app).get(path[:-2]).status_code == 404


def test_a_reply_that_waits_is_told_when_it_is_approved(app: Flask, world: World, comment: int) -> None:
    choose(app, world, "replies")
    with app.app_context():
        set_rules(1, db.session.get_one(Account, world.consultation_admin), approve_first=True)
    number = answer(app, world, comment, official=False)
    assert mails(app) == []
    with app.app_context():
        publish(number, db.session.get_one(Account, world.consultation_admin))
    assert len(mails(app)) == 1
