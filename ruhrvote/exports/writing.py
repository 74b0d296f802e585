"""Writing what was asked for: the one way from tables, and from the orders of ballots, to a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np
from flask_babel import lazy_gettext as _l

from ruhrvote.errors import Conflict
from ruhrvote.exports.catalogue import EXPORTS, ExportRequest, Form
from ruhrvote.exports.tables.boards import about_rows
from ruhrvote.exports.tables.scope import Asked
from ruhrvote.files.csv import GERMAN, INTERNATIONAL, csv_parts
from ruhrvote.files.json import json_parts
from ruhrvote.files.table import Column, Progress, Table
from ruhrvote.files.xlsx import write_xlsx
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.gate import ballots_behind, figures
from ruhrvote.review.figures import basis_of
from ruhrvote.review.report import Form as ReportForm
from ruhrvote.review.report import report_of, typeset
from ruhrvote.tally import preflib_writer
from ruhrvote.web import TIME_ZONE, localised


@dataclass(frozen=True)
class Prepared:
    """A file that can be written, and how many rows it will have."""

    total: int
    write: Callable[[BinaryIO, Progress | None], None]


def prepare(request: ExportRequest, asked: Asked) -> Prepared:
    """What was asked for, ready to be written; raises Conflict with what to do instead if there is nothing in it."""
    export = EXPORTS[request.export]
    match request.export:
        case "orders":
            return _orders(request.form, asked)
        case "report":
            return _report(request.form, asked)
    tables = export.tables(asked)
    total = sum(table.total for table in tables)
    if not total:
        raise Conflict(export.nothing)

    def write(target: BinaryIO, progress: Progress | None) -> None:
        match request.form:
            case Form.XLSX:
                write_xlsx(target, [*tables, _about_table(asked)], TIME_ZONE, progress)
            case Form.JSON:
                about = dict(zip(ABOUT_KEYS, (text for _, text in about_rows(asked.consultation)), strict=True))
                target.writelines(json_parts(tables[0], about, progress))
            case _:
                dialect = INTERNATIONAL if request.form == Form.CSV_COMMA else GERMAN
                target.writelines(csv_parts(tables[0], dialect, progress))

    return Prepared(total, write)


ABOUT_KEYS = ("consultation", "kind", "as_of", "participation", "weight", "score", "source")


def _about_table(asked: Asked) -> Table:
    columns = (Column("what", _l("What")), Column("value", _l("Value")))
    rows = about_rows(asked.consultation)
    return Table("about", _l("About this file"), columns, rows, len(rows))


def _orders(form: Form, asked: Asked) -> Prepared:
    """The orders of the ballots that the boards count; after the close only, and never with an organisation."""
    consultation = asked.consultation
    ideas = ideas_of(consultation.id)
    shown = figures(consultation, len(ideas))
    ballots = ballots_behind(consultation, shown) if shown else None
    if not ballots:
        raise Conflict(EXPORTS["orders"].nothing)
    levels = np.concatenate(list(ballots.values()))
    names = [f"{idea.number} {localised(idea, 'title')}" for idea in ideas]
    title = localised(consultation, "title")

    def write(target: BinaryIO, progress: Progress | None) -> None:
        target.writelines(line.encode() for line in preflib_writer.lines(title, names, levels, form))
        if progress:
            progress(len(levels))

    return Prepared(len(levels), write)


REPORT_FORMS = {Form.PDF: ReportForm.FULL, Form.SHEET: ReportForm.SHEET, Form.SLIDES: ReportForm.SLIDES}


def _report(form: Form, asked: Asked) -> Prepared:
    """A report; how long it takes depends on the ballots behind its intervals, so these are its rows."""
    basis = basis_of(asked.consultation)
    if basis.empty:
        raise Conflict(EXPORTS["report"].nothing)
    ballots = basis.board.turnout.counted

    def write(target: BinaryIO, progress: Progress | None) -> None:
        report = report_of(asked.consultation, REPORT_FORMS[form])
        if progress:
            progress(ballots // 2)
        target.write(typeset(report, asked.consultation.key))
        if progress:
            progress(ballots - ballots // 2)

    return Prepared(ballots, write)
