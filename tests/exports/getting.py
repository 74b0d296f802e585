"""Downloading as a person does, and reading what comes."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.pages import Page, Visitor
from tests.people import post, visit

PATH = "/consultations/round/exports"
ENGLISH = {"Accept_Language": "en"}


def press(visitor: Visitor, export: str, form: str, **more: str) -> TestResponse:
    """Press the button of an export with this form."""
    return post(visitor, PATH, {"export": export, "form": form, **more})


def download(visitor: Visitor, export: str, form: str, **more: str) -> bytes:
    """The file that comes at once."""
    response = press(visitor, export, form, **more)
    assert response.status_code == 200, Page(visitor, response).text
    assert response.headers["Content-Disposition"].startswith("attachment; ")
    assert response.headers["Cache-Control"] == "no-store"
    return response.data


def refusal(visitor: Visitor, export: str, form: str = "csv", status: int = 409, **more: str) -> str:
    """What the page says instead of giving a file."""
    response = press(visitor, export, form, **more)
    assert response.status_code == status
    return Page(visitor, response).text


def rows_of(content: bytes, separator: str = ";") -> list[dict[str, str]]:
    """The rows of a CSV file by their headings."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


def records_of(app: Flask, account: int, export: str, **more: str) -> list[dict[str, Any]]:
    """The rows of an export as JSON, in English."""
    content = json.loads(download(visit(app, account, **ENGLISH), export, "json", **more))
    rows: list[dict[str, Any]] = content["rows"]
    return rows
