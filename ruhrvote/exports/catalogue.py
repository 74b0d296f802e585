"""What can be downloaded: by whom, in which forms, and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.access import Permission
from ruhrvote.errors import Conflict
from ruhrvote.exports.tables.boards import results_table, themes_table, turnout_table
from ruhrvote.exports.tables.comments import comments_table
from ruhrvote.exports.tables.ideas import ideas_table
from ruhrvote.exports.tables.ledger import ledger_table
from ruhrvote.exports.tables.organisations import organisations_table
from ruhrvote.exports.tables.scope import Asked
from ruhrvote.files.table import Table


class Form(StrEnum):
    """In which form something leaves the system."""

    XLSX = "xlsx"
    CSV = "csv"
    CSV_COMMA = "csv-comma"
    JSON = "json"
    TOC = "toc"
    TOI = "toi"
    PDF = "pdf"
    SHEET = "sheet"
    SLIDES = "slides"

    @property
    def ending(self) -> str:
        """The ending of a file's name."""
        return {Form.CSV_COMMA: "csv", Form.SHEET: "sheet.pdf", Form.SLIDES: "slides.zip"}.get(self, self.value)

    @property
    def mimetype(self) -> str:
        """What the file is, for the browser."""
        match self:
            case Form.XLSX:
                return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
            case Form.JSON:
                return "application/json"
            case Form.PDF | Form.SHEET:
                return "application/pdf"
            case Form.SLIDES:
                return "application/zip"
            case Form.CSV | Form.CSV_COMMA:
                return "text/csv; charset=utf-8"
            case _:
                return "text/plain; charset=utf-8"


FORM_NAMES: dict[Form, str | LazyString] = {
    Form.XLSX: _l("Excel (XLSX)"),
    Form.CSV: _l("CSV for Excel in German"),
    Form.CSV_COMMA: _l("CSV with commas"),
    Form.JSON: "JSON",
    Form.TOC: _l("PrefLib .toc (complete)"),
    Form.TOI: _l("PrefLib .toi (as submitted)"),
    Form.PDF: _l("Full report (PDF)"),
    Form.SHEET: _l("One page (PDF)"),
    Form.SLIDES: _l("Slides (ZIP of PNG)"),
}
OF_TABLES = (Form.XLSX, Form.CSV, Form.CSV_COMMA, Form.JSON)


@dataclass(frozen=True)
class Export:
    """Something that can be downloaded: by whom, in which forms, and what to do where there is nothing in it.

    tables: what it consists of; a report and the orders of the ballots are no tables.
    """

    title: LazyString
    about: LazyString
    permission: Permission
    nothing: LazyString
    tables: Callable[[Asked], Sequence[Table]]
    forms: Sequence[Form] = OF_TABLES


def _everything(asked: Asked) -> list[Table]:
    """A sheet for each of what can be seen now."""
    tables = []
    for make in (results_table, themes_table, turnout_table, ideas_table, comments_table):
        with suppress(Conflict):  # results that nobody may see yet are left out
            tables.append(make(asked))
    return [table for table in tables if table.total]


EXPORTS: dict[str, Export] = {
    "workbook": Export(
        _l("Everything in one workbook"),
        _l("Results, themes, turnout, ideas and comments, each on a sheet of its own."),
        Permission.REVIEW,
        _l("There is nothing in this consultation yet. Enter the ideas first."),
        _everything,
        (Form.XLSX,),
    ),
    "results": Export(
        _l("Results"),
        _l("Rank, score and judgements of each idea: over all, within its theme and by group."),
        Permission.REVIEW,
        _l("There are no results yet. They can be downloaded once they are published."),
        lambda asked: [results_table(asked)],
    ),
    "themes": Export(
        _l("Themes compared"),
        _l("Rank and score of each theme and its best idea."),
        Permission.REVIEW,
        _l("There are no results yet. They can be downloaded once they are published."),
        lambda asked: [themes_table(asked)],
    ),
    "turnout": Export(
        _l("Turnout"),
        _l("Who may take part and how many have, by group."),
        Permission.REVIEW,
        _l("There is no roll yet. Turnout can be downloaded once the consultation is open."),
        lambda asked: [turnout_table(asked)],
    ),
    "ideas": Export(
        _l("Ideas"),
        _l("The list with all texts."),
        Permission.REVIEW,
        _l("There are no ideas yet. Enter the ideas first."),
        lambda asked: [ideas_table(asked)],
    ),
    "comments": Export(
        _l("Comments"),
        _l("What was published, under the name or label that everybody sees."),
        Permission.REVIEW,
        _l("There are no published comments here yet. Choose another idea, or come back when there are some."),
        lambda asked: [comments_table(asked)],
    ),
    "report": Export(
        _l("Board report"),
        _l("Boards, pictures and sentences for a meeting: in full, on one page, or as slides."),
        Permission.REVIEW,
        _l("There are no figures to report yet. The report's page says when there will be."),
        lambda _: (),
        (Form.PDF, Form.SHEET, Form.SLIDES),
    ),
    "organisations": Export(
        _l("Organisations"),
        _l("Those in your reach, with addresses. Who has submitted is not in it."),
        Permission.MANAGE_ORGANISATIONS,
        _l("There are no organisations in your reach yet. Enter or import them first."),
        lambda asked: [organisations_table(asked)],
    ),
    "ledger": Export(
        _l("Ledger"),
        _l("Every entry with its hash, to verify the chain elsewhere."),
        Permission.RUN_CONSULTATION,
        _l("The ledger has no entry yet. It begins when the consultation is opened."),
        lambda asked: [ledger_table(asked)],
    ),
    "orders": Export(
        _l("Orders for auditors"),
        _l(
            "After the close: each order that was submitted and how often, without any organisation, to count again. "
            "In a complete order, what was not judged is tied last."
        ),
        Permission.RUN_CONSULTATION,
        _l("The orders can be downloaded after the close, once the boards show the ballots of ten organisations."),
        lambda _: (),
        (Form.TOC, Form.TOI),
    ),
}


@dataclass(frozen=True)
class ExportRequest:
    """What somebody asks for: an export in a form, of a theme or an idea only if it says so."""

    export: str
    form: Form
    theme: str = ""
    idea: int | None = None

    @property
    def file_name(self) -> str:
        """How the file is called, without the consultation."""
        return f"{self.export}.{self.form.ending}"
