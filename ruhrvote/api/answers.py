"""Answers of the API: JSON with ETag and CORS header, and paging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import Response, jsonify, request
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.db import Page
from ruhrvote.errors import Refused
from ruhrvote.web import language

PER_PAGE, MOST_PER_PAGE = 50, 200
LAST_PAGE = 1_000_000


class Unreadable(Refused):
    """A parameter has an invalid value."""

    status = 400


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 7 else 0
    if not 1 <= number <= most:
        raise Unreadable(_l("%(name)s is a whole number from 1 to %(most)d.", name=name, most=most))
    return number


def answer(content: Mapping[str, object]) -> BaseResponse:
    """An answer in the request's language; 304 if the client has it already."""
    response = jsonify(content)
    response.headers["Content-Language"] = language()
    # Any cache may store it, but must revalidate it each time.
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def paged(items: Sequence[object]) -> BaseResponse:
    """The answer with one page of a list and links to the pages before and after it."""
    page = Page(items, _number("page", 1, LAST_PAGE), _number("per_page", PER_PAGE, MOST_PER_PAGE), len(items))
    response = answer(
        {
            "items": items[page.first : page.first + page.size],
            "page": page.number,
            "per_page": page.size,
            "total": page.total,
        }
    )
    around = {"first": 1, "prev": page.number - 1, "next": page.number + 1, "last": page.pages}
    response.headers["Link"] = ", ".join(
        f'<{request.base_url}?{urlencode({"page": number, "per_page": page.size})}>; rel="{rel}"'
        for rel, number in around.items()
        if 1 <= number <= page.pages
    )
    return response


def for_all_sites(response: Response) -> Response:
    """Let scripts of all sites read an answer (CORS), since it is public and does not depend on cookies."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET"
    response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
