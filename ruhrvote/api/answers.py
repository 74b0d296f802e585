"""Answers: JSON with an ETag that any site's scripts may read, and lists page by page."""

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
    """A parameter says nothing that it may say."""

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
    """An answer in the page's language; 304 for who has it already."""
    response = jsonify(content)
    response.headers["Content-Language"] = language()
    # Any cache may keep it, and asks each time whether it is still the newest.
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def paged(items: Sequence[object]) -> BaseResponse:
    """The page of a list that the address names, or the first, with links to the pages around it.

    Raises Unreadable for an address that says anything else.
    """
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
    """Let scripts of other sites read an answer: it is the same for everybody, and no cookie decides about it."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET"
    response.headers["Access-Control-Allow-Headers"] = "If-None-Match"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Link"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
