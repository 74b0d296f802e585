"""A small round whose organisations have addresses, and the worker called by hand."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import func, select

from ruhrvote.accounts.codes.actions import find_code
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Organisation
from ruhrvote.accounts.typed_codes import Mistyped, read_code
from ruhrvote.db import db, transaction
from ruhrvote.invitations.models import Mailing
from ruhrvote.invitations.produce import MAILINGS
from ruhrvote.jobs.models import JobPiece
from tests.jobs.running import do_jobs
from tests.people import World, change_settings
from tests.smtp_server import MailServer, mail_server

POSTCODES = ("47051", "44135", "45127", "44787", "45879", "46045", "58095")
BASE = "https://vote.ruhr.example"


@pytest.fixture
def world(app: Flask, world: World) -> World:
    """Everybody has a postal and an e-mail address; the postcodes are in no order."""
    use(app)
    with app.app_context():
        with transaction() as session:
            for number, organisation in enumerate(session.scalars(select(Organisation).order_by(Organisation.id))):
                organisation.street = f"Weg {number + 1}"
                organisation.postcode, organisation.town = POSTCODES[number], f"Ort {number + 1}"
                organisation.contact_email = f"info-{organisation.id}@firma.example"
        db.session.remove()
    return world


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    """A mail server, and the application set to it."""
    with mail_server() as server:
        use(app, smtp_url=server.url, mail_from="RuhrVote <vote@ruhr.example>")
        yield server


def use(app: Flask, **settings: str) -> None:
    """Set the application as an operator would."""
    change_settings(app, base_url=BASE, **settings)


def work(app: Flask, steps: int = 20) -> None:
    """Let the worker go on with what was ordered."""
    with app.app_context():
        do_jobs(MAILINGS, steps=steps)
        db.session.remove()


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page."""
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def code_in(text: str) -> str:
    """The one code in a letter or mail, in canonical form."""
    found = set()
    for word in text.replace("#", " ").split():
        if len(word) == 19:
            try:
                found.add(read_code(word))
            except Mistyped:
                continue
    (code,) = found
    return code


def lets_in(app: Flask, code: str) -> int | None:
    """The organisation that a code lets in, or None."""
    with app.app_context():
        found = find_code(code)
        result = found.organisation_id if found else None
        db.session.remove()
        return result


def counts(app: Flask) -> dict[str, int]:
    """How much there is of what a mailing makes."""
    with app.app_context():
        valid = select(func.count()).select_from(AccessCode).where(AccessCode.revoked_at.is_(None))
        pieces, mailings = (select(func.count()).select_from(table) for table in (JobPiece, Mailing))
        found = {
            "valid": db.session.scalar(valid) or 0,
            "pieces": db.session.scalar(pieces) or 0,
            "mailings": db.session.scalar(mailings) or 0,
        }
        db.session.remove()
        return found


def use_code(app: Flask, organisation_id: int) -> None:
    """Note that an organisation has come in by its code."""
    with app.app_context():
        with transaction() as session:
            code = session.scalars(
                select(AccessCode).where(AccessCode.organisation_id == organisation_id, AccessCode.revoked_at.is_(None))
            ).one()
            code.used_at = code.issued_at
        db.session.remove()
