"""CSV in UTF-8, in which no text is run as a formula.

A text that a spreadsheet would take for a formula gets an apostrophe in front, which spreadsheets show and programs
take off: of texts that begin with apostrophes, those that would begin a formula without them have one too many.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ruhrvote.files.table import Cell, Column, Progress, Row, Table, clean, in_utc, told

BOM = "\ufeff"
MARK = "'"
# The last four are what an input method for Chinese or Japanese writes instead; Excel takes them alike.
DANGEROUS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
UNSEEN = "\u200b\u2060\ufeff"  # like white space, a spreadsheet drops it before it looks for a formula
AT_A_TIME = 256 * 1024  # characters


@dataclass(frozen=True)
class Dialect:
    """How the cells of a line are separated, how decimals are written, and whether the columns have headings or keys.

    With a byte order mark, Excel knows that the text is UTF-8.
    """

    separator: str
    decimal: str
    headings: bool = True
    mark: bool = True


GERMAN = Dialect(";", ",")  # as Excel and LibreOffice in Germany open it
INTERNATIONAL = Dialect(",", ".")
FOR_PROGRAMS = Dialect(",", ".", headings=False, mark=False)


def csv_parts(table: Table, dialect: Dialect = GERMAN, progress: Progress | None = None) -> Iterator[bytes]:
    """A table as CSV, part by part."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=dialect.separator, lineterminator="\r\n")
    buffer.write(BOM if dialect.mark else "")
    names = (str(column.heading) if dialect.headings else column.key for column in table.columns)
    writer.writerow([_cell(name, dialect) for name in names])
    for row in told(table.rows, progress):
        writer.writerow([_cell(cell, dialect) for cell in row])
        if buffer.tell() > AT_A_TIME:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def write_csv(header: Sequence[str], rows: Iterable[Row]) -> str:
    """A small table of texts and numbers as one CSV text in the German dialect."""
    columns = [Column(str(place), heading) for place, heading in enumerate(header)]
    return b"".join(csv_parts(Table("table", "", columns, rows, 0))).decode()


def _cell(cell: Cell, dialect: Dialect) -> str:
    match cell:
        case None:
            return ""
        case bool() | int():
            return str(int(cell))  # a number is never dangerous, not even a negative one
        case float():
            return repr(round(cell, 9)).replace(".", dialect.decimal)
        case date():
            return in_utc(cell)
    text = clean(cell)
    return MARK + text if _begins_a_formula(text) else text


def _begins_a_formula(text: str) -> bool:
    shown = text.lstrip(MARK)
    if shown.startswith(DANGEROUS):
        return True
    first = next((place for place, one in enumerate(shown) if not one.isspace() and one not in UNSEEN), 0)
    return shown[first:].startswith(DANGEROUS)
