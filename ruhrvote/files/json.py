"""JSON: one object, whose rows are written while they are made."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date

from ruhrvote.files.table import Cell, Format, Progress, Row, Table, in_utc, told


def json_parts(table: Table, about: Mapping[str, object], progress: Progress | None = None) -> Iterator[bytes]:
    """A table as one JSON object: what is said about it, and then its rows, part by part."""
    head = json.dumps({**about, "table": table.key}, ensure_ascii=False, indent=1).removesuffix("\n}")
    yield f'{head},\n "rows": ['.encode()
    separator = "\n  "
    for row in told(table.rows, progress):
        yield f"{separator}{json.dumps(record(table, row), ensure_ascii=False)}".encode(errors="replace")
        separator = ",\n  "
    yield b"\n ]\n}\n"


def record(table: Table, row: Row) -> dict[str, object]:
    """A row as an object, each cell under the key of its column."""
    return {column.key: _value(cell, column.format) for column, cell in zip(table.columns, row, strict=True)}


def _value(cell: Cell, format_: Format) -> object:
    match cell:
        case date():
            return in_utc(cell)
        case float():
            return round(cell, 9)
        case _:
            return bool(cell) if format_ is Format.FLAG and cell is not None else cell
