"""The text of a comment: cleaning the input, and rendering Markdown as safe HTML."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import mistune
import nh3
from markupsafe import Markup
from mistune.plugins.url import url as plain_addresses

SHORTEST, LONGEST = 20, 2000

# Paragraphs, lists, quotations, emphasis, code and links: no headings, pictures, tables or HTML.
BLOCKS = ("block_quote", "list", "blank_line")
TAGS = {"p", "br", "strong", "em", "code", "ul", "ol", "li", "blockquote", "a"}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# Invisible characters that Unicode counts as printable: fillers and variation selectors.
BLANK = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
STACKED_MARKS = re.compile(f"([{MARKS}]{{3}})[{MARKS}]+")
GAPS = re.compile(r"\n{3,}")


def tidy(text: str | None) -> str:
    """Normalise typed text: plain line ends and spaces, no invisible or stacked characters, no space at the ends."""
    text = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(" " if character.isspace() and character != "\n" else character for character in text)
    text = "".join(character for character in text if character.isprintable() or character == "\n")
    text = BLANK.sub("", text)
    return GAPS.sub("\n\n", STACKED_MARKS.sub(r"\1", unicodedata.normalize("NFC", text))).strip()


class _Renderer(mistune.HTMLRenderer):
    """Renders links such that the text cannot hide where they lead."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        try:
            parts = urlsplit(url)
        except ValueError:  # not a valid address
            return text
        if parts.scheme not in SCHEMES:
            return text
        shown, target = super().link(text, url), mistune.escape(parts.hostname or parts.path)
        return shown if text in (mistune.escape(url), target) else f"{shown} ({target})"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return self.link(text or url, url)


def _reader() -> mistune.Markdown:
    reader = mistune.create_markdown(renderer=_Renderer(escape=True), hard_wrap=True, plugins=[plain_addresses])
    reader.block.max_nested_level = 3
    reader.block.rules = [rule for rule in reader.block.rules if rule in BLOCKS]
    rules: list[Any] = reader.inline.rules
    reader.inline.rules = [rule for rule in rules if rule != "inline_html"]
    return reader


_READER = _reader()


@lru_cache(maxsize=4096)
def as_html(text: str) -> Markup:
    """A comment's text as safe HTML; Markdown outside the supported subset is shown as typed."""
    html = nh3.clean(
        str(_READER(text)),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(html)  # noqa: S704 # nh3 has let through nothing but the tags above
