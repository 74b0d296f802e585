"""Operations of the API: consultations, ideas, boards, turnout, the head of the ledger, results.

Every figure comes from the same boards and tables as the pages and files, so it has passed the same gate.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Response, jsonify, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.api.answers import answer, for_all_sites, paged
from ruhrvote.api.operations import Schema, answers, blueprint, many, of_columns, of_fields
from ruhrvote.api.specification import specification
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import consultations as all_consultations
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import Conflict
from ruhrvote.exports.tables.boards import (
    IDEA_COLUMNS,
    THEME_COLUMNS,
    TURNOUT_COLUMNS,
    board_table,
    theme_board_table,
    turnout_table,
)
from ruhrvote.exports.tables.ideas import COLUMNS as IDEA_TEXTS
from ruhrvote.exports.tables.ideas import ideas_table
from ruhrvote.exports.tables.scope import Asked
from ruhrvote.files.json import record
from ruhrvote.files.table import Table, in_utc
from ruhrvote.ideas.queries import themes_of
from ruhrvote.leaderboards.boards import (
    OVERALL,
    Availability,
    Board,
    Scope,
    ScopeKind,
    get_scope,
    make_board,
    scopes_of,
)
from ruhrvote.leaderboards.cache import cached
from ruhrvote.leaderboards.names import board_name, participation_sentence, scope_name
from ruhrvote.ledger.queries import head_of, last_change
from ruhrvote.web import localised

blueprint.after_request(for_all_sites)

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
NUMBER_OR_NULL = {"type": ["integer", "null"]}
FLAG = {"type": "boolean"}
MOMENT = {"type": ["string", "null"], "format": "date-time"}
TIMES = ("opened_at", "closes_at", "closed_at", "settled_at", "published_at")
CONSULTATION = of_fields(
    {
        "key": TEXT,
        "title": TEXT,
        "intro": TEXT,
        "source": TEXT,
        "status": TEXT,
        "release_policy": TEXT,
        "weighting": TEXT,
        "quorum_percent": NUMBER,
        "quorum_minimum": NUMBER,
        "objection_days": NUMBER_OR_NULL,
        **dict.fromkeys(TIMES, MOMENT),
    }
)
STATE: dict[str, Schema] = {
    "board": TEXT,
    "name": TEXT,
    "kind": TEXT,
    "seq": NUMBER,
    "as_of": MOMENT,
    "visible": FLAG,
    "intervals": {"type": "string", "enum": [str(state) for state in Availability]},
    "eligible": NUMBER,
    "received": NUMBER,
    "counted": NUMBER,
    "participation": TEXT,
}
IDEAS, THEMES = many(of_columns(IDEA_COLUMNS)), many(of_columns(THEME_COLUMNS))


@answers("/consultations", "All consultations that have begun", CONSULTATION, paged=True)
def consultations() -> BaseResponse:
    """The consultations: open ones first, then the newest."""
    return paged([_consultation(consultation) for consultation in all_consultations()])


@answers("/consultations/<key>", "One consultation and its rules", CONSULTATION)
def consultation(key: str) -> BaseResponse:
    """A consultation."""
    return answer(_consultation(get_consultation(key)))


@answers("/consultations/<key>/ideas", "The ideas in the order of the list", of_columns(IDEA_TEXTS), paged=True)
def ideas(key: str) -> BaseResponse:
    """The ideas of a consultation."""
    return paged(_records(ideas_table(Asked(get_consultation(key)))))


@answers(
    "/consultations/<key>/boards", "The boards that there are", of_fields({"board": TEXT, "name": TEXT}), paged=True
)
def boards(key: str) -> BaseResponse:
    """The boards of a consultation."""
    found = get_consultation(key)
    themes = {theme.key: theme for theme in themes_of(found.id)}
    listed = [{"board": str(scope), "name": scope_name(scope, themes)} for scope in scopes_of(found)]
    return paged(listed)


@answers(
    "/consultations/<key>/boards/<scope>",
    "One board as its page shows it; without rows while it may not be seen",
    of_fields({**STATE, "ideas": IDEAS, "themes": THEMES}),
)
@cached()
def board(key: str, scope: str) -> BaseResponse:
    """A board."""
    found = get_consultation(key)
    return answer(_board(make_board(found, get_scope(scope, found), with_intervals=True)))


@answers(
    "/consultations/<key>/turnout",
    "Who may take part and who has, by group; the last row is all together",
    of_fields({"participation": TEXT, "groups": many(of_columns(TURNOUT_COLUMNS))}),
)
@cached()
def turnout(key: str) -> BaseResponse:
    """Turnout by group."""
    found = get_consultation(key)
    whole = make_board(found, OVERALL).turnout
    rows = _records(turnout_table(Asked(found)))
    return answer({"participation": participation_sentence(whole), "groups": rows})


@answers(
    "/consultations/<key>/ledger",
    "The head of the ledger: who has seen it notices any later change of what was before it",
    of_fields({"seq": NUMBER, "hash": TEXT, "recorded_at": MOMENT}),
)
@cached()
def ledger(key: str) -> BaseResponse:
    """The last entry of the ledger."""
    found = get_consultation(key)
    seq, last_hash = head_of(found.id)
    recorded_at = last_change(found.id)
    return answer({"seq": seq, "hash": last_hash, "recorded_at": in_utc(recorded_at) if recorded_at else None})


@answers(
    "/consultations/<key>/results",
    "The published result",
    of_fields({**STATE, "ideas": IDEAS, "themes": THEMES, "open_data": TEXT}),
    conflict="The result is not published yet",
)
@cached()
def results(key: str) -> BaseResponse:
    """The published result: all ideas and themes, and where the open data is."""
    found = get_consultation(key)
    if not found.has_result:
        raise Conflict(_l("The result is not published yet. The boards show what can be seen now."))
    whole = make_board(found, OVERALL, with_intervals=True)
    compared = make_board(found, Scope(ScopeKind.THEMES))
    content = _board(replace(whole, theme_rows=compared.theme_rows))
    return answer({**content, "open_data": url_for("exports.package", key=key)})


@blueprint.get("/openapi.json")
@allow(Permission.PUBLIC)
def openapi() -> Response:
    """The OpenAPI specification."""
    return jsonify(specification())


def _consultation(found: Consultation) -> dict[str, object]:
    times = {name: getattr(found, name) for name in TIMES}
    return {
        "key": found.key,
        "title": localised(found, "title"),
        "intro": localised(found, "intro"),
        "source": found.source,
        "status": found.status,
        "release_policy": found.release_policy,
        "weighting": found.weighting,
        "quorum_percent": found.quorum_percent,
        "quorum_minimum": found.quorum_minimum,
        "objection_days": found.objection_days,
        **{name: in_utc(moment) if moment else None for name, moment in times.items()},
    }


def _board(made: Board) -> dict[str, object]:
    return {
        "board": str(made.scope),
        "name": scope_name(made.scope, made.themes),
        "kind": board_name(made.consultation),
        "seq": made.seq,
        "as_of": in_utc(made.as_of),
        "visible": made.visible,
        "intervals": str(made.intervals),
        "eligible": made.turnout.eligible,
        "received": made.turnout.received,
        "counted": made.turnout.counted if made.visible else 0,
        "participation": participation_sentence(made.turnout),
        "ideas": _records(board_table(made)),
        "themes": _records(theme_board_table(made)),
    }


def _records(table: Table) -> list[dict[str, object]]:
    return [record(table, row) for row in table.rows]
