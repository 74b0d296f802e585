"""The boards: pages, fragments, and the stream that keeps open pages up to date."""

from __future__ import annotations

import time
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db
from ruhrvote.errors import Unknown
from ruhrvote.leaderboards.boards import Scope, ScopeKind, find_scope, make_board
from ruhrvote.live.signal import ChangeSignal
from ruhrvote.web import language, render

blueprint = Blueprint("leaderboards", __name__)

UPDATE_AT_MOST_EVERY = 0.25  # seconds: bursts of ballots become one update
KEEP_ALIVE_EVERY = 15.0  # seconds
STREAM_FOR_AT_MOST = 300.0  # seconds, then the browser reconnects


@blueprint.get("/consultations/<key>/boards")
@allow(Permission.PUBLIC)
def boards(key: str) -> BaseResponse:
    """Lead to the overall board, or to the one chosen in the menu of a page without JavaScript."""
    scope = request.args.get("board") or str(ScopeKind.OVERALL)
    return redirect(url_for(".board", key=key, scope=scope), 303)


@blueprint.get("/consultations/<key>/boards/<scope>")
@allow(Permission.PUBLIC)
def board(key: str, scope: str) -> Response:
    """One board: as a page, or the board alone for htmx."""
    made = make_board(*_named(key, scope))
    return render("leaderboards/board.html", "leaderboards/_board.html", board=made)


@blueprint.get("/consultations/<key>/boards/<scope>/stream")
@allow(Permission.PUBLIC)
def stream(key: str, scope: str) -> Response:
    """The board again and again, whenever the ledger has grown."""
    _named(key, scope)
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    environ = dict(request.environ)
    db.session.remove()  # the stream lives long and holds no connection
    response = Response(_events(app, environ, key, scope), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _named(key: str, scope_text: str) -> tuple[Consultation, Scope]:
    consultation = get_consultation(key)
    scope = find_scope(scope_text, consultation)
    if scope is None:
        raise Unknown(_l("There is no board at this address. The menu of the boards leads to all of them."))
    return consultation, scope


def _events(app: Flask, environ: dict[str, object], key: str, scope: str) -> Iterator[str]:
    signal: ChangeSignal = app.extensions["ruhrvote_signal"]
    ends = time.monotonic() + STREAM_FOR_AT_MOST
    known, shown = 0, ""
    yield "retry: 2000\n\n"
    while (left := ends - time.monotonic()) > 0:
        latest = signal.wait(known, min(KEEP_ALIVE_EVERY, left))
        if latest == known:
            yield ": still here\n\n"
            continue
        known = latest
        # Each update in a context of its own, so that nothing of the database is held while waiting.
        with app.request_context(environ):
            html = rendered_board(key, scope, known)
        if html != shown:
            shown = html
            yield _event("board", html)
        time.sleep(UPDATE_AT_MOST_EVERY)
    yield _event("end", "")


def _event(name: str, text: str) -> str:
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


def rendered_board(key: str, scope_text: str, change: int) -> str:
    """The fragment of a board as of a change, rendered once per process and language for all streams."""
    rendered: dict[tuple[str, str, str], tuple[int, str]] = current_app.extensions["ruhrvote_rendered"]
    slot = (key, scope_text, language())
    if slot not in rendered or rendered[slot][0] < change:
        made = make_board(*_named(key, scope_text))
        rendered[slot] = (change, render_template("leaderboards/_board.html", board=made))
    return rendered[slot][1]
