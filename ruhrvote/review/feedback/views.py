"""The page that an organisation gets back after the publication."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask_babel import gettext as _

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments.attribution import shown_as
from ruhrvote.drafts.workspace import open_workspace
from ruhrvote.errors import Conflict
from ruhrvote.review.feedback.content import feedback_of
from ruhrvote.review.shortlist.forms import STEPS

blueprint = Blueprint("feedback", __name__)


@blueprint.get("/consultations/<key>/ballot/feedback")
@allow(Permission.VOTE)
def show(key: str) -> Response:
    """The own order beside the others', replies to the own comments and what happens next."""
    account = current_account()
    work = open_workspace(key, account)
    if work.consultation.published_at is None:
        raise Conflict(_("Your order stands beside that of the region as soon as the result is published."))
    page = render_template(
        "review/feedback.html",
        consultation=work.consultation,
        work=work,
        feedback=feedback_of(work, account),
        steps=STEPS,
        shown_as=shown_as,
    )
    return make_response(page)
