"""Ordering letters as an admin does, and reading what comes."""

from __future__ import annotations

import csv
import io

from tests.pages import Page, Visitor
from tests.people import post

HERE = "/consultations/round/invitations"


def order(visitor: Visitor, query: str = "", **fields: str) -> Page:
    """Order letters as somebody does who reads the page."""
    return visitor.page(f"{HERE}/order?{query}").submit(fields, action=f"{HERE}/order", button="Briefe beauftragen")


def fetch(page: Page, name: str) -> bytes:
    """What the button that downloads a file gives."""
    labels = {
        form: [button.get("aria-label") or "" for button in form.iter("button")] for form in page.root.iter("form")
    }
    (form,) = [form for form, texts in labels.items() if any(name in text for text in texts)]
    return post(page.visitor, form.get("action", "")).data


def rows_of(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig")), delimiter=";"))
