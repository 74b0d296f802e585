"""Compressing an answer that many get, once for all of them."""

from __future__ import annotations

import gzip
from functools import lru_cache

import brotli

CODINGS = ("br", "gzip")  # the better one first, as `Accept-Encoding` names them
WORTH_IT = 500  # bytes; below that nothing is gained


@lru_cache(maxsize=64)  # the same bytes are the same version, whoever asks for them
def compressed(body: bytes, coding: str) -> bytes:
    """The body in one of the codings; computed once for each version of a page that is in use."""
    if coding == "br":
        return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5))  # higher ones take ten times as long
    return gzip.compress(body, mtime=0)
