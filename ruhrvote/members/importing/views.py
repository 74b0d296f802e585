"""The pages of the import: upload, columns, preview, progress and report."""

from __future__ import annotations

import io

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField
from wtforms.validators import InputRequired

from ruhrvote.accounts.access import Permission, allow, current_account, reach_of
from ruhrvote.accounts.models import Kind
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.errors import INVALID, Refused, Unknown
from ruhrvote.fields import options
from ruhrvote.files.csv import write_csv
from ruhrvote.files.read_xlsx import MOST_BYTES, MOST_ROWS
from ruhrvote.files.table import Column, Table
from ruhrvote.files.xlsx import write_xlsx
from ruhrvote.members.importing import actions, queries, texts
from ruhrvote.members.importing.columns import EXAMPLE, FIELDS, TEMPLATE
from ruhrvote.members.importing.models import WORKING
from ruhrvote.web import TIME_ZONE, attachment, back_to, page_number, render, show_page

blueprint = Blueprint("importing", __name__)

PER_PAGE = 25
FAULTS_PER_PAGE = 100
MOST_SHOWN = 20
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class UploadForm(FlaskForm):
    """A file and the chamber whose members it holds; the choices are set by the view."""

    chamber = SelectField(
        _l("Chamber"), [InputRequired(_l("Choose the chamber whose members the file holds."))], coerce=int
    )
    file = FileField(_l("File with the members"), [FileRequired(_l("Choose a file."))])


@blueprint.get("/organisations/import")
@allow(Permission.MANAGE_ORGANISATIONS)
def imports() -> Response:
    """The form for a file, and earlier imports with their reports."""
    return _imports_page(_upload_form())


@blueprint.post("/organisations/import")
@allow(Permission.MANAGE_ORGANISATIONS, most_bytes=MOST_BYTES)
def upload() -> BaseResponse:
    """Take a file in; the worker looks at it."""
    form = _upload_form()
    if not form.validate_on_submit():
        return _imports_page(form, INVALID)
    try:
        job_id = actions.upload(form.chamber.data, form.file.data, current_account().id)
    except Refused as refusal:
        return _imports_page(form, refusal)
    return back_to(url_for(".show", job_id=job_id))


@blueprint.get("/organisations/import/template.<any(csv, xlsx):kind>")
@allow(Permission.MANAGE_ORGANISATIONS)
def template(kind: str) -> Response:
    """A file with the columns and one example."""
    if kind == "csv":
        return attachment(write_csv(TEMPLATE, [EXAMPLE]), "mitglieder.csv", "text/csv; charset=utf-8")
    book = io.BytesIO()
    columns = [Column(name, name) for name in TEMPLATE]
    write_xlsx(book, [Table("members", "Mitglieder", columns, [EXAMPLE], 1)], TIME_ZONE)
    return attachment(book.getvalue(), "mitglieder.xlsx", XLSX)


