"""Small tables for the tests of the writers, and texts that writers have stumbled over."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from ruhrvote.files.csv import MARK, _begins_a_formula
from ruhrvote.files.table import Column, Format, Row, Table

PIECES = [
    *"=+-@'\"<>&;,|\t\n\\/`{}[]()!?%_ ",
    "\r",
    "\r\n",
    "\x00",
    "\x01",
    "\x0b",
    "\x1f",
    "\x7f",
    "\x85",
    "\xa0",
    "\u200b",
    "\u2028",
    "\u202e",
    "\ufeff",
    "\ufffe",
    "\uffff",
    "\ufffd",
    "＝",
    "＋",
    "－",
    "＠",
    "ÄÖÜß",
    "e\u0301",
    "🏗️",
    "👩‍👩‍👧",
    "漢字",
    "עברית",
    "𝔘",
    "_x0041_",
    "_x000D_",
    "&amp;",
    "]]>",
    "<b>",
    "SUM(A1)",
    'HYPERLINK("https://evil.example")',
    "cmd|' /C calc'!A0",
    "https://evil.example",
    "mailto:a@b.example",
    "internal:Sheet2!A1",
    "1",
    "-1",
    "1e5",
    "0x10",
    "007",
    "TRUE",
    "2026-11-26",
    "Brücke",
]


def evil_texts(number: int, seed: int = 40) -> list[str]:
    """So many texts of one to eight pieces, the same for the same seed."""
    chance = random.Random(seed)
    return ["".join(chance.choices(PIECES, k=chance.randint(1, 8))) for _ in range(number)]


def text_table(rows: Iterable[Row], columns: Sequence[str] = ("Text",), total: int = 1) -> Table:
    """A table of texts."""
    return Table("texts", "Texte", [Column(f"c{i}", name) for i, name in enumerate(columns)], rows, total)


def one_of(format_: Format, *cells: object) -> Table:
    """A table with one column of this format."""
    return Table("one", "Eins", [Column("x", "x", format_)], [[cell] for cell in cells], len(cells))  # type: ignore[list-item]


def unmarked(text: str) -> str:
    """The text that a cell of ours was written from."""
    return text.removeprefix(MARK) if text.startswith(MARK) and _begins_a_formula(text) else text
