"""Pages of the boards: page, fragment, stream, big screen, QR code and embedding."""

from __future__ import annotations

from io import BytesIO

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.queries import token_hash
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db
from ruhrvote.leaderboards.boards import ScopeKind, get_scope, make_board
from ruhrvote.leaderboards.cache import cached
from ruhrvote.leaderboards.direct import compare_directly
from ruhrvote.leaderboards.gate import eligible_of
from ruhrvote.leaderboards.rows import board_query, chosen_sort, stream_query
from ruhrvote.leaderboards.stream import STREAM_HEADERS, board_streams
from ruhrvote.services import services
from ruhrvote.web import CONTENT_SECURITY_POLICY, LANGUAGES, language, render

blueprint = Blueprint("leaderboards", __name__)

# Other sites may show a published board in a frame: it is the same for everybody and has no buttons.
IN_FRAMES = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """Functions about the roll for all templates; functions, so that only pages that need them query."""
    return {"eligible_of": eligible_of}


@blueprint.get("/consultations/<key>/boards")
@allow(Permission.PUBLIC)
def boards(key: str) -> BaseResponse:
    """Redirect to the overall board, or to the one chosen in the menu of a page without JavaScript."""
    scope = request.args.get("board") or str(ScopeKind.OVERALL)
    return redirect(url_for(".board", key=key, scope=scope, sort=request.args.get("sort")), 303)


@blueprint.get("/consultations/<key>/boards/<scope>")
@allow(Permission.PUBLIC)
@cached(board_query)
def board(key: str, scope: str) -> Response:
    """Show a board sorted by `sort`: the page, or only the fragment for htmx."""
    consultation = get_consultation(key)
    sort = chosen_sort(request.args.get("sort"))
    made = make_board(consultation, get_scope(scope, consultation), sort, with_intervals=True)
    return render("leaderboards/board.html", "leaderboards/_board.html", board=made)


@blueprint.get("/consultations/<key>/boards/<scope>/direct")
@allow(Permission.PUBLIC)
def direct(key: str, scope: str) -> str:
    """Show the ideas of a theme compared only with each other."""
    consultation = get_consultation(key)
    found = get_scope(scope, consultation, ScopeKind.THEME)
    return render_template("leaderboards/direct.html", comparison=compare_directly(consultation, found))


@blueprint.get("/consultations/<key>/boards/<scope>/stream")
@allow(Permission.PUBLIC)
@cached(stream_query, stream_of="leaderboards.board")
def stream(key: str, scope: str) -> Response:
    """Server-sent events with the board whenever the ledger has grown; ends with the visitor's login."""
    get_scope(scope, get_consultation(key))  # an address without a board is no stream
    query = stream_query(request.args)
    address = url_for(".board", key=key, scope=scope) + (f"?{query}" if query else "")
    login = token_hash(current_user.login_token) if current_user.is_authenticated else None
    events = board_streams().events(address, language(), login)
    db.session.remove()  # a stream lives long and must not hold a connection
    return Response(events, headers=STREAM_HEADERS)


@blueprint.get("/consultations/<key>/boards/<scope>/screen")
@allow(Permission.PUBLIC)
def screen(key: str, scope: str) -> str:
    """Show a board on the big screen of an event; the page changes from board to board."""
    consultation = get_consultation(key)
    made = make_board(consultation, get_scope(scope, consultation))
    return render_template("leaderboards/screen.html", board=made)


@blueprint.get("/consultations/<key>/code.svg")
@allow(Permission.PUBLIC)
def code(key: str) -> Response:
    """The address of a consultation as a QR code, to be read from a big screen."""
    get_consultation(key)
    address = _full_address("consultations.show", key=key)
    picture = BytesIO()
    segno.make(address, error="m").save(picture, kind="svg", border=2, light="#fff", omitsize=True)
    return Response(picture.getvalue(), mimetype="image/svg+xml")


@blueprint.get("/consultations/<key>/boards/<scope>/embed")
@allow(Permission.PUBLIC)
def embedding(key: str, scope: str) -> str:
    """Show the HTML to copy into another site so that it shows this board."""
    consultation = get_consultation(key)
    made = make_board(consultation, get_scope(scope, consultation))
    address = _full_address(".embedded", key=key, scope=scope, language=language())
    return render_template("leaderboards/embedding.html", board=made, address=address)


@blueprint.get("/embed/<key>/<scope>")
@allow(Permission.PUBLIC)
def embedded(key: str, scope: str) -> Response:
    """A board of a published result to embed in other sites, in the language of the parameter `language`."""
    consultation = get_consultation(key)
    found = get_scope(scope, consultation)
    chosen = request.args.get("language", "")
    with force_locale(chosen if chosen in LANGUAGES else language()):
        made = make_board(consultation, found, with_intervals=True)
        response = Response(render_template("leaderboards/embedded.html", board=made))
    response.headers["Content-Security-Policy"] = IN_FRAMES
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _full_address(endpoint: str, **values: str) -> str:
    """An absolute address with the host that the visitor used, for other sites and phones."""
    https = services().settings.https
    return url_for(endpoint, _external=True, _scheme="https" if https else "http", **values)
