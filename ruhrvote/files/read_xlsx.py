"""The first sheet of an XLSX file, row by row, in bounded memory.

openpyxl keeps all texts of a workbook as objects and follows row numbers wherever they lead, so that a small file can
hold it up for hours. This reader looks at the directory of the archive first, refuses each document type (and with it
all entities), and stops at the first sign that a file is not a list.
"""

from __future__ import annotations

import lzma
import zipfile
import zlib
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from posixpath import join, normpath
from typing import IO
from xml.parsers import expat

MOST_BYTES = 200_000_000  # of an upload
MOST_ROWS = 400_000
MOST_COLUMNS = 100
LONGEST_LINE = 65_536  # bytes of CSV
LONGEST_CELL = 32_767  # characters, as many as Excel allows
MOST_ENTRIES = 2_000  # files inside a workbook
MOST_UNPACKED = 600_000_000  # bytes, all files of a workbook together
MOST_OF_A_PART = 2_000_000  # bytes, of what only leads to the sheet
HIGHEST_RATIO = 200  # unpacked to packed; a list of members has about 10
HARMLESS = 10_000_000  # bytes, up to which the ratio does not matter
MOST_STRINGS = 5_000_000
MOST_STRING_BYTES = 64_000_000
MOST_ODD_ELEMENTS = 200_000  # elements of a sheet that are no row and no cell

CHUNK = 65_536
WIDEST = 16_384  # columns of a sheet in Excel
SHEET = "worksheet"
STRINGS = "sharedStrings"
STRUCTURE = {"worksheet", "sheetData", "row", "c", "v", "f", "is", "t", "r", "rPr", "rPh"}


class Workbook:
    """An open workbook; `rows` gives the first sheet's rows with their numbers, `progress` how far it has come."""

    def __init__(self, file: Path | IO[bytes], most_unpacked: int = MOST_UNPACKED):
        try:
            self._archive = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
            raise Unreadable("broken_workbook") from error
        try:
            self._check_directory(most_unpacked)
            self._sheet, strings = self._find_parts()
            self._strings = _Strings()
            if strings:
                self._strings.read(self._chunks(strings))
        except BaseException:
            self.close()
            raise
        self._read, self._size = 0, max(1, self._archive.getinfo(self._sheet).file_size)

    @property
    def progress(self) -> float:
        """The share of the sheet that was read, from 0 to 1."""
        return min(1.0, self._read / self._size)

    def close(self) -> None:
        """Close the file."""
        self._archive.close()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that has a cell: its number in the sheet and its texts."""
        sheet = _Sheet(self._strings)
        parse = _parser(sheet.start, sheet.end, sheet.text)
        for chunk in self._chunks(self._sheet):
            self._read += len(chunk)
            parse(chunk, False)
            yield from sheet.take()
        parse(b"", True)
        yield from sheet.take()

    def _check_directory(self, most_unpacked: int) -> None:
        entries = self._archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise Unreadable("too_many_parts", MOST_ENTRIES)
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable("encrypted")
        if sum(entry.file_size for entry in entries) > most_unpacked:
            raise Unreadable("bomb")
        for entry in entries:
            if entry.file_size > HARMLESS and entry.file_size > HIGHEST_RATIO * entry.compress_size:
                raise Unreadable("bomb")

    def _find_parts(self) -> tuple[str, str | None]:
        """The names of the first sheet and of the texts that it shares, if any."""
        first: list[str] = []
        targets: dict[str, tuple[str, str]] = {}

        def sheet(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                first.extend(value for key, value in attributes.items() if key.rpartition(":")[2] == "id")

        def relation(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = attributes.get("Target", "")
                path = target[1:] if target.startswith("/") else normpath(join("xl", target))
                targets[attributes.get("Id", "")] = (kind, path)

        for part, start in (("xl/workbook.xml", sheet), ("xl/_rels/workbook.xml.rels", relation)):
            parse = _parser(start, lambda name: None, lambda text: None)
            for chunk in self._chunks(part, MOST_OF_A_PART):
                parse(chunk, False)
            parse(b"", True)
        found = next((targets[name] for name in first if name in targets), ("", ""))
        if found[0] != SHEET or found[1] not in self._archive.namelist():
            raise Unreadable("broken_workbook")
        strings = next((path for kind, path in targets.values() if kind == STRINGS), None)
        return found[1], strings if strings in self._archive.namelist() else None

    def _chunks(self, part: str, most: int = MOST_UNPACKED) -> Iterator[bytes]:
        try:
            if self._archive.getinfo(part).file_size > most:
                raise Unreadable("bomb")
            with self._archive.open(part) as file:
                yield from _pieces(file)
        except (
            KeyError,
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
            NotImplementedError,
            RuntimeError,
            EOFError,
            OSError,
        ) as error:
            raise Unreadable("broken_workbook") from error


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _parser(
    start: Callable[[str, dict[str, str]], None], end: Callable[[str], None], text: Callable[[str], None]
) -> Callable[[bytes, bool], object]:
    """A parser that is fed in pieces; names come without their prefix, and a document type is refused."""

    def refuse(*_: object) -> None:
        raise Unreadable("document_type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse

    def parse(data: bytes, final: bool) -> None:
        try:
            parser.Parse(data, final)
        except (expat.ExpatError, UnicodeError) as error:
            raise Unreadable("broken_workbook") from error

    return parse


class _Strings:
    """The texts that cells share, as bytes in one piece: a tenth of what as many objects would take."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("L")
        self._open = self._phonetic = False
        self._length = 0

    def read(self, chunks: Iterator[bytes]) -> None:
        parse = _parser(self._start, self._end, self._text)
        for chunk in chunks:
            parse(chunk, False)
        parse(b"", True)

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends):
            raise Unreadable("broken_workbook")
        start = self._ends[number - 1] if number else 0
        return self._bytes[start : self._ends[number]].decode()

    def _start(self, name: str, _: dict[str, str]) -> None:
        if name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._open = not self._phonetic

    def _end(self, name: str) -> None:
        if name == "t":
            self._open = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._ends.append(len(self._bytes))
            self._length = 0
            if len(self._ends) > MOST_STRINGS:
                raise Unreadable("bomb")

    def _text(self, text: str) -> None:
        if self._open:
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise Unreadable("long_cell", LONGEST_CELL)
            self._bytes += text.encode()
            if len(self._bytes) > MOST_STRING_BYTES:
                raise Unreadable("bomb")