@blueprint.get("/organisations/import/<int:job_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def show(job_id: int) -> Response:
    """Where an import stands, and what is to be decided next."""
    return _job_page(job_id)


@blueprint.post("/organisations/import/<int:job_id>/check")
@allow(Permission.MANAGE_ORGANISATIONS)
def check(job_id: int) -> BaseResponse:
    """Check the file with the columns as chosen."""
    job = queries.get_job(job_id, current_account())
    fields = [request.form.get(f"column-{number}", "") for number in range(len(job.columns))]
    try:
        actions.start_check(job_id, fields, request.form.get("outside", ""), current_account().id)
    except Refused as refusal:
        return _job_page(job_id, refusal, fields)
    return back_to(url_for(".show", job_id=job_id))


@blueprint.post("/organisations/import/<int:job_id>/columns")
@allow(Permission.MANAGE_ORGANISATIONS)
def columns(job_id: int) -> BaseResponse:
    """Go back to the columns."""
    return _step(job_id, lambda: actions.choose_columns(job_id))


@blueprint.post("/organisations/import/<int:job_id>/apply")
@allow(Permission.MANAGE_ORGANISATIONS)
def apply(job_id: int) -> BaseResponse:
    """Apply a file without faulty rows."""
    return _step(job_id, lambda: actions.start_applying(job_id, current_account().id))


@blueprint.post("/organisations/import/<int:job_id>/abandon")
@allow(Permission.MANAGE_ORGANISATIONS)
def abandon(job_id: int) -> BaseResponse:
    """Give an import up."""
    return _step(job_id, lambda: actions.abandon(job_id), _("The import is given up and the file deleted."))


@blueprint.post("/organisations/import/<int:job_id>/gone")
@allow(Permission.MANAGE_ORGANISATIONS)
def end_gone(job_id: int) -> BaseResponse:
    """End the memberships of those who are not in the file any more."""
    queries.get_job(job_id, current_account())
    if request.form.get("sure") != "yes":
        return _job_page(job_id, Refused(_("Please confirm the step by ticking the box above the button.")))
    try:
        ended = actions.end_gone(job_id, current_account().id)
    except Refused as refusal:
        return _job_page(job_id, refusal)
    flash(ngettext("%(num)d membership is ended.", "%(num)d memberships are ended.", ended))
    return back_to(url_for(".show", job_id=job_id))


@blueprint.get("/organisations/import/<int:job_id>/faults.csv")
@allow(Permission.MANAGE_ORGANISATIONS)
def faults(job_id: int) -> Response:
    """All faulty rows as a file."""
    queries.get_job(job_id, current_account())
    rows = (
        (fault.line, str(FIELDS.get(fault.field, "")), str(texts.FAULTS[fault.reason]), fault.found)
        for fault in queries.every_fault_of(job_id)
    )
    header = (_("Line"), _("Column"), _("Reason"), _("What stands there"))
    return attachment(write_csv(header, rows), f"import-{job_id}-faults.csv", "text/csv; charset=utf-8")


@blueprint.get("/organisations/import/<int:job_id>/gone.csv")
@allow(Permission.MANAGE_ORGANISATIONS)
def gone(job_id: int) -> Response:
    """All who are not in the file any more, as a file."""
    queries.get_job(job_id, current_account())
    text = write_csv((_("Member number"), _("Name")), queries.gone_of(job_id))
    return attachment(text, f"import-{job_id}-gone.csv", "text/csv; charset=utf-8")


def _upload_form() -> UploadForm:
    form = UploadForm()
    reach = reach_of(current_account())
    chambers = [chamber for chamber in organisations_of_kind(Kind.CHAMBER) if reach.includes_chamber(chamber.id)]
    if reach.chamber_id is not None:
        form.chamber.data = reach.chamber_id
    form.chamber.choices = options({chamber.id: chamber.name for chamber in chambers})
    return form


def _imports_page(form: UploadForm, refusal: Refused | None = None) -> Response:
    return show_page(
        "members/importing/imports.html",
        refusal,
        form=form,
        page=queries.earlier_jobs(current_account(), page_number(), PER_PAGE),
        states=texts.STATES,
        most_megabytes=MOST_BYTES // 1_000_000,
        most_rows=MOST_ROWS,
    )


def _step(job_id: int, action, done: str = "") -> BaseResponse:  # type: ignore[no-untyped-def]
    queries.get_job(job_id, current_account())
    try:
        action()
    except Unknown:
        raise
    except Refused as refusal:
        return _job_page(job_id, refusal)
    if done:
        flash(done)
    return back_to(url_for(".show", job_id=job_id))


def _job_page(job_id: int, refusal: Refused | None = None, fields: list[str] | None = None) -> Response:
    job = queries.get_job(job_id, current_account())
    checked = job.state not in WORKING and job.rows > 0
    return render(
        "members/importing/import.html",
        "members/importing/_import.html",
        refusal,
        job=job,
        working=job.state in WORKING,
        fields=fields or [column["field"] for column in job.columns],
        names=FIELDS,
        texts=texts,
        faults=queries.faults_of(job_id, page_number(), FAULTS_PER_PAGE) if job.faulty else None,
        changes=queries.sample_of_changes(job_id) if checked and job.changed else [],
        gone=queries.gone_of(job_id, MOST_SHOWN) if checked and job.gone else [],
        places={place.id: place.name for place in organisations_of_kind(Kind.MUNICIPALITY)} if checked else {},
    )
