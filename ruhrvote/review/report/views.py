"""The report's page, and its three forms as files."""

from __future__ import annotations

import io
import zipfile

from flask import Blueprint, Response, make_response, render_template
from flask_babel import gettext as _

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import Conflict
from ruhrvote.files.pdf import typeset_pdf, typeset_pictures
from ruhrvote.review.basis import basis_of
from ruhrvote.review.report.content import Form, report_of

blueprint = Blueprint("report", __name__)

TEMPLATE = "review/report.typ"
SLIDE_DENSITY = 144  # dots per inch: 1,920 × 1,080


@blueprint.get("/consultations/<key>/report")
@allow(Permission.REVIEW)
def show(key: str) -> Response:
    """What can be had, and whether anything is still being computed for it."""
    consultation = get_consultation(key)
    basis = basis_of(consultation, with_intervals=True)
    return make_response(render_template("review/report.html", consultation=consultation, basis=basis))


@blueprint.get("/consultations/<key>/report.pdf")
@allow(Permission.REVIEW)
def full(key: str) -> Response:
    """The full report."""
    return _pdf(key, Form.FULL, "report")


@blueprint.get("/consultations/<key>/report-sheet.pdf")
@allow(Permission.REVIEW)
def sheet(key: str) -> Response:
    """One page of A4."""
    return _pdf(key, Form.SHEET, "sheet")


@blueprint.get("/consultations/<key>/report-slides.zip")
@allow(Permission.REVIEW)
def slides(key: str) -> Response:
    """The slides, a picture each."""
    consultation = _with_figures(key)
    pages = typeset_pictures(TEMPLATE, report_of(consultation, Form.SLIDES), dots_per_inch=SLIDE_DENSITY)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, page in enumerate(pages, start=1):
            archive.writestr(f"{key}-{number:02}.png", page)
    return _file(packed.getvalue(), "application/zip", f"{key}-slides.zip")


def _pdf(key: str, form: Form, name: str) -> Response:
    document = typeset_pdf(TEMPLATE, report_of(_with_figures(key), form))
    return _file(document, "application/pdf", f"{key}-{name}.pdf")


def _with_figures(key: str) -> Consultation:
    consultation = get_consultation(key)
    if basis_of(consultation).empty:
        raise Conflict(_("There are no figures to report yet. The report's page says when there will be."))
    return consultation


def _file(content: bytes, kind: str, name: str) -> Response:
    response = Response(content, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
