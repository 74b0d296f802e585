"""Exceptions with messages for people, and the error pages that show them."""

from __future__ import annotations

from flask import Flask, Response, make_response, render_template, request
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import HTTPException, SecurityError

UNREADABLE = _l("The page sent something that cannot be read. Reload it and try again.")


class Refused(Exception):
    """A request that cannot be carried out; `message` tells the person what to do instead. HTTP status 422."""

    status = 422

    def __init__(self, message: str | LazyString = ""):
        super().__init__(str(message) if not isinstance(message, LazyString) else "refused")
        self.message = message

    @property
    def headers(self) -> dict[str, str]:
        """What the answer tells programs beside its status."""
        return {}


INVALID = Refused()  # a form whose fields say themselves what is wrong with them


class NotLoggedIn(Refused):
    """What was asked for needs a login, or its second factor, first."""

    status = 401


class Conflict(Refused):
    """The request is based on a state that has changed since. HTTP status 409."""

    status = 409


class Unknown(Refused):
    """The requested object does not exist, or this person may not know that it does. HTTP status 404."""

    status = 404


class Gone(Refused):
    """The requested object existed and is used up. HTTP status 410."""

    status = 410


class TooMany(Refused):
    """Somebody has tried too often and may try again in `wait` seconds."""

    status = 429

    def __init__(self, wait: int):
        super().__init__(wait_sentence(wait))
        self.wait = wait

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.wait)}


def wait_sentence(seconds: int) -> str:
    """The sentence for a person who has to wait so many seconds before the next attempt."""
    if seconds > 90:
        minutes = -(-seconds // 60)
        return str(
            ngettext(
                "Too many failed attempts. Please wait %(num)d minute and try again.",
                "Too many failed attempts. Please wait %(num)d minutes and try again.",
                minutes,
            )
        )
    return str(
        ngettext(
            "Too many failed attempts. Please wait %(num)d second and try again.",
            "Too many failed attempts. Please wait %(num)d seconds and try again.",
            seconds,
        )
    )


TITLES = {
    400: _l("This request could not be understood"),
    401: _l("Please log in"),
    403: _l("This page is not open to you"),
    404: _l("This page does not exist"),
    405: _l("This page does not exist"),
    409: _l("Something has changed in the meantime"),
    410: _l("This is not here any more"),
    413: _l("That was too much text"),
    422: _l("This could not be saved"),
    429: _l("Too many attempts"),
    500: _l("Something went wrong on our side"),
}
ADVICE = {
    400: _l("The page was perhaps open for a long time, or you have logged out. Go back, reload it and try again."),
    403: _l("Your login does not include this. If you need it, ask your chamber."),
    404: _l("The address may be mistyped, or the page has moved. The start page leads everywhere."),
    405: _l("The address may be mistyped, or the page has moved. The start page leads everywhere."),
    413: _l("Go back, shorten your text and send it again."),
    500: _l("Nothing that you saved before is lost. Please try again in a few minutes."),
}


API = "/api/"  # below this path errors are JSON for programs


def error_page(status: int, message: object = None) -> Response:
    """The page for an error, or for the API a JSON problem (RFC 9457); reads no database, which may be down."""
    title = TITLES.get(status, TITLES[500 if status >= 500 else 400])
    advice = message or ADVICE.get(status, ADVICE[500 if status >= 500 else 400])
    if request.path.startswith(API):
        problem = {"type": "about:blank", "title": str(title), "status": status, "detail": str(advice)}
        response = make_response(problem, status)
        response.headers["Content-Type"] = "application/problem+json"
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cache-Control"] = "no-store"
        return response
    fragment = bool(request.headers.get("HX-Request"))
    template = "errors/_message.html" if fragment else "errors/page.html"
    response = make_response(render_template(template, status=status, title=title, advice=advice), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _too_large() -> str | None:
    """How large a file may be, where the visitor may send one; elsewhere it was too much text."""
    most = request.max_content_length or 0
    return _("The file is larger than %(size)d MB.", size=most // 1_000_000) if most >= 1_000_000 else None


def init_errors(app: Flask) -> None:
    """Register handlers that answer every error with a page, or for htmx with a short message."""

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        response = error_page(error.status, error.message)
        response.headers.update(error.headers)
        return response

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        if error.response is not None or not error.code or error.code < 400:
            return make_response(error.get_response())
        if isinstance(error, SecurityError):
            # A page has links, and no links can be built for an untrusted host name.
            return Response("This server does not answer under this name.\n", error.code, mimetype="text/plain")
        response = error_page(error.code, _too_large() if error.code == 413 else None)
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> Response:
        app.logger.exception("unexpected error at %s", request.endpoint)
        return error_page(500)
