"""Downloads of results."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import Conflict
from ruhrvote.exports.tables import results_header, results_rows
from ruhrvote.files.csv import write_csv
from ruhrvote.leaderboards.boards import ScopeKind, make_board, scopes_of
from ruhrvote.leaderboards.names import scope_name

blueprint = Blueprint("exports", __name__)


@blueprint.get("/consultations/<key>/results.csv")
@allow(Permission.RUN_CONSULTATION)
def results(key: str) -> Response:
    """The overall board and the boards of the groups as one CSV file."""
    consultation = get_consultation(key)
    scopes = [scope for scope in scopes_of(consultation) if scope.kind in (ScopeKind.OVERALL, ScopeKind.GROUP)]
    made = [make_board(consultation, scope) for scope in scopes]
    if not all(board.visible for board in made):
        raise Conflict(_l("There are no results yet. They can be downloaded once they are published."))
    rows = [row for board in made for row in results_rows(board, scope_name(board.scope, board.themes))]
    response = Response(write_csv(results_header(), rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="ruhrvote-{consultation.key}.csv"'
    return response
