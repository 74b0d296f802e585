"""Steps of tests at the login page."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from ruhrvote.accounts.models import Login
from ruhrvote.db import db
from tests.pages import Page, Visitor
from tests.people import World
from tests.rounds import PASSWORD

EMAIL = "kim@firma.example"


GERMAN = {"Accept-Language": "de"}


def try_login(visitor: Visitor, password: str = PASSWORD, email: str = EMAIL, status: int = 200) -> Page:
    return visitor.page("/login").submit({"email": email, "password": password}, status=status)


def logins(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Login)) or 0


def may_vote(visitor: Visitor, world: World) -> bool:
    status = visitor.get(f"/consultations/{world.key}/ballot").status_code
    assert status in (200, 303)
    return status == 200
