"""CSV: as Excel in Germany and programs expect it, and harmless."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from ruhrvote.files.csv import FOR_PROGRAMS, GERMAN, INTERNATIONAL, Dialect, csv_parts
from ruhrvote.files.table import Format, Table
from tests.files.tables import one_of, text_table, unmarked

pytestmark = pytest.mark.once


def written(table: Table, dialect: Dialect = GERMAN) -> str:
    return b"".join(csv_parts(table, dialect)).decode()


def read(text: str, separator: str = ";") -> list[list[str]]:
    """The cells as a spreadsheet reads them."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))


def test_as_excel_in_germany_expects_it() -> None:
    rows = [["Brücke; neu", 63.5], ['Ein "Wort"\nin zwei Zeilen', 7], ["leer", None]]
    text = written(text_table(rows, ["Idee", "Wert"]))
    assert text == ('\ufeffIdee;Wert\r\n"Brücke; neu";63,5\r\n"Ein ""Wort""\nin zwei Zeilen";7\r\nleer;\r\n')


def test_with_commas_for_all_others() -> None:
    text = written(text_table([["a;b", 63.5], ["a,b", -1]], ["Idee", "Wert"]), INTERNATIONAL)
    assert text == '\ufeffIdee,Wert\r\na;b,63.5\r\n"a,b",-1\r\n'


def test_for_programs_with_keys_and_without_a_mark() -> None:
    assert written(text_table([["a", 1]], ["Idee", "Wert"]), FOR_PROGRAMS) == "c0,c1\r\na,1\r\n"


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        '=HYPERLINK("https://evil.example")',
        "+49 201 1892",
        "-1+1",
        "@SUM(A1)",
        "\t=1+1",
        "\n=1+1",
        "  =1+1",
        "\xa0=1+1",
        "＝1+1",
        "＠SUM(A1)",
        "'=1+1",
    ],
    ids=ascii,
)
def test_no_text_becomes_a_formula_and_each_comes_back(text: str) -> None:
    ((cell,),) = read(written(text_table([], [text])))
    assert cell == "'" + text
    assert unmarked(cell) == text


@pytest.mark.parametrize(("text", "wanted"), [("\r=1", "'\n=1"), ("\0=1", "'=1"), ("a\r\nb\rc", "a\nb\nc")], ids=ascii)
def test_line_ends_are_alike_and_what_has_no_meaning_is_left_out(text: str, wanted: str) -> None:
    assert read(written(text_table([], [text]))) == [[wanted]]


@pytest.mark.parametrize(
    ("number", "wanted"),
    [(-12.5, "-12,5"), (-3, "-3"), (0, "0"), (0.0, "0,0"), (1234567, "1234567"), (33.333333333333, "33,333333333")],
)
def test_a_number_stays_a_number(number: float, wanted: str) -> None:
    assert read(written(one_of(Format.EXACT, number)))[1] == [wanted]


def test_days_moments_and_yes_or_no() -> None:
    assert read(written(one_of(Format.DAY, date(2026, 11, 26))))[1] == ["2026-11-26"]
    moment = datetime(2026, 11, 26, 12, 30, 5, 123, tzinfo=UTC)
    assert read(written(one_of(Format.MOMENT, moment)))[1] == ["2026-11-26T12:30:05+00:00"]
    assert read(written(one_of(Format.FLAG, True, False, None)))[1:] == [["1"], ["0"], [""]]


@pytest.mark.parametrize("text", ["A 40", "1-9", "Stahl & Söhne", "50 %", "'so'", "e-mail@firma.example"])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert read(written(text_table([], [text]))) == [[text]]
