"""In front of the application: visitors without a login, and programs, get the kept boards and streams from here.

Such a request needs neither Flask nor a statement of SQL, and an open stream holds little memory: the stack of a
greenlet keeps the size that it once had, and Flask's is deep. Everything else is passed on to the application.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from flask import Flask
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Request

from ruhrvote.compression import compressed
from ruhrvote.leaderboards.cache import NotRendered, Rendered, RenderedBoards
from ruhrvote.leaderboards.rows import Sort, chosen_sort
from ruhrvote.leaderboards.stream import STREAM_HEADERS, BoardStreams
from ruhrvote.web import SECURE_SESSION_COOKIE, SESSION_COOKIE, choose_language, coding_for

BOARD = re.compile(r"(/consultations/[^/]+/boards/[^/]+)(/stream)?")
# The same figures for programs; there are no streams of these.
FOR_PROGRAMS = re.compile(r"(/api/v1/consultations/[^/]+/(?:boards/[^/]+|turnout|ledger|results))()")
# What a 304 repeats of the answer that it confirms.
CONFIRMED = frozenset({"Access-Control-Allow-Origin", "Cache-Control", "ETag", "Vary"})
# What a stream does not have in common with the board that it sends.
OF_ONE_BOARD = frozenset({"Cache-Control", "Content-Length", "Content-Type", "ETag"})


class BoardFront:
    """A WSGI application around another one."""

    def __init__(self, app: Flask, rendered: RenderedBoards, streams: BoardStreams):
        self._behind = app.wsgi_app
        self._rendered = rendered
        self._streams = streams
        self._trusted: list[str] | None = app.config["TRUSTED_HOSTS"]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = BOARD.fullmatch(environ["PATH_INFO"]) or FOR_PROGRAMS.fullmatch(environ["PATH_INFO"])
        if address is None or not self._answers(environ):
            return self._behind(environ, start_response)
        path, streamed = address.groups()
        request = Request(environ)
        # A stream's address may also say that the browser connects again.
        if request.args.keys() - {"sort"} and not streamed:
            return self._behind(environ, start_response)
        sort = chosen_sort(request.args.get("sort"))
        board_address = path if sort is Sort.RANK else f"{path}?sort={sort}"
        alone = bool(streamed) or "HTTP_HX_REQUEST" in environ
        # Nothing of the visitor is in a board alone; but a page shows who has logged in, and a stream ends with it.
        has_session = not request.cookies.keys().isdisjoint((SESSION_COOKIE, SECURE_SESSION_COOKIE))
        if has_session and (streamed or not alone):
            return self._behind(environ, start_response)
        language = choose_language(request)
        try:
            board = self._rendered.current(board_address, language, alone)
        except NotRendered:
            board = None
        if board is None:  # the application says why
            return self._behind(environ, start_response)
        if streamed:
            shared = [header for header in board.headers if header[0] not in OF_ONE_BOARD]
            start_response("200 OK", [*shared, *STREAM_HEADERS.items()])
            return self._streams.events(board_address, language)
        return _answer(board, request, start_response)

    def _answers(self, environ: WSGIEnvironment) -> bool:
        """Whether this is the plain request that a kept board is an answer to."""
        if environ["REQUEST_METHOD"] != "GET" or environ["SCRIPT_NAME"]:
            return False
        if self._trusted and not host_is_trusted(environ.get("HTTP_HOST", ""), self._trusted):
            return False
        return "HTTP_HX_HISTORY_RESTORE_REQUEST" not in environ  # htmx then wants the whole page


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
