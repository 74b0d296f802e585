"""The first admin: made once by the code that the server prints, with a password like everybody's."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.first_admin import first_code
from ruhrvote.accounts.limits.actions import MOST_GUESSES, try_code
from ruhrvote.accounts.limits.queries import Client
from ruhrvote.accounts.models import Account, Kind, Role
from ruhrvote.db import db
from tests.people import visit
from tests.rounds import PASSWORD


def test_by_the_code_alone_with_a_good_password_and_only_once(app: Flask) -> None:
    with app.app_context():
        chamber = create_organisation(kind=Kind.CHAMBER, name="Kammer", chamber_ids=[])
        code = first_code()
    visitor = visit(app, Accept_Language="en")
    person = {"person": "Eva Erste", "email": "eva@kammer.example", "organisation": str(chamber), "password": PASSWORD}
    page = visitor.page("/first-admin").submit(person | {"code": code, "password": "password1234"}, status=422)
    assert "one of the most common passwords" in page.text
    page = page.submit(person | {"code": "AAAA-BBBB-CCCC-DDDD"}, status=422)
    assert "not the code that the server printed" in page.text
    with app.app_context():
        for _ in range(MOST_GUESSES - 1):
            assert try_code(Client("127.0.0.1")).wait == 0, "one guess was counted, and no more"
    page = page.submit(person | {"code": code}, status=429)
    assert int(page.response.headers["Retry-After"]) > 0
    visitor.environ_base["REMOTE_ADDR"] = "203.0.113.9"
    page.submit(person | {"code": code.lower()})
    with app.app_context():
        assert db.session.scalars(select(Account)).one().role == Role.CONSULTATION_ADMIN
    assert visitor.get("/first-admin").status_code == 404
