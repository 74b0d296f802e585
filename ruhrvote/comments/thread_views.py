"""Pages and fragments of one thread: a comment with its replies, and the forms to reply, edit, delete, report.

A form opens below its comment: with htmx in place, otherwise on the page of the comment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments import actions
from ruhrvote.comments.attribution import label_for
from ruhrvote.comments.forms import ReplyForm, ReportForm, TextForm
from ruhrvote.comments.models import Comment, ReportReason, State
from ruhrvote.comments.queries import PER_PAGE, Thread, approves_first, get_comment, thread
from ruhrvote.comments.reader import Reader, agreed_in, previewed, reader_of
from ruhrvote.comments.texts import REASONS
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import Page
from ruhrvote.errors import INVALID, Conflict, Refused
from ruhrvote.ideas.models import Idea
from ruhrvote.ideas.queries import get_idea
from ruhrvote.web import back_to, own_path, page_number, render

blueprint = Blueprint(
    "comment_threads", __name__, url_prefix="/consultations/<key>/ideas/<int:number>/comments/<int:comment_id>"
)


@dataclass(frozen=True)
class Panel:
    """The form that is open below a comment."""

    name: str = ""  # reply, edit, delete or report; thanks is what follows a report
    comment_id: int = 0
    form: FlaskForm | None = None
    preview: Comment | None = None


@dataclass(frozen=True)
class Place:
    """The comment that an address names, with its idea, consultation and reader."""

    consultation: Consultation
    idea: Idea
    comment: Comment
    reader: Reader

    @property
    def address(self) -> dict[str, Any]:
        """The parts of this comment's addresses."""
        return {"key": self.consultation.key, "number": self.idea.number, "comment_id": self.comment.id}

    @property
    def page(self) -> str:
        """The address at which this comment can be read."""
        address = url_for("comment_threads.show", **(self.address | {"comment_id": self.comment.thread_id}))
        return f"{address}#comment-{self.comment.id}"


@blueprint.get("")
@allow(Permission.PUBLIC)
def show(key: str, number: int, comment_id: int) -> Response:
    """Show a comment and its replies; `?form=` opens a form below it."""
    place = _place(key, number, comment_id)
    return _render(place, _panel(place, request.args.get("form", "")))


@blueprint.post("/reply")
@allow(Permission.COMMENT)
def reply(key: str, number: int, comment_id: int) -> BaseResponse:
    """Publish a reply, or show a preview first."""
    place = _place(key, number, comment_id)
    form = _reply_form(place)
    if not form.validate_on_submit():
        return _render(place, Panel("reply", comment_id, form), INVALID)
    author, text = form.author, form.text.data or ""
    if request.form.get("then") == "preview":
        return _render(place, Panel("reply", comment_id, form, preview=previewed(author, text, None)))
    try:
        actions.reply(place.comment.thread_id, author, text)
    except Refused as refusal:
        return _render(place, Panel("reply", comment_id, form), refusal)
    waits = approves_first(place.consultation.id) and form.shown_as.data != "official"
    said = _("Your reply is kept. Others see it as soon as it is approved.") if waits else _("Your reply is published.")
    return _done(place, said)


@blueprint.post("/edit")
@allow(Permission.COMMENT)
def edit(key: str, number: int, comment_id: int) -> BaseResponse:
    """Change the text of a comment of the own organisation."""
    place, form = _place(key, number, comment_id), TextForm(prefix=f"edit-{comment_id}")
    if not form.validate_on_submit():
        return _render(place, Panel("edit", comment_id, form), INVALID)
    try:
        actions.edit_comment(comment_id, current_account().organisation_id, form.text.data or "")
    except Conflict as refusal:
        return _render(place, Panel("edit", comment_id, form), refusal)
    return _done(place, _("Your comment is changed."))


