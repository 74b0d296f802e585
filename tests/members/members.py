"""Importing a file in tests: the steps of an admin and of the worker."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from flask import Flask
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from ruhrvote.accounts.models import Membership, Organisation
from ruhrvote.db import db
from ruhrvote.members.importing.job import IMPORTS
from tests.jobs.running import do_jobs
from tests.pages import Page
from tests.people import World, visit

HEADER = "Mitgliedsnummer;Firma;Straße;PLZ;Ort;E-Mail;Registernummer"


def csv_of(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join((header, *rows, "")).encode()


def work(app: Flask) -> None:
    """What the worker does until nothing is left."""
    with app.app_context():
        do_jobs(IMPORTS)


class Importer:
    """An admin who brings in members of a chamber, by default of the first."""

    def __init__(self, app: Flask, world: World, *, account: int = 0, chamber: int = 0):
        self.app = app
        self.visitor = visit(app, account or world.chamber_admin, Accept_Language="en")
        self.chamber = chamber or world.round.chambers[0]

    def upload(self, content: bytes | Path, name: str = "mitglieder.csv", status: int = 303) -> Page:
        """Upload a file; the page of the import once the worker has looked at it."""
        response = self.send(content.read_bytes() if isinstance(content, Path) else content, name, self.token())
        assert response.status_code == status, Page(self.visitor, response).text
        if status != 303:
            return Page(self.visitor, response)
        work(self.app)
        return self.visitor.page(response.location)

    def token(self) -> str:
        """The token of the form for a file."""
        field = self.visitor.page("/organisations/import").root.find(".//form[@enctype]/input[@name='csrf_token']")
        assert field is not None
        return field.get("value", "")

    def send(self, content: bytes, name: str = "mitglieder.csv", token: str = "") -> TestResponse:
        """What the form for a file sends, in one piece of memory."""
        fields = {"csrf_token": token, "chamber": str(self.chamber), "file": FileStorage(io.BytesIO(content), name)}
        boundary, body = encode_multipart(fields)
        return self.visitor.post(
            "/organisations/import", data=body, content_type=f'multipart/form-data; boundary="{boundary}"'
        )

    def check(self, content: bytes | Path, outside: str = "take_in", name: str = "mitglieder.csv") -> Page:
        """The preview of a file with the columns as found."""
        return self.press(self.upload(content, name), "Check the file", outside=outside)

    def bring_in(self, content: bytes | Path) -> Page:
        """The report of a file that was applied."""
        return self.press(self.check(content), "Apply now")

    def press(self, page: Page, button: str, **fields: str) -> Page:
        page = page.submit(fields, button=button)
        work(self.app)
        return self.visitor.page(page.path)


def count(page: Page, name: str) -> int:
    """A number of the preview or the report."""
    pairs = [(item.find("dt"), item.find("dd")) for item in page.root.iter("div")]
    found = [number for term, number in pairs if term is not None and term.text == name]
    assert len(found) == 1, f"{name} is {len(found)} times on the page"
    return int((found[0].text or "").replace(",", ""))


def members(app: Flask, chamber: int) -> dict[str, str]:
    """Number and name of a chamber's members."""
    with app.app_context():
        rows = db.session.query(Membership.member_number, Organisation.name).join(
            Organisation, Organisation.id == Membership.organisation_id
        )
        rows = rows.filter(Membership.chamber_id == chamber, Membership.member_number.is_not(None))
        return {number: name for number, name in rows}


def rows_of(page: Page, section: str) -> Sequence[list[str]]:
    """The cells of the table below the heading with this id."""
    table = page.root.find(f".//section[@aria-labelledby='{section}']//tbody")
    return [] if table is None else [["".join(cell.itertext()).strip() for cell in row] for row in table]
