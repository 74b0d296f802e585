"""Reading which export a page asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort
from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.access import Permission
from ruhrvote.errors import Refused
from ruhrvote.exports.catalogue import EXPORTS, ExportRequest, Form


def read_request(form: Mapping[str, str], allowed: Callable[[Permission], bool]) -> ExportRequest:
    """What a page asks for; raises Refused with what to choose if there is no such thing."""
    export = EXPORTS.get(form.get("export", ""))
    if export is not None and not allowed(export.permission):
        abort(403)
    if export is None or form.get("form") not in export.forms:
        raise Refused(_l("Choose what you need and the form of the file: each button below is one of them."))
    idea = form.get("idea", "")
    return ExportRequest(
        form["export"],
        Form(form["form"]),
        form.get("theme", "")[:40],
        int(idea) if idea.isdecimal() and len(idea) < 10 else None,
    )
