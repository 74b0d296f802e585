"""The files beside the letters: a table for mail merge, and the list of the parts for the print shop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Response

from ruhrvote.accounts.codes.format import in_fours
from ruhrvote.accounts.models import Organisation
from ruhrvote.administration.invitations.letters.layout import code_link, set_list
from ruhrvote.administration.invitations.models import Order, OrderFile
from ruhrvote.files.csv import write_csv

PDF, CSV = "application/pdf", "text/csv; charset=utf-8"
MERGE_HEADER = ("Brief", "Organisation", "Straße", "PLZ", "Ort", "Zugangscode", "Seite", "QR-Inhalt")
LIST_HEADER = ("Teil", "Datei", "Briefe", "PLZ von", "PLZ bis")


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """A file as an answer that browsers save and nobody keeps."""
    kept = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, content_type=media_type, headers=kept)


def merge_table(order: Order, organisations: Sequence[Organisation], codes: Mapping[int, str], page: str) -> str:
    """The letters of a part as CSV, in the order of the PDF."""
    return write_csv(
        MERGE_HEADER,
        (
            (
                number,
                organisation.name,
                organisation.street,
                organisation.postcode,
                organisation.town,
                in_fours(codes[organisation.id]),
                page,
                code_link(page, codes[organisation.id]),
            )
            for number, organisation in enumerate(organisations, start=1)
        ),
    )


def parts_list(order: Order, files: Sequence[OrderFile]) -> bytes:
    """The list of the parts with their numbers of letters, as a PDF."""
    rows = [(str(file.part), file.name, str(file.letters), file.first_postcode, file.last_postcode) for file in files]
    total = sum(file.letters for file in files)
    return set_list(
        f"Laufzettel zu Auftrag {order.id}",
        LIST_HEADER,
        rows,
        f"Zusammen {total} Briefe in {len(files)} Teilen, nach Postleitzahl sortiert, je Brief ein Blatt, einseitig. "
        "Die Briefe enthalten Zugangscodes: bitte vertraulich behandeln und die Dateien nach dem Druck löschen.",
    )
