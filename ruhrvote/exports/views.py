"""Downloads: short ones at once, long ones by request, and the open data of a published result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import BytesIO

from flask import Blueprint, Response, abort, current_app, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account, may
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import Conflict, Refused
from ruhrvote.exports import actions
from ruhrvote.exports.catalogue import EXPORTS, FORM_NAMES, Export, ExportRequest, Form
from ruhrvote.exports.open_data import open_data
from ruhrvote.exports.queries import asked_by, files_of, request_of
from ruhrvote.exports.writing import prepare
from ruhrvote.jobs.queries import content_of
from ruhrvote.web import attachment, back_to, language, render

blueprint = Blueprint("exports", __name__)

MADE_AT_ONCE = 5_000  # rows: what has more would hold up other visitors of this process


@blueprint.get("/consultations/<key>/exports")
@allow(Permission.REVIEW)
def show(key: str) -> Response:
    """What can be downloaded, and the files that this person has requested."""
    return _page(_consultation(key))


@blueprint.post("/consultations/<key>/exports")
@allow(Permission.REVIEW)
def download(key: str) -> BaseResponse:
    """The file that was chosen, or a request for it if it takes long. By POST: each download is recorded."""
    consultation, account = _consultation(key), current_account()
    try:
        asked = read_request(request.form, may)
        prepared = prepare(asked, asked_by(account, consultation, asked))
        if prepared.total > MADE_AT_ONCE:
            actions.request_file(asked, consultation.id, prepared.total, language(), by=account)
            flash(_("The file is being made. You find it below, for you alone, as soon as it is ready."))
            return back_to(url_for(".show", key=key))
    except Refused as refusal:
        return _page(_consultation(key), refusal)
    content = BytesIO()
    prepared.write(content, None)
    actions.note_download(asked, consultation.id, by=account)
    return attachment(content.getvalue(), f"ruhrvote-{key}-{asked.file_name}", asked.form.mimetype)


@blueprint.get("/consultations/<key>/exports/files")
@allow(Permission.REVIEW)
def files(key: str) -> Response:
    """How far the requested files are: the fragment that the page asks for again and again."""
    return _page(_consultation(key))


@blueprint.post("/consultations/<key>/exports/files/<int:file_id>")
@allow(Permission.REVIEW)
def take(key: str, file_id: int) -> Response:
    """A requested file, once. By POST, so that no program that follows links uses it up."""
    file, content = actions.take_file(file_id, _allowed(), by=current_account())
    asked = request_of(file)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # behind the proxy
    name = f"ruhrvote-{key}-{asked.file_name}"
    response = attachment(content_of(app, content.id, content.pieces), name, asked.form.mimetype)
    response.content_length = content.size
    return response


@blueprint.get("/consultations/<key>/open-data.zip")
@allow(Permission.PUBLIC)
def package(key: str) -> BaseResponse:
    """What is published of a result as open data, for everybody."""
    consultation = get_consultation(key)
    if not consultation.has_result:
        raise Conflict(
            _l("Open data is there once the result is published. Until then the boards show what can be seen.")
        )
    name = f"ruhrvote-{key}-open-data-{language()}.zip"
    response = attachment(open_data(consultation), name, "application/zip")
    response.headers["Cache-Control"] = "public, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _allowed() -> dict[str, Export]:
    return {key: export for key, export in EXPORTS.items() if may(export.permission)}


def _consultation(key: str) -> Consultation:
    return get_consultation(key, drafts=may(Permission.RUN_CONSULTATION))


def _page(consultation: Consultation, refusal: Refused | None = None) -> Response:
    requested = files_of(current_account().id, consultation.id)
    return render(
        "exports/show.html",
        "exports/_files.html",
        refusal,
        consultation=consultation,
        exports=_allowed(),
        all_exports=EXPORTS,
        form_names=FORM_NAMES,
        forms=Form,
        files=requested,
        published=consultation.has_result,
    )


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
