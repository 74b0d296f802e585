"""WSGI middleware that serves cached boards and their streams to anonymous visitors and to programs.

Such a request needs neither Flask nor SQL. An open stream also needs little memory: a greenlet's stack never shrinks,
and Flask's calls are deep. All other requests are passed on to the application.
"""

from __future__ import annotations

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Request

from ruhrvote.leaderboards.cache import BoardCache, Cached, NotRendered, Rendered
from ruhrvote.leaderboards.stream import STREAM_HEADERS, BoardStreams
from ruhrvote.web import SECURE_SESSION_COOKIE, SESSION_COOKIE, choose_language, coding_for, compressed

# The headers that a 304 answer repeats.
CONFIRMED = frozenset({"Access-Control-Allow-Origin", "Cache-Control", "ETag", "Vary"})
# The headers of a board that its stream does not have.
OF_ONE_BOARD = frozenset({"Cache-Control", "Content-Length", "Content-Type", "ETag"})


class CacheMiddleware:
    """The middleware: a WSGI application around another one."""

    def __init__(self, app: Flask, boards: BoardCache, streams: BoardStreams):
        self._behind = app.wsgi_app
        self._boards = boards
        self._streams = streams
        self._trusted: list[str] | None = app.config["TRUSTED_HOSTS"]
        marks = {endpoint: getattr(view, "cached", None) for endpoint, view in app.view_functions.items()}
        self._cached: dict[str, Cached] = {endpoint: mark for endpoint, mark in marks.items() if mark is not None}
        routes = Map(
            [
                Rule(rule.rule, endpoint=rule.endpoint)
                for rule in app.url_map.iter_rules()
                if rule.endpoint in self._cached
            ],
            redirect_defaults=False,
            merge_slashes=False,
        )
        self._routes = routes.bind("")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        found = self._find(environ["PATH_INFO"]) if self._answers(environ) else None
        if found is None:
            return self._behind(environ, start_response)
        mark, path = found
        request = Request(environ)
        query = mark.query(request.args)
        if query is None:
            return self._behind(environ, start_response)
        address = f"{path}?{query}" if query else path
        streamed = bool(mark.stream_of)
        alone = streamed or "HTTP_HX_REQUEST" in environ
        # A fragment is the same for all visitors; but a page shows who is logged in, and a stream ends with the login.
        has_session = not request.cookies.keys().isdisjoint((SESSION_COOKIE, SECURE_SESSION_COOKIE))
        if has_session and (streamed or not alone):
            return self._behind(environ, start_response)
        language = choose_language(request)
        try:
            board = self._boards.current(address, language, alone)
        except NotRendered:
            board = None
        if board is None:  # the application answers with the error
            return self._behind(environ, start_response)
        if streamed:
            shared = [header for header in board.headers if header[0] not in OF_ONE_BOARD]
            start_response("200 OK", [*shared, *STREAM_HEADERS.items()])
            return self._streams.events(address, language)
        return _answer(board, request, start_response)

    def _find(self, path: str) -> tuple[Cached, str] | None:
        """How the view at this address is kept, and the address of what it answers with; None for any other view."""
        try:
            endpoint, arguments = self._routes.match(path)
        except (NotFound, RequestRedirect):
            return None
        mark = self._cached[endpoint]
        return mark, self._routes.build(mark.stream_of, arguments) if mark.stream_of else path

    def _answers(self, environ: WSGIEnvironment) -> bool:
        """Whether a cached board can answer this request."""
        if environ["REQUEST_METHOD"] != "GET" or environ["SCRIPT_NAME"]:
            return False
        if self._trusted and not host_is_trusted(environ.get("HTTP_HOST", ""), self._trusted):
            return False
        return "HTTP_HX_HISTORY_RESTORE_REQUEST" not in environ  # here htmx asks for the whole page


def _answer(board: Rendered, request: Request, start_response: StartResponse) -> Iterable[bytes]:
    if board.etag in request.headers.get("If-None-Match", ""):
        start_response("304 NOT MODIFIED", [header for header in board.headers if header[0] in CONFIRMED])
        return []
    coding = coding_for(request)
    if coding is None:
        start_response("200 OK", list(board.headers))
        return [board.body]
    body = compressed(board.body, coding)
    # The same board, but not the same bytes: hence the weak tag.
    own = {"Content-Length": str(len(body)), "ETag": f"W/{board.etag}", "Content-Encoding": coding}
    start_response("200 OK", [*(header for header in board.headers if header[0] not in own), *own.items()])
    return [body]
