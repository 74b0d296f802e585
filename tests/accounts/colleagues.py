"""The page of a team, and the mails that invite to it."""

from __future__ import annotations

import re

from flask import Flask
from sqlalchemy import select

from ruhrvote.db import db
from ruhrvote.mail.models import Mail
from tests.pages import Page, Visitor
from tests.people import World, team_in, visit

EVA = "eva@firma.example"


ENGLISH = {"Accept_Language": "en"}


def team_page(app: Flask, account: int) -> Page:
    return visit(app, account, **ENGLISH).page("/team")


def invite(app: Flask, world: World, email: str = EVA, person: str = "Eva Neu", status: int = 200) -> Page:
    return team_page(app, world.voter).submit({"person": person, "email": email}, status=status)


def the_mail(app: Flask) -> Mail:
    with app.app_context():
        return db.session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()


def secrets_in(mail: Mail) -> tuple[str, str]:
    """The token and the code that a mail holds."""
    token, code = re.search(r"/join#(\S+)", mail.text), re.search(r"^(\w{4}-){5}\w{4}$", mail.text, re.MULTILINE)
    assert token is not None
    assert code is not None
    return token[1], code[0]


def enter_code(visitor: Visitor, secret: str, status: int = 200) -> Page:
    return visitor.page("/join").submit({"secret": secret}, status=status)


def names(app: Flask, organisation: int) -> list[str]:
    with app.app_context():
        return [member.email for member in team_in(organisation)]
