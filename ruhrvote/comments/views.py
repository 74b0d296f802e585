"""Pages of the discussion of an idea: its page, its fragment on the idea's page, and writing a comment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments import actions
from ruhrvote.comments.attribution import label_for, shown_as
from ruhrvote.comments.forms import CommentForm
from ruhrvote.comments.models import Comment, CommentKind
from ruhrvote.comments.moderation import waiting_for
from ruhrvote.comments.queries import Sort, Thread, approves_first, open_questions, threads_on
from ruhrvote.comments.reader import Reader, agreed_in, previewed, reader_of
from ruhrvote.comments.summary import Summary, comment_counts, summary_of
from ruhrvote.comments.text import as_html
from ruhrvote.comments.texts import KINDS
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import Page
from ruhrvote.errors import INVALID, Refused
from ruhrvote.ideas.models import Idea
from ruhrvote.ideas.queries import get_idea
from ruhrvote.web import back_to, page_number, render

blueprint = Blueprint("comments", __name__)


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """Functions about the discussion for all templates; functions, so that only pages that need them query."""
    return {
        "as_html": as_html,
        "comment_counts": comment_counts,
        "comment_kinds": KINDS,
        "open_questions": open_questions,
        "shown_as": shown_as,
        "to_moderate": waiting_for,
    }


@dataclass(frozen=True)
class Discussion:
    """The data of the fragment of an idea's discussion."""

    consultation: Consultation
    idea: Idea
    summary: Summary
    page: Page[Thread]
    sort: Sort
    kind: str
    reader: Reader
    agreed: set[int]
    form: CommentForm | None
    waits: bool
    preview: Comment | None = None
    kinds: Mapping[str, object] = field(default_factory=lambda: KINDS)


@blueprint.get("/consultations/<key>/ideas/<int:number>/comments")
@allow(Permission.PUBLIC)
def discussion(key: str, number: int) -> Response:
    """Show the comments on an idea in the chosen order, with the form for a new one."""
    return _render(_discussion(key, number))


@blueprint.post("/consultations/<key>/ideas/<int:number>/comments")
@allow(Permission.COMMENT)
def write(key: str, number: int) -> BaseResponse:
    """Publish a comment, or show a preview first."""
    account, consultation = current_account(), get_consultation(key)
    idea = get_idea(consultation.id, number)
    form = CommentForm(account, label_for(consultation.id, account.organisation))
    if not form.validate_on_submit():
        return _render(_discussion(key, number, form), INVALID)
    author, kind, text = form.author, CommentKind(form.kind.data), form.text.data or ""
    if request.form.get("then") == "preview":
        return _render(_discussion(key, number, form, preview=previewed(author, text, kind)))
    try:
        actions.write_comment(idea.id, author, kind, text)
    except Refused as refusal:
        return _render(_discussion(key, number, form), refusal)
    if request.headers.get("HX-Request"):
        return _render(_discussion(key, number))
    if approves_first(consultation.id):
        flash(_("Your comment is kept. Others see it as soon as it is approved."))
    return back_to(url_for(".discussion", key=key, number=number) + "#comments")


def _discussion(
    key: str,
    number: int,
    form: CommentForm | None = None,
    *,
    preview: Comment | None = None,
) -> Discussion:
    consultation = get_consultation(key)
    idea = get_idea(consultation.id, number)
    reader = reader_of(consultation)
    if form is None and reader.may_write:
        account = current_account()
        form = CommentForm(account, label_for(consultation.id, account.organisation), formdata=None)
    wanted, kind = request.args.get("sort", ""), request.args.get("kind", "")
    sort = Sort(wanted) if wanted in set(Sort) else Sort.NEWEST
    kind = kind if kind in KINDS else ""
    number = page_number() if request.method == "GET" else 1
    page = threads_on(idea.id, reader.organisation_id, sort=sort, kind=kind, number=number)
    return Discussion(
        consultation=consultation,
        idea=idea,
        summary=summary_of(idea.id),
        page=page,
        sort=sort,
        kind=kind,
        reader=reader,
        agreed=agreed_in(page.rows, reader),
        form=form,
        waits=reader.may_write and approves_first(consultation.id),
        preview=preview,
    )


def _render(discussion: Discussion, refusal: Refused | None = None) -> Response:
    return render("comments/page.html", "comments/_discussion.html", refusal, discussion=discussion)
