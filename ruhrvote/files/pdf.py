"""Typesetting: a document of templates/ in typst's language, filled with data, becomes a PDF or pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import typst

from ruhrvote.config import ROOT
from ruhrvote.threads import in_thread

# Fetched at set-up; no others, so that a document looks the same from every machine.
_FONTS: Any = {"font_paths": [ROOT / "static" / "vendor" / "print"], "ignore_system_fonts": True}
PICTURE = '#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")'


def typeset_pdf(template: str, data: Mapping[str, Any], *, accessible: bool = True) -> bytes:
    """The template's document as a tagged PDF, with `data` as its only input.

    accessible: hold it to PDF/UA-1; a document that does not fulfil it raises typst.TypstError.
    """
    source, inputs = _document(template, data)
    return in_thread(
        lambda: typst.compile(
            source, format="pdf", sys_inputs=inputs, pdf_standards=["ua-1"] if accessible else [], **_FONTS
        )
    )


def typeset_pictures(template: str, data: Mapping[str, Any], *, dots_per_inch: float) -> list[bytes]:
    """Each page of the template's document as a PNG."""
    return _pictures(*_document(template, data), dots_per_inch)


def picture_of(svg: str, *, dots_per_inch: float = 144) -> bytes:
    """An SVG as a PNG."""
    return _pictures(PICTURE.encode(), {"svg": svg}, dots_per_inch)[0]


def _document(template: str, data: Mapping[str, Any]) -> tuple[bytes, dict[str, str]]:
    return (ROOT / "templates" / template).read_bytes(), {"data": json.dumps(data, ensure_ascii=False)}


def _pictures(source: bytes, inputs: dict[str, str], dots_per_inch: float) -> list[bytes]:
    pages: bytes | list[bytes] = in_thread(
        lambda: typst.compile(source, format="png", ppi=dots_per_inch, sys_inputs=inputs, **_FONTS)
    )
    return [pages] if isinstance(pages, bytes) else pages
