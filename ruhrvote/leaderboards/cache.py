"""The boards as a visitor without a login gets them: rendered once per process, language and version, and kept.

What is kept is the application's own answer to a request that says nothing but an address and a language. So
nothing of one visitor can get into what another one sees, and every rule about who may see what has been applied.
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
KEEP_FOR = 1.0  # seconds: the signal does not tell everything that a page shows, such as a note or a switch
RENDER_AT_MOST_EVERY = 0.25  # seconds, however often the ledger grows
WAIT_RATHER_THAN = 2.0  # seconds: so old an answer is not given while a newer one is being made


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
    """The application failed; its log says why."""


@dataclass(frozen=True)
class Rendered:
    """An answer that is kept, and the change after which it was made."""

    generation: int
    made: float
    etag: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class BoardCache:
    """The kept boards of this process."""

    def __init__(self, app: Flask, signal: ChangeSignal):
        self._ask = app.wsgi_app
        self._signal = signal
        trusted: list[str] | None = app.config["TRUSTED_HOSTS"]
        self._base_url = f"http://{trusted[0].lstrip('.') if trusted else 'localhost'}"
        self._kept: dict[tuple[str, str, bool], Rendered] = {}
        self._rendering = threading.Lock()

    def fragment(self, address: str, language: str, generation: int) -> Rendered | None:
        """The board alone, made after this change; None if there is none for everybody at this address.

        Raises NotRendered if the application fails, for example because its database does not answer.
        """
        kept = self._kept.get((address, language, True))
        if kept is not None and kept.generation >= generation:
            return kept
        with self._rendering:
            return self._render(address, language, True, generation)

    def current(self, address: str, language: str, alone: bool) -> Rendered | None:
        """The page, or the board alone, as it is now or was a moment ago; None and NotRendered as for `fragment`."""
        generation = self._signal.generation
        kept = self._kept.get((address, language, alone))
        age = time.monotonic() - kept.made if kept else 0.0
        if kept and (age < RENDER_AT_MOST_EVERY or (age < KEEP_FOR and kept.generation == generation)):
            return kept
        # One renders; the others do not wait for it while they have something that is nearly as new.
        if not self._rendering.acquire(blocking=kept is None or age > WAIT_RATHER_THAN):
            return kept
        try:
            return self._render(address, language, alone, generation)
        finally:
            self._rendering.release()

    def _render(self, address: str, language: str, alone: bool, generation: int) -> Rendered | None:
        """Let the application answer, unless another greenlet just has."""
        slot = (address, language, alone)
        kept, now = self._kept.get(slot), time.monotonic()
        if kept is not None and kept.generation >= generation and now - kept.made < RENDER_AT_MOST_EVERY:
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
        # Any cache may keep it, and asks each time whether it is still the newest.
        response.headers["Cache-Control"] = "public, no-cache"
        response.add_etag()
        self._kept[slot] = Rendered(
            generation=generation,
            made=now,
            etag=response.headers["ETag"],
            headers=tuple(response.get_wsgi_headers(environ)),
            body=response.get_data(),
        )
        return self._kept[slot]
