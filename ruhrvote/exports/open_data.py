"""The open data of a published result: tables with their checksums, described as a Frictionless Data Package.

In it is what everybody may use further: figures, and the titles of the ideas. The texts of the ideas and of comments
are not, as their authors have not given them away; nor is anything about single organisations.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Sequence

from flask_babel import gettext as _

from ruhrvote.config import ROOT
from ruhrvote.consultations.models import Consultation
from ruhrvote.exports.tables.boards import about_rows, results_table, themes_table, turnout_table
from ruhrvote.exports.tables.ideas import ideas_table
from ruhrvote.exports.tables.scope import Asked
from ruhrvote.files.csv import FOR_PROGRAMS, csv_parts
from ruhrvote.files.table import Format, Table
from ruhrvote.ledger.queries import head_of, last_change
from ruhrvote.services import services
from ruhrvote.web import language, localised

LICENCE = {
    "name": "DL-DE-BY-2.0",
    "title": "Datenlizenz Deutschland – Namensnennung – Version 2.0",
    "path": "https://www.govdata.de/dl-de/by-2-0",
}
PUBLISHED_OF_IDEAS = ("number", "theme_key", "theme", "short", "title")
TYPES = {
    Format.TEXT: "string",
    Format.WHOLE: "integer",
    Format.SCORE: "number",
    Format.EXACT: "number",
    Format.FLAG: "boolean",
    Format.DAY: "date",
    Format.MOMENT: "datetime",
}


class _Packages(dict[tuple[int, int, str], bytes]):
    """The packages made so far, by consultation, last entry of its ledger, and language."""


def open_data(consultation: Consultation) -> bytes:
    """The package as a ZIP file in the page's language: made once per process, the same bytes for the same result."""
    kept = services().of(_Packages)
    slot = (consultation.id, head_of(consultation.id)[0], language())
    if slot not in kept:
        kept[slot] = _package(consultation)
    return kept[slot]


def _package(consultation: Consultation) -> bytes:
    asked = Asked(consultation)
    tables = [results_table(asked), themes_table(asked), turnout_table(asked), _titles(ideas_table(asked))]
    contents = {f"data/{table.key}.csv": b"".join(csv_parts(table, FOR_PROGRAMS)) for table in tables}
    description = _description(consultation, tables, contents)
    contents["datapackage.json"] = json.dumps(description, ensure_ascii=False, indent=2).encode()
    contents["METHODOLOGY.md"] = (ROOT / "docs" / "methodology.md").read_bytes()
    contents["README.md"] = _readme(consultation).encode()
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items()))
    contents["SHA256SUMS"] = sums.encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            # Always the same time: the same result is the same bytes, on each host.
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _titles(ideas: Table) -> Table:
    places = [place for place, column in enumerate(ideas.columns) if column.key in PUBLISHED_OF_IDEAS]
    rows = [[row[place] for place in places] for row in ideas.rows]
    return Table(ideas.key, ideas.title, [ideas.columns[place] for place in places], rows, ideas.total)


def _description(consultation: Consultation, tables: Sequence[Table], contents: dict[str, bytes]) -> dict[str, object]:
    seq, last_hash = head_of(consultation.id)
    as_of = last_change(consultation.id)
    return {
        "profile": "tabular-data-package",
        "name": f"ruhrvote-{consultation.key}",
        "title": localised(consultation, "title"),
        "description": "\n".join(f"{name}: {text}" for name, text in about_rows(consultation)),
        "version": str(seq),
        "created": as_of.isoformat(timespec="seconds") if as_of else None,
        "licenses": [LICENCE],
        "sources": [{"title": consultation.source}],
        "methodology": "METHODOLOGY.md",
        "ledger": {"seq": seq, "hash": last_hash},
        "resources": [_resource(table, contents[f"data/{table.key}.csv"]) for table in tables],
    }


def _resource(table: Table, content: bytes) -> dict[str, object]:
    fields = []
    for column in table.columns:
        field: dict[str, object] = {
            "name": column.key,
            "type": TYPES[column.format],
            "title": str(column.heading),
        }
        if column.about:
            field["description"] = str(column.about)
        fields.append(field)
    return {
        "profile": "tabular-data-resource",
        "name": table.key,
        "title": str(table.title),
        "path": f"data/{table.key}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n"},
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _readme(consultation: Consultation) -> str:
    said = "\n".join(f"- {name}: {text}" for name, text in about_rows(consultation))
    licence = _(
        "Licence: %(title)s (%(path)s). Name the consultation and its source when you use the data.",
        title=LICENCE["title"],
        path=LICENCE["path"],
    )
    how = _(
        "The tables are in data/, described in datapackage.json. METHODOLOGY.md says how ballots become scores. "
        "“sha256sum -c SHA256SUMS” tests whether the files are complete."
    )
    mark = _("A text that a spreadsheet would run as a formula begins with an apostrophe that does not belong to it.")
    return f"# {localised(consultation, 'title')}\n\n{said}\n\n{licence}\n\n{how}\n\n{mark}\n"