class _Sheet:
    """Makes rows out of a sheet's elements; a formula counts as the value that was saved with it."""

    def __init__(self, strings: _Strings):
        self._strings = strings
        self._rows: list[tuple[int, list[str]]] = []
        self._number = self._cells = self._rows_seen = self._odd = 0
        self._row: list[str] = []
        self._column, self._kind, self._length = 0, "", 0
        self._parts: list[str] = []
        self._open = self._phonetic = False

    def take(self) -> list[tuple[int, list[str]]]:
        """The rows that were completed since the last call."""
        taken, self._rows = self._rows, []
        return taken

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._cells += 1
            # Cells name their column as letters; one that does not stands behind the one before it.
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
            # Empty cells with a format are common far to the right: only their text would be too much.
            if self._cells > WIDEST:
                raise Unreadable("too_many_columns", MOST_COLUMNS)
            self._kind, self._parts, self._length = attributes.get("t", "n"), [], 0
        elif name in {"v", "t"}:
            self._open = not self._phonetic
        elif name == "rPh":
            self._phonetic = True
        elif name == "row":
            self._rows_seen += 1
            if self._rows_seen > 1_048_576:
                raise Unreadable("too_many_rows", MOST_ROWS)
            number = attributes.get("r", "")
            self._number = int(number) if number.isdecimal() and len(number) <= 7 else self._number + 1
            self._row, self._column, self._cells = [], 0, 0
        elif name not in STRUCTURE:
            self._odd += 1
            if self._odd > MOST_ODD_ELEMENTS:
                raise Unreadable("not_a_list")

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._open = False
        elif name == "c":
            if self._parts:
                self._add("".join(self._parts))
        elif name == "rPh":
            self._phonetic = False
        elif name == "row" and any(self._row):
            self._rows.append((self._number, self._row))

    def text(self, text: str) -> None:
        if self._open:
            self._length += len(text)
            if self._length > LONGEST_CELL:
                raise Unreadable("long_cell", LONGEST_CELL)
            self._parts.append(text)

    def _add(self, text: str) -> None:
        if self._kind == "s":
            if not text.strip().isdecimal() or len(text) > 9:
                raise Unreadable("broken_workbook")
            text = self._strings[int(text)]
        elif self._kind == "n":
            text = _number(text)
        if not text:
            return
        if self._column > MOST_COLUMNS:
            raise Unreadable("too_many_columns", MOST_COLUMNS)
        self._row.extend([""] * (self._column - len(self._row)))
        self._row[self._column - 1] = text


def _column(reference: str) -> int:
    """The number of a column from a cell's name: A1 is 1, AA7 is 27; anything else is far outside."""
    letters = reference.rstrip("0123456789").upper()
    if not 0 < len(letters) <= 3 or not letters.isascii() or not letters.isalpha():
        return MOST_COLUMNS + 1
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _number(text: str) -> str:
    """A number as one would write it: 47051 and not 47051.0 or 4.7051E4."""
    try:
        value = float(text)
    except ValueError:
        return text
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else text


class Unreadable(Exception):
    """The file is not read; `problem` is the reason's name in texts.PROBLEMS, `detail` a number or a name to it."""

    def __init__(self, problem: str, detail: str | int = ""):
        super().__init__(problem)
        self.problem = problem
        self.detail = str(detail)[:100]
