"""Helpers to set the mail server and to queue, read and delay a mail to Kim."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask
from sqlalchemy import select, update

from ruhrvote.db import clock, db, transaction
from ruhrvote.mail.actions import queue
from ruhrvote.mail.models import Mail
from ruhrvote.mail.texts import Purpose
from tests.people import change_settings

KIM = "kim@firma.example"


def use(app: Flask, smtp_url: str) -> None:
    change_settings(
        app,
        smtp_url=smtp_url,
        mail_from="RuhrVote <vote@ruhr.example>",
        base_url="https://vote.ruhr.example",
    )


def queue_one(recipient: str = KIM, language: str = "de", **facts: str) -> None:
    given = {"person": "Kim Jäger", "inviter": "Alex Größer", "organisation": "Bäckerei Ruß", "link": "https://x/login"}
    with transaction():
        queue(Purpose.ADDRESS_IN_USE, recipient, language, **(given | facts))


def the_mail() -> Mail:
    db.session.rollback()
    return db.session.scalars(select(Mail)).one()


def make_due() -> None:
    with transaction() as session:
        session.execute(update(Mail).values(next_try_at=clock() - timedelta(milliseconds=1)))
