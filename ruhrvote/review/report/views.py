"""The report's page; its files leave by the exports."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.review.basis import basis_of

blueprint = Blueprint("report", __name__)


@blueprint.get("/consultations/<key>/report")
@allow(Permission.REVIEW)
def show(key: str) -> Response:
    """What can be had, and whether anything is still being computed for it."""
    consultation = get_consultation(key)
    basis = basis_of(consultation, with_intervals=True)
    return make_response(render_template("review/report.html", consultation=consultation, basis=basis))