@blueprint.post("/delete")
@allow(Permission.COMMENT)
def delete(key: str, number: int, comment_id: int) -> BaseResponse:
    """Delete a comment of the own organisation."""
    place = _place(key, number, comment_id)  # checks that the comment belongs to this consultation and idea
    actions.delete_comment(place.comment.id, current_account().organisation_id)
    flash(_("Your comment is deleted."))
    return back_to(url_for("comments.discussion", key=key, number=number) + "#comments")


@blueprint.post("/agree")
@allow(Permission.COMMENT)
def agree(key: str, number: int, comment_id: int) -> BaseResponse:
    """Agree with a comment, or take the agreement back."""
    place = _place(key, number, comment_id)
    page = place.page
    actions.agree(comment_id, current_account().organisation_id, agreed=request.form.get("agreed") == "1")
    if request.headers.get("HX-Request"):
        return _render(_place(key, number, comment_id), Panel())
    back = own_path(request.form.get("next"), "")
    return back_to(f"{back}#comment-{comment_id}" if back else page)


@blueprint.post("/report")
@allow(Permission.SIGNED_IN)
def report(key: str, number: int, comment_id: int) -> BaseResponse:
    """Report a comment to the moderators."""
    place, form = _place(key, number, comment_id), ReportForm(prefix=f"report-{comment_id}")
    if not form.validate_on_submit():
        return _render(place, Panel("report", comment_id, form), INVALID)
    actions.report_comment(comment_id, current_account().id, ReportReason(form.reason.data), form.note.data or "")
    if request.headers.get("HX-Request"):
        return _render(_place(key, number, comment_id), Panel("thanks", comment_id))
    flash(_("Thank you. Somebody will look at the comment."))
    return back_to(_place(key, number, comment_id).page)


def _place(key: str, number: int, comment_id: int) -> Place:
    consultation = get_consultation(key)
    idea, reader = get_idea(consultation.id, number), reader_of(consultation)
    return Place(consultation, idea, get_comment(idea.id, comment_id, reader.organisation_id), reader)


def _panel(place: Place, name: str) -> Panel:
    """The panel with the requested form if this reader may use it; else an empty panel."""
    comment, reader = place.comment, place.reader
    own = comment.organisation_id == reader.organisation_id and comment.state != State.DELETED
    open_ones = comment.state == State.PUBLISHED
    if name == "reply" and open_ones and (reader.may_write or reader.may_reply_officially):
        return Panel(name, comment.id, _reply_form(place))
    if name == "edit" and reader.may_write and comment.may_be_edited(reader.organisation_id, reader.now):
        return Panel(name, comment.id, TextForm(formdata=None, obj=comment, prefix=f"edit-{comment.id}"))
    if name == "delete" and own:
        return Panel(name, comment.id)
    if name == "report" and open_ones and reader.may_report and not own:
        return Panel(name, comment.id, ReportForm(formdata=None, prefix=f"report-{comment.id}"))
    return Panel()


def _reply_form(place: Place) -> ReplyForm:
    account = current_account()
    return ReplyForm(
        account,
        label_for(place.consultation.id, account.organisation),
        official=place.reader.may_reply_officially,
        prefix=f"reply-{place.comment.id}",
    )


def _done(place: Place, message: str) -> BaseResponse:
    """The answer to a change: for htmx the thread, else a redirect to its page."""
    address, page = place.address, place.page
    if request.headers.get("HX-Request"):
        return _render(_place(**address), Panel())
    flash(message)
    return back_to(page)


def _render(place: Place, panel: Panel, refusal: Refused | None = None) -> Response:
    number = page_number() if request.method == "GET" else 1
    shown: Thread = thread(place.comment.thread_id, place.reader.organisation_id, number)
    return render(
        "comments/thread.html",
        "comments/_thread.html",
        refusal,
        consultation=place.consultation,
        idea=place.idea,
        reader=place.reader,
        thread=shown,
        agreed=agreed_in([shown], place.reader),
        panel=panel,
        reasons=REASONS,
        page=Page(shown.replies, number, PER_PAGE, shown.total),
    )
