"""What a report says becomes a file: a PDF, or the slides as pictures in a ZIP."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from ruhrvote.files.pdf import typeset_pdf, typeset_pictures
from ruhrvote.review.report.content import Form

TEMPLATE = "review/report.typ"
SLIDE_DENSITY = 144  # dots per inch: 1,920 × 1,080


def typeset(report: Mapping[str, Any], name: str) -> bytes:
    """The file of a report as `content.report_of` says it; the slides in it are called by this name."""
    if report["form"] != Form.SLIDES:
        return typeset_pdf(TEMPLATE, report)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, page in enumerate(typeset_pictures(TEMPLATE, report, dots_per_inch=SLIDE_DENSITY), start=1):
            archive.writestr(f"{name}-{number:02}.png", page)
    return packed.getvalue()
