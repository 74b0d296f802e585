"""100,000 texts of every evil kind through each writer: no formula, no broken encoding, nothing lost."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from xml.etree import ElementTree as ET

import openpyxl
import pytest

from ruhrvote.files.csv import DANGEROUS, GERMAN, INTERNATIONAL, Dialect, csv_parts
from ruhrvote.files.json import json_parts
from ruhrvote.files.table import clean
from ruhrvote.files.xlsx import write_xlsx
from ruhrvote.web import TIME_ZONE
from tests.files.tables import evil_texts, text_table, unmarked

pytestmark = pytest.mark.once

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
COLUMNS, ROWS = 20, 5_000
TEXTS = evil_texts(COLUMNS * ROWS)
TABLE = [TEXTS[start : start + COLUMNS] for start in range(0, len(TEXTS), COLUMNS)]
HEADINGS = TEXTS[:COLUMNS]
WANTED = [[clean(text) for text in row] for row in [HEADINGS, *TABLE]]


@pytest.mark.parametrize("dialect", [GERMAN, INTERNATIONAL], ids=["semicolon", "comma"])
def test_csv(dialect: Dialect) -> None:
    content = b"".join(csv_parts(text_table(TABLE, HEADINGS), dialect))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=dialect.separator))
    for row in rows:
        for cell in row:
            assert not cell.startswith(DANGEROUS), ascii(cell)
            assert not cell.lstrip().startswith(DANGEROUS), ascii(cell)
    assert [[unmarked(cell) for cell in row] for row in rows] == WANTED


def test_xlsx() -> None:
    buffer = io.BytesIO()
    write_xlsx(buffer, [text_table(TABLE, HEADINGS, ROWS)], TIME_ZONE)
    with zipfile.ZipFile(buffer) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert not any("hyperlink" in name.lower() for name in book.namelist())
    kinds = {element.tag.rpartition("}")[2] for element in sheet.iter()}
    assert "t" in kinds
    assert not kinds & {"f", "hyperlink", "hyperlinks"}
    rows = [[cell.find(f"{SHEET}is/{SHEET}t") for cell in row] for row in sheet.iter(f"{SHEET}row")]
    assert [[from_excel((text.text or "") if text is not None else "") for text in row] for row in rows] == WANTED
    # And as a library for spreadsheets reads them; it is slow.
    some = openpyxl.load_workbook(buffer, read_only=True).worksheets[0].iter_rows(max_row=100)
    found = [[(from_excel(cell.value or ""), cell.data_type) for cell in row] for row in some]
    assert [[text for text, _ in row] for row in found] == WANTED[:100]
    assert {kind for row in found for text, kind in row if text} <= {"s", "inlineStr"}


def from_excel(text: str) -> str:
    return re.sub("_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), text)


def test_json() -> None:
    content = b"".join(json_parts(text_table(TABLE, HEADINGS), {}))
    rows = json.loads(content.decode())["rows"]
    assert [list(row.values()) for row in rows] == TABLE
