"""The discussion of an idea: its page, its fragment inside the idea's page, writing and deleting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account, may
from ruhrvote.comments import actions
from ruhrvote.comments.forms import CommentForm
from ruhrvote.comments.models import Comment
from ruhrvote.comments.queries import PER_PAGE, comments_on
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import Refused
from ruhrvote.ideas.models import Idea
from ruhrvote.ideas.queries import get_idea
from ruhrvote.web import back_to, page_number, render

blueprint = Blueprint("comments", __name__)


@dataclass(frozen=True)
class Discussion:
    """What the fragment shows of an idea's discussion."""

    consultation: Consultation
    idea: Idea
    comments: Sequence[Comment]
    total: int
    page: int
    form: CommentForm
    own_organisation_id: int | None
    may_write: bool
    problem: str = ""

    @property
    def pages(self) -> int:
        """How many pages the comments fill."""
        return max(1, -(-self.total // PER_PAGE))


@blueprint.get("/consultations/<key>/ideas/<int:number>/comments")
@allow(Permission.PUBLIC)
def discussion(key: str, number: int) -> Response:
    """The comments on an idea, newest first."""
    return _render(_discussion(key, number, CommentForm(), page=page_number()))


@blueprint.post("/consultations/<key>/ideas/<int:number>/comments")
@allow(Permission.COMMENT)
def write(key: str, number: int) -> BaseResponse:
    """Publish a comment under the organisation's name."""
    account, form = current_account(), CommentForm()
    consultation = get_consultation(key)
    idea = get_idea(consultation.id, number)
    if not form.validate_on_submit():
        return _render(_discussion(key, number, form), 422)
    try:
        actions.write_comment(idea.id, account.organisation_id, account.id, form.text.data or "")
    except Refused as refusal:
        return _render(_discussion(key, number, form, problem=str(refusal.message)), refusal.status)
    if request.headers.get("HX-Request"):
        return _render(_discussion(key, number, CommentForm(formdata=None)))
    return back_to(url_for(".discussion", key=key, number=number) + "#comments")


@blueprint.post("/consultations/<key>/ideas/<int:number>/comments/<int:comment_id>/delete")
@allow(Permission.COMMENT)
def delete(key: str, number: int, comment_id: int) -> BaseResponse:
    """Delete a comment of the own organisation."""
    actions.delete_comment(comment_id, current_account().organisation_id)
    if request.headers.get("HX-Request"):
        return _render(_discussion(key, number, CommentForm(formdata=None)))
    return back_to(url_for(".discussion", key=key, number=number) + "#comments")


def _discussion(key: str, number: int, form: CommentForm, page: int = 1, problem: str = "") -> Discussion:
    consultation = get_consultation(key)
    idea = get_idea(consultation.id, number)
    comments, total = comments_on(idea.id, page)
    signed_in = may(Permission.SIGNED_IN)
    return Discussion(
        consultation=consultation,
        idea=idea,
        comments=comments,
        total=total,
        page=page,
        form=form,
        own_organisation_id=current_account().organisation_id if signed_in else None,
        may_write=may(Permission.COMMENT) and consultation.is_open,
        problem=problem,
    )


def _render(discussion: Discussion, status: int = 200) -> Response:
    return render("comments/page.html", "comments/_discussion.html", status, discussion=discussion)
