"""Files that mean harm, or are no lists: each is refused with its reason, in seconds and in little memory."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from tests.members.members import Importer
from tests.people import World

NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = (
    f'<workbook {NAMESPACE} xmlns:r="{RELATIONS}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>'
)
LINKS = (
    f'<Relationships><Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="r2" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
)
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


Write = Callable[[Path], None]


def raw(content: bytes) -> Write:
    """A file of these bytes."""
    return lambda path: path.write_bytes(content) and None


def book(sheet: bytes | str, strings: str = "", parts: int = 0) -> Write:
    """A workbook with this sheet, these shared strings and so many further parts."""

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", BOOK)
            archive.writestr("xl/_rels/workbook.xml.rels", LINKS)
            archive.writestr("xl/worksheets/sheet1.xml", sheet)
            if strings:
                archive.writestr("xl/sharedStrings.xml", strings)
            for number in range(parts):
                archive.writestr(f"part{number}", "x")

    return write


def sheet(inside: str, head: str = "") -> str:
    """A sheet with one row."""
    return f"{head}<worksheet {NAMESPACE}><sheetData><row>{inside}</row></sheetData></worksheet>"


def cell(text: str) -> str:
    """A cell with its text in it."""
    return f'<c t="inlineStr"><is><t>{text}</t></is></c>'


def shared(number: int) -> str:
    """A cell that refers to a shared string."""
    return f'<c t="s"><v>{number}</v></c>'


def lying(path: Path) -> None:
    """A bomb whose directory says that it is small."""
    BOMB(path)
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), (1000).to_bytes(4, "little")))


def garbled(path: Path) -> None:
    """A workbook packed in another way than spreadsheet programs do, and damaged."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("xl/workbook.xml", BOOK * 20)
    content = path.read_bytes()
    path.write_bytes(content[:60] + bytes(40) + content[100:])


BOMB = book(sheet(" " * 100_000_000))
UTF_16_LAUGHS = ('<?xml version="1.0" encoding="UTF-16"?>' + sheet(cell("&i;"), LAUGHS)).encode("utf-16")
FILES: dict[str, tuple[str, Write]] = {
    "a zip bomb": ("bomb", BOMB),
    "a zip bomb that lies": ("broken_workbook", lying),
    "a million columns": ("too_many_columns", book(sheet("<c/>" * 1_000_000))),
    "a million columns of CSV": ("long_line", raw(b";" * 1_000_000)),
    "more columns than a list has": ("too_many_columns", raw(b"a;" * 150)),
    "a column far out": ("too_many_columns", book(sheet('<c r="ZZZZZZ1"><v>1</v></c>'))),
    "ten megabytes in a cell": ("long_cell", book(sheet(cell("xy7 " * 2_490_000)))),
    "ten megabytes in a line": ("long_line", raw(b"1;" + b"x" * 10_000_000)),
    "a billion laughs": ("document_type", book(sheet(cell("&i;"), LAUGHS))),
    "laughs in the strings": ("document_type", book(sheet(shared(0)), LAUGHS + "<sst><si><t>&i;</t></si></sst>")),
    "laughs in UTF-16": ("document_type", book(UTF_16_LAUGHS)),
    "an entity from outside": ("document_type", book(sheet(cell("&a;"), OUTSIDE))),
    "a string that is not there": ("broken_workbook", book(sheet(shared(7)))),
    "a damaged archive of another kind": ("broken_workbook", garbled),
    "many parts": ("too_many_parts", book(sheet(""), parts=3000)),
    "junk in the place of rows": ("not_a_list", book(sheet("<a/><b/><i x='7'/>" * 400_000))),
    "half an archive": ("broken_workbook", raw(b"PK\x03\x04" + b"x" * 1000)),
    "an old or encrypted file": ("old_or_encrypted", raw(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096)),
    "quotes that never end": ("broken_quotes", raw(b'Nummer;Firma\n1;"' + b"x;\n" * 3_000_000)),
    "NUL bytes": ("no_text", raw(b"Nummer;Firma\n1;a\0b\n")),
    "a picture": ("no_text", raw(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
    "UTF-16": ("utf_16", raw("Nummer;Firma".encode("utf-16"))),
    "nothing": ("empty", raw(b"\r\n \r\n")),
}

# Read in a process of its own, whose peak of memory is that of this file alone.
PROGRAM = """
import json, re, sys, time
from pathlib import Path
from ruhrvote.files.read_xlsx import Unreadable
from ruhrvote.files.read import open_table
for path in sys.argv[1:]:
    before, problem = time.process_time(), ""
    try:
        table = open_table(Path(path))
        for row in table.rows():
            pass
    except Unreadable as refused:
        problem = refused.problem
    # Not ru_maxrss: that begins with what the process before exec had.
    peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024
    print(json.dumps([problem, time.process_time() - before, peak]))
"""


@pytest.mark.once
def test_each_is_refused_within_ten_seconds_and_256_megabytes(tmp_path: Path) -> None:
    paths = []
    for number, (_, write) in enumerate(FILES.values()):
        paths.append(tmp_path / str(number))
        write(paths[-1])
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, paths)], capture_output=True, text=True, check=True, timeout=600
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert {name: problem for name, (problem, *_) in zip(FILES, found, strict=True)} == {
        name: problem for name, (problem, _) in FILES.items()
    }
    slow = {name: seconds for name, (_, seconds, _) in zip(FILES, found, strict=True) if seconds > 10}
    assert not slow
    assert max(peak for *_, peak in found) < 256


def test_the_page_says_what_is_wrong_and_what_to_do(app: Flask, world: World, tmp_path: Path) -> None:
    path = tmp_path / "liste.xlsx"
    FILES["a billion laughs"][1](path)
    page = Importer(app, world).upload(path, "liste.xlsx")
    assert "file refused" in page.text
    assert "The Excel file defines entities of its own" in page.text
    assert "copy the list into a new workbook" in page.text
    page = Importer(app, world).upload(b'Nummer;Firma\n1;Gut\n2;"' + b"x;\n" * 100_000, "liste.xlsx")
    assert "From line 3 on the file cannot be read" in page.text, "what it holds counts, not what it is called"
    page = Importer(app, world).upload(b";" * 100_000)
    assert "Line 1 is far too long for a member" in page.text


def test_what_looks_like_a_formula_is_kept_as_text_and_marked_in_files(app: Flask, world: World) -> None:
    importer = Importer(app, world)
    importer.bring_in("Nummer;Firma;Straße\n1;Gut GmbH;@SUM(A1)\n".encode())
    page = importer.bring_in(b"Nummer;Firma\n-2;+Plus GmbH\n")
    text = importer.visitor.get(f"{page.path}/gone.csv").get_data(as_text=True)
    assert "1;Gut GmbH" in text
    page = importer.bring_in(b"Nummer;Firma\n1;Gut GmbH\n")
    assert "'-2;'+Plus GmbH" in importer.visitor.get(f"{page.path}/gone.csv").get_data(as_text=True)
