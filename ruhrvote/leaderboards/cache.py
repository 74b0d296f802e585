"""The cache of rendered boards for visitors without a login: one rendering per process, address, language and version.

A cached entry is the application's answer to an anonymous request that has only an address and a language. So no data
of one visitor can reach another one, and all permissions have been checked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask import Flask
from werkzeug.test import create_environ
from werkzeug.wrappers import Response

from ruhrvote.live.signal import ChangeSignal

View = TypeVar("View", bound=Callable[..., object])
KEEP_FOR = 1.0  # seconds an entry is valid: pages also show data without a change signal, such as an idea's note
RENDER_AT_MOST_EVERY = 0.25  # seconds, however often the ledger grows
WAIT_RATHER_THAN = 2.0  # seconds: an older entry is not served while a newer one is rendered; the request waits


@dataclass(frozen=True)
class Cached:
    """How the answers of a view are kept.

    query: the query of the kept address for that of a request, or None for a request whose answer is not kept;
    stream_of: the endpoint whose answers the view sends again and again, "" for a view that answers once.
    """

    query: Callable[[Mapping[str, str]], str | None]
    stream_of: str


def no_query(arguments: Mapping[str, str]) -> str | None:
    """The kept query of a view that takes none."""
    return None if arguments else ""


def cached(query: Callable[[Mapping[str, str]], str | None] = no_query, stream_of: str = "") -> Callable[[View], View]:
    """Mark a view that answers every visitor without a login alike: its answer may come from the cache."""

    def mark(view: View) -> View:
        view.cached = Cached(query, stream_of)  # type: ignore[attr-defined]
        return view

    return mark


class NotRendered(Exception):
    """The application failed to render a board; its log says why."""


@dataclass(frozen=True)
class Rendered:
    """A cached answer, when it was rendered, and the generation: the number of the change after which that was."""

    generation: int
    made: float  # when its rendering began
    done: float
    etag: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class BoardCache:
    """The cache of boards in this process."""

    def __init__(self, app: Flask, signal: ChangeSignal):
        self._ask = app.wsgi_app
        self._signal = signal
        trusted: list[str] | None = app.config["TRUSTED_HOSTS"]
        self._base_url = f"http://{trusted[0].lstrip('.') if trusted else 'localhost'}"
        self._kept: dict[tuple[str, str, bool], Rendered] = {}
        self._rendering = threading.Lock()

    def fragment(self, address: str, language: str, generation: int) -> Rendered | None:
        """The fragment of a board, rendered after the change `generation`; None if the address has no public board.

        Raises NotRendered if the application fails, for example because its database does not answer.
        """
        kept = self._kept.get((address, language, True))
        if kept is not None and kept.generation >= generation:
            return kept
        asked = time.monotonic()
        with self._rendering:
            return self._render(address, language, True, generation, asked)

    def current(self, address: str, language: str, alone: bool) -> Rendered | None:
        """The page of a board, or its fragment (`alone`), perhaps a moment old; None or NotRendered as `fragment`."""
        generation, asked = self._signal.generation, time.monotonic()
        kept = self._kept.get((address, language, alone))
        age = asked - kept.made if kept else 0.0
        if kept and (age < RENDER_AT_MOST_EVERY or (age < KEEP_FOR and kept.generation == generation)):
            return kept
        # One greenlet renders; others wait only if the cached entry is missing or too old.
        if not self._rendering.acquire(blocking=kept is None or age > WAIT_RATHER_THAN):
            return kept
        try:
            return self._render(address, language, alone, generation, asked)
        finally:
            self._rendering.release()

    def _render(self, address: str, language: str, alone: bool, generation: int, asked: float) -> Rendered | None:
        """Render by the application, unless another greenlet has done so since this one asked.

        However long it waited: of many that waited for the same board only the first renders it.
        """
        slot = (address, language, alone)
        kept, now = self._kept.get(slot), time.monotonic()
        if kept is not None and kept.generation >= generation and kept.done >= asked:
            return kept
        headers = {"Accept-Language": language} | ({"HX-Request": "true"} if alone else {})
        environ = create_environ(base_url=self._base_url, headers=headers)
        environ["PATH_INFO"], _, environ["QUERY_STRING"] = address.partition("?")
        response = Response.from_app(self._ask, environ, buffered=True)
        if response.status_code >= 500:
            raise NotRendered(response.status)
        if response.status_code != 200 or "Set-Cookie" in response.headers:
            self._kept.pop(slot, None)
            return None
        # Any cache may store it, but must revalidate it each time.
        response.headers["Cache-Control"] = "public, no-cache"
        response.add_etag()
        self._kept[slot] = Rendered(
            generation=generation,
            made=now,
            done=time.monotonic(),
            etag=response.headers["ETag"],
            headers=tuple(response.get_wsgi_headers(environ)),
            body=response.get_data(),
        )
        return self._kept[slot]
