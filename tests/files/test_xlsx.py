"""XLSX: sheets that stay readable and cells that are what they are."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime

import openpyxl
import pytest

from ruhrvote.files.table import Format, Table
from ruhrvote.files.xlsx import write_xlsx
from ruhrvote.web import TIME_ZONE
from tests.files.tables import one_of, text_table

pytestmark = pytest.mark.once


def read(*tables: Table) -> openpyxl.Workbook:
    buffer = io.BytesIO()
    write_xlsx(buffer, tables, TIME_ZONE)
    return openpyxl.load_workbook(buffer)


def test_each_table_has_a_sheet_whose_heading_stays_in_sight() -> None:
    long = Table("b", "Ein sehr langer Name: länger als ein Blatt heißen kann", [], [], 0)
    book = read(text_table([["a", "b"]], ["Idee", "Wert"]), long)
    assert book.sheetnames == ["Texte", "Ein sehr langer Name  länger al"]
    sheet = book.worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[1]] == ["Idee", "Wert"]
    assert all(cell.font.bold for cell in sheet[1])
    assert sheet.auto_filter.ref == "A1:B2"


@pytest.mark.parametrize(
    ("format_", "cell", "value", "shown"),
    [
        (Format.WHOLE, 1234567, 1234567, "#,##0"),
        (Format.SCORE, 63.46, 63.46, "0.0"),
        (Format.EXACT, -1.25, -1.25, "0.00"),
        (Format.FLAG, True, 1, "0"),
        (Format.DAY, date(2026, 11, 26), "2026-11-26 00:00:00", "yyyy-mm-dd"),
        (
            Format.MOMENT,
            datetime(2026, 11, 26, 12, 30, 5, tzinfo=UTC),
            "2026-11-26 13:30:05",
            "yyyy-mm-dd hh:mm:ss",
        ),
        (Format.TEXT, "007", "007", "General"),
        (Format.TEXT, "=1+1", "=1+1", "General"),
    ],
)
def test_a_cell_is_what_it_is(format_: Format, cell: object, value: object, shown: str) -> None:
    found = read(one_of(format_, cell)).worksheets[0]["A2"]
    assert (str(found.value), found.number_format) == (str(value), shown)
    assert found.data_type != "f"


def test_columns_are_as_wide_as_their_texts_within_reason() -> None:
    sheet = read(text_table([["x" * 30, "y" * 400]], ["a", "b"])).worksheets[0]
    widths = [sheet.column_dimensions[letter].width for letter in "AB"]
    assert 30 < widths[0] < 40
    assert 60 < widths[1] < 70
