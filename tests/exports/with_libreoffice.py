"""Files as LibreOffice opens them: run by `bin/test --long`, which installs it; it is large.

.venv/bin/python -m pytest tests/exports/with_libreoffice.py
"""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from pathlib import Path

import pytest
from flask import Flask

from ruhrvote.db import transaction
from ruhrvote.ideas.models import Idea
from tests.exports.getting import ENGLISH, download, records_of
from tests.files.tables import evil_texts, unmarked
from tests.people import World, visit

pytestmark = pytest.mark.once

# UTF-8 (76), separated by commas, each text quoted.
TO_CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
# How a German LibreOffice is told to read: separated by semicolons (59), UTF-8, German (1031), numbers found.
FROM_GERMAN = "--infilter=Text - txt - csv (StarCalc):59,34,76,1,,1031,false,true"


def opened(content: bytes, name: str, folder: Path, *options: str) -> list[list[list[str]]]:
    """The sheets of a file, cell by cell, as LibreOffice shows them."""
    program = shutil.which("soffice")
    assert program, "LibreOffice is not installed: apt-get install --no-install-recommends libreoffice-calc"
    (folder / name).write_bytes(content)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [program, profile, "--headless", *options, "--convert-to", TO_CSV, "--outdir", str(folder / "out")]
    done = subprocess.run([*command, str(folder / name)], capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    files = sorted((folder / "out").glob("*.csv"), key=lambda file: file.stat().st_mtime_ns)
    assert files, done.stdout + done.stderr
    return [list(csv.reader(io.StringIO(file.read_text("utf-8"), newline=""))) for file in files]


@pytest.fixture
def evil(app: Flask, voted: World) -> World:
    """Ideas whose titles look like formulas, links, numbers and days."""
    texts = ['=HYPERLINK("https://evil.example")', "+49 201", "-1+1", "@SUM(A1)", "007", "26.11.2026"]
    with app.app_context(), transaction() as session:
        for idea, text in zip(session.query(Idea).order_by(Idea.position), texts, strict=True):
            idea.title_en = text
            idea.goal_en = " ".join(evil_texts(20, seed=idea.id))
    return voted


def test_xlsx(app: Flask, evil: World, tmp_path: Path) -> None:
    wanted = records_of(app, evil.consultation_admin, "results")
    content = download(visit(app, evil.consultation_admin, **ENGLISH), "results", "xlsx")
    (header, *rows), about = opened(content, "results.xlsx", tmp_path)
    assert header[:4] == ["Address of the board", "Board", "Rank", "Tied"]
    assert about[0] == ["What", "Value"]
    assert [row[5] for row in rows] == [row["idea"] for row in wanted]
    assert [float(row[7]) if row[7] else None for row in rows] == [row["score"] for row in wanted]
    assert [row[8] for row in rows] == [str(row["judgements"]) for row in wanted]
    as_of = header.index("State of")
    assert all(len(row[as_of]) == len("2026-11-26 13:30:05") for row in rows)


def test_csv_in_german(app: Flask, evil: World, tmp_path: Path) -> None:
    wanted = records_of(app, evil.consultation_admin, "results")
    content = download(visit(app, evil.consultation_admin, **ENGLISH), "results", "csv")
    ((_, *rows),) = opened(content, "results.csv", tmp_path, FROM_GERMAN)
    # 007 and a day stay what a spreadsheet makes of them; what would run is shown with its mark.
    for row, record in zip(rows, wanted, strict=True):
        if record["number"] <= 4:
            assert row[5].startswith("'")
            assert unmarked(row[5]) == record["idea"]
    assert [float(row[7].replace(",", ".")) if row[7] else None for row in rows] == [row["score"] for row in wanted]
    assert [row[8] for row in rows] == [str(row["judgements"]) for row in wanted]


def test_every_kind_of_text(app: Flask, evil: World, tmp_path: Path) -> None:
    wanted = records_of(app, evil.consultation_admin, "ideas")
    content = download(visit(app, evil.consultation_admin, **ENGLISH), "ideas", "xlsx")
    (_, *rows), _ = opened(content, "ideas.xlsx", tmp_path)
    assert [row[4] for row in rows] == [row["title"] for row in wanted]
    assert len(rows) == 6
