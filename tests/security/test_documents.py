"""What the documents say about tests and deadlines is what the code says."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_babel import force_locale

from ruhrvote.accounts.queries import ABSOLUTE, IDLE
from ruhrvote.accounts.team.actions import VALID
from ruhrvote.config import ROOT
from ruhrvote.privacy.retention import RETENTION

pytestmark = pytest.mark.once
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", SECURITY)
    assert len(named) > 25
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"def {name}\(", (ROOT / path).read_text(encoding="utf-8"))
    ]
    assert not missing


def test_every_deviation_is_named_and_has_its_reason() -> None:
    table, reasons = SECURITY.split("### Deviations")
    used = set(re.findall(r"\bD\d+\b", table))
    given = re.findall(r"^\| (D\d+) \| [^|]+ \| [^|]{20,} \|$", reasons, re.MULTILINE)
    assert used == set(given)
    assert len(given) == len(set(given))


def test_no_requirement_is_named_twice() -> None:
    rows = re.findall(r"^\| ([\d.,– ()L]+) \|", SECURITY, re.MULTILINE)
    single = [number for row in rows for number in re.findall(r"(?<![\d.–])\d+\.\d+\.\d+(?!–)", row)]
    assert len(rows) > 60
    assert len(single) == len(set(single))


def test_the_table_of_retention_is_the_one_of_the_code(app: Flask) -> None:
    text = (ROOT / "docs" / "data-protection.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| (.+) \| (.+) \| (.+) \| (.+) \|$", text, re.MULTILINE)[1:]
    with app.test_request_context(), force_locale("en"):
        said = [(str(kept.what), str(kept.why), str(kept.until), str(kept.by)) for kept in RETENTION]
    assert [row for row in written if not row[0].startswith("---")] == said
    words = " ".join(row[2] for row in said)
    assert (
        f"{int(IDLE.total_seconds() // 60)} minutes without use, at most {int(ABSOLUTE.total_seconds() // 3600)}"
        in words
    )
    assert f"{VALID.days} days" in words
