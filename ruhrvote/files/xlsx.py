"""XLSX: several sheets in which every text is a text, every number a number and every day a day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import xlsxwriter

from ruhrvote.files.table import Cell, Format, Progress, Table, clean, told

WIDEST = 60  # characters
LOOKED_AT = 300  # rows that decide how wide a column is
NUMBER_FORMATS = {
    Format.WHOLE: "#,##0",
    Format.SCORE: "0.0",
    Format.EXACT: "0.00",
    Format.FLAG: "0",
    Format.DAY: "yyyy-mm-dd",
    Format.MOMENT: "yyyy-mm-dd hh:mm:ss",
}
WIDTHS = {Format.DAY: 12, Format.MOMENT: 20}
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\]")


def write_xlsx(target: BinaryIO, tables: Sequence[Table], zone: ZoneInfo, progress: Progress | None = None) -> None:
    """Write a workbook with a sheet for each table, whose heading stays in sight; times are those of this zone.

    Each row is written as it comes and forgotten. No text becomes a formula, a link or a number.
    """
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        formats = {Format.TEXT: book.add_format({"text_wrap": True, "valign": "top"})}
        formats |= {
            kind: book.add_format({"num_format": text, "valign": "top"}) for kind, text in NUMBER_FORMATS.items()
        }
        for table in tables:
            _write_sheet(book.add_worksheet(_sheet_name(str(table.title))), table, bold, formats, zone, progress)


def _write_sheet(
    sheet: Any, table: Table, bold: Any, formats: dict[Format, Any], zone: ZoneInfo, progress: Progress | None
) -> None:
    headings = [clean(str(column.heading)) for column in table.columns]
    widths = [
        max(len(heading), WIDTHS.get(column.format, 0)) for heading, column in zip(headings, table.columns, strict=True)
    ]
    sheet.freeze_panes(1, 0)
    for place, heading in enumerate(headings):
        sheet.write_string(0, place, heading, bold)
    for number, row in enumerate(told(table.rows, progress), start=1):
        for place, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
            if cell is None:
                continue
            _write_cell(sheet, number, place, cell, formats[column.format], zone)
            if number <= LOOKED_AT and isinstance(cell, str | int):
                widths[place] = max(widths[place], len(str(cell)))
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(WIDEST, width + 2))
    if table.total:
        sheet.autofilter(0, 0, table.total, len(headings) - 1)


def _write_cell(sheet: Any, row: int, place: int, cell: Cell, format_: Any, zone: ZoneInfo) -> None:
    match cell:
        case str():
            sheet.write_string(row, place, clean(cell), format_)
        case bool():
            sheet.write_number(row, place, int(cell), format_)
        case datetime():
            sheet.write_datetime(row, place, cell.astimezone(zone).replace(tzinfo=None, microsecond=0), format_)
        case date():
            sheet.write_datetime(row, place, cell, format_)
        case _:
            sheet.write_number(row, place, cell, format_)


def _sheet_name(title: str) -> str:
    return _NOT_IN_A_NAME.sub(" ", title)[:31]
