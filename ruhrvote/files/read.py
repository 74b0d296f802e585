"""A file of members as rows of texts: what kind of file it is, how it is encoded, and its lines one by one."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from ruhrvote.files import read_xlsx
from ruhrvote.files.read_xlsx import Unreadable, Workbook

XLSX, UTF_8, UTF_8_BOM, WINDOWS = "xlsx", "utf-8", "utf-8-sig", "cp1252"
CHUNK = 262_144


class Table(Protocol):
    """An open file of rows."""

    encoding: str  # XLSX, or how its text is encoded
    delimiter: str

    @property
    def progress(self) -> float:
        """The share that was read, from 0 to 1."""

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row that is not empty: the line on which it begins, and its texts."""

    def close(self) -> None:
        """Close the file."""


class _XlsxTable(Workbook):
    encoding, delimiter = XLSX, ""


class _CsvTable:
    """A CSV file; no line of it is ever longer in memory than allowed."""

    def __init__(self, path: Path):
        self.encoding = _encoding(path)
        self._size, self._read, self._line = max(1, path.stat().st_size), 0, 0
        self._path = path
        self._file = path.open("rb")
        try:
            self.delimiter = self._find_delimiter()
        except BaseException:
            self.close()
            raise

    @property
    def progress(self) -> float:
        return min(1.0, self._read / self._size)

    def close(self) -> None:
        self._file.close()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(self._lines(), delimiter=self.delimiter)
        begins = 1
        try:
            for row in reader:
                if len(row) > read_xlsx.MOST_COLUMNS:
                    raise Unreadable("too_many_columns", read_xlsx.MOST_COLUMNS)
                if any(row):
                    yield begins, row
                begins = self._line + 1
        except csv.Error as error:
            # A quotation mark that is never closed makes one endless cell; the line where it began says where to look.
            raise Unreadable("broken_quotes", begins) from error

    def _lines(self) -> Iterator[str]:
        self._file.seek(0)
        self._read = self._line = 0
        decode = codecs.getdecoder(UTF_8 if self.encoding == UTF_8_BOM else self.encoding)
        while line := self._file.readline(read_xlsx.LONGEST_LINE + 1):
            self._line += 1
            if len(line) > read_xlsx.LONGEST_LINE:
                raise Unreadable("long_line", self._line)
            if self._line == 1 and self.encoding == UTF_8_BOM:
                line = line[len(codecs.BOM_UTF8) :]
            self._read += len(line)
            yield decode(line, "replace")[0]

    def _find_delimiter(self) -> str:
        """Semicolon, comma or tab: the one that the first lines hold most of."""
        lines: list[str] = []
        for line in self._lines():
            if line.startswith("sep=") and len(line.strip()) == 5:  # Excel's own hint
                return line[4]
            if line.strip():
                lines.append(line)
            if len(lines) == 10:
                break
        return max(";,\t", key=lambda mark: sum(line.count(mark) for line in lines))


def open_table(path: Path) -> Table:
    """Open a file by what it holds, whatever it is called; raises Unreadable with a reason."""
    try:
        with path.open("rb") as file:
            start = file.read(CHUNK)
    except OSError as error:
        raise Unreadable("file_is_gone") from error
    if not start.strip():
        raise Unreadable("empty")
    if start.startswith(b"PK\x03\x04"):
        if b"opendocument.spreadsheet" in start[:200]:
            raise Unreadable("ods")
        return _XlsxTable(path)
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("old_or_encrypted")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise Unreadable("utf_16")
    return _CsvTable(path)


def _encoding(path: Path) -> str:
    """UTF-8 with or without BOM if all of it is; else Windows-1252. NUL bytes are in no text file."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    with path.open("rb") as file:
        bom = file.read(3) == codecs.BOM_UTF8
        file.seek(0)
        valid = True
        while chunk := file.read(CHUNK):
            if b"\0" in chunk:
                raise Unreadable("no_text")
            if valid:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError:
                    valid = False
        if valid:
            try:
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                valid = False
    if not valid:
        return WINDOWS
    return UTF_8_BOM if bom else UTF_8
