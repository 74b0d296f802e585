"""Reading a list of ideas from a CSV or XLSX file row by row, so that each fault has its line number."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask_babel import gettext as _

from ruhrvote.control.setup.forms import SHORT
from ruhrvote.errors import Refused
from ruhrvote.files.read_xlsx import Unreadable, Workbook
from ruhrvote.files.table import clean

MOST_ROWS = 500
MOST_BYTES = 1_000_000  # of a file, and of its rows as the preview sends them back
MOST_UNPACKED = 20_000_000  # bytes of an unpacked workbook: it is read within a request
# The names of each column in German and English files; all except NEEDED may be missing.
COLUMNS = {
    "theme_de": ("Themenfeld", "Theme (German)"),
    "theme_en": ("Themenfeld (englisch)", "Theme"),
    "title_de": ("Titel", "Title (German)"),
    "title_en": ("Titel (englisch)", "Title"),
    "short_de": ("Kurztitel", "Short title (German)"),
    "short_en": ("Kurztitel (englisch)", "Short title"),
    "goal_de": ("Ziel", "Goal (German)"),
    "goal_en": ("Ziel (englisch)", "Goal"),
    "background_de": ("Hintergrund", "Background (German)"),
    "background_en": ("Hintergrund (englisch)", "Background"),
}
NEEDED = ("theme_de", "title_de", "goal_de")
LONGEST = {"theme": 120, "title": 300, "short": SHORT, "goal": 2000, "background": 5000}


@dataclass(frozen=True)
class Row:
    """A row of the file: its texts by field, and a sentence on what is wrong with it, if anything."""

    line: int
    texts: Mapping[str, str]
    fault: str = ""


@dataclass(frozen=True)
class IdeaList:
    """The rows of a file."""

    rows: Sequence[Row]

    @property
    def good(self) -> list[Row]:
        """The rows that can be entered."""
        return [row for row in self.rows if not row.fault]

    @property
    def faulty(self) -> list[Row]:
        """The rows that cannot be entered."""
        return [row for row in self.rows if row.fault]

    def as_list(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """The themes and ideas of the good rows, as arguments of `ideas.lists.replace_list`."""
        names = {row.texts["theme_de"]: row.texts.get("theme_en", "") for row in reversed(self.good)}
        order = dict.fromkeys(row.texts["theme_de"] for row in self.good)
        keys = {name: f"theme-{number}" for number, name in enumerate(order, start=1)}
        themes = [{"key": keys[name], "name_de": name, "name_en": names[name]} for name in order]
        ideas = []
        for number, row in enumerate(self.good, start=1):
            texts = {name: row.texts.get(name, "") for name in COLUMNS if not name.startswith("theme_")}
            texts["short_de"] = texts["short_de"] or texts["title_de"][:SHORT]
            ideas.append({"number": number, "theme": keys[row.texts["theme_de"]], **texts})
        return themes, ideas


def read_list(content: bytes, name: str) -> IdeaList:
    """Read a file; raises Refused if it cannot be read at all or lacks a needed column. `name` tells the format."""
    table = _xlsx(content) if name.lower().endswith(".xlsx") else _csv(content)
    heading = [str(cell).strip().casefold() for cell in table[0][1]] if table else []
    place = {
        field: heading.index(name.casefold())
        for field, names in COLUMNS.items()
        for name in names
        if name.casefold() in heading
    }
    missing = [COLUMNS[field][0] for field in NEEDED if field not in place]
    if missing:
        raise Refused(
            _(
                "The first line must name the columns; these are missing: %(columns)s. Download the template.",
                columns=", ".join(missing),
            )
        )
    rows = [
        {field: cells[column].strip() if column < len(cells) else "" for field, column in place.items()}
        | {"line": str(line)}
        for line, cells in table[1:]
        if any(cell.strip() for cell in cells)
    ]
    if not rows:
        raise Refused(_("The file has a heading but no idea. Add a line for each idea."))
    if len(rows) > MOST_ROWS:
        raise Refused(_("The file has more than %(number)d ideas. Split it.", number=MOST_ROWS))
    return check_rows(rows)


def check_rows(rows: Iterable[Mapping[str, str]]) -> IdeaList:
    """Check each row: its texts by field, and its line number in the file as `line`."""
    seen: dict[str, int] = {}
    checked = []
    for row in rows:
        line = int(row["line"])
        texts = {field: clean(row.get(field, "")) for field in COLUMNS}
        empty = [COLUMNS[field][0] for field in NEEDED if not texts[field]]
        long = [COLUMNS[field][0] for field, text in texts.items() if len(text) > LONGEST[field.rpartition("_")[0]]]
        fault = ""
        if empty:
            fault = _("%(columns)s: empty", columns=", ".join(empty))
        elif long:
            fault = _("%(columns)s: too long", columns=", ".join(long))
        elif texts["title_de"].casefold() in seen:
            fault = _("the same title as in line %(line)d", line=seen[texts["title_de"].casefold()])
        else:
            seen[texts["title_de"].casefold()] = line
        checked.append(Row(line, texts, fault))
    return IdeaList(checked)


def _csv(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # the encoding of Excel on German Windows
    first = text.partition("\n")[0]
    separator = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise Refused(_("The file cannot be read as CSV. Save it again, or use XLSX.")) from error


def _xlsx(content: bytes) -> list[tuple[int, list[str]]]:
    try:
        with closing(Workbook(io.BytesIO(content), MOST_UNPACKED)) as book:
            return list(islice(book.rows(), MOST_ROWS + 2))
    except Unreadable as error:
        raise Refused(_("The file cannot be read as XLSX. Save it again, or use CSV.")) from error
