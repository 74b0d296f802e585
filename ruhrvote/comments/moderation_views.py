"""Pages for moderators: the queue, one case, and the decisions."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments import moderation
from ruhrvote.comments.forms import HideForm
from ruhrvote.comments.moderation import Case, QueueFilter, get_case, queue
from ruhrvote.comments.queries import approves_first
from ruhrvote.comments.texts import KINDS, REASONS
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import INVALID, Refused
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.web import back_to, page_number, render, show_page

blueprint = Blueprint("moderation", __name__)

FILTERS = {
    QueueFilter.TO_DECIDE: _l("To be decided"),
    QueueFilter.WAITING: _l("Waiting for approval"),
    QueueFilter.REPORTED: _l("Reported"),
    QueueFilter.HIDDEN: _l("Hidden"),
    QueueFilter.ALL: _l("All comments"),
}


@blueprint.get("/consultations/<key>/moderation")
@allow(Permission.MODERATE)
def cases(key: str) -> Response:
    """QueueFilter the moderation queue, filtered by state and idea."""
    consultation = get_consultation(key)
    wanted, number = request.args.get("show", ""), request.args.get("idea", "")
    show = QueueFilter(wanted) if wanted in set(QueueFilter) else QueueFilter.TO_DECIDE
    idea = int(number) if number.isdecimal() and len(number) <= 9 else None
    return render(
        "comments/moderation.html",
        "comments/_moderation.html",
        consultation=consultation,
        page=queue(consultation.id, current_account(), show, idea, page_number()),
        show=show,
        filters=FILTERS,
        idea=idea,
        ideas=ideas_of(consultation.id),
        approve_first=approves_first(consultation.id),
        kinds=KINDS,
        reasons=REASONS,
    )


@blueprint.get("/consultations/<key>/moderation/<int:comment_id>")
@allow(Permission.MODERATE)
def case(key: str, comment_id: int) -> Response:
    """QueueFilter one comment with its reports and earlier texts."""
    consultation = get_consultation(key)
    return _case(consultation, get_case(consultation.id, comment_id, current_account()), HideForm())


@blueprint.post("/consultations/<key>/moderation/<int:comment_id>/hide")
@allow(Permission.MODERATE)
def hide(key: str, comment_id: int) -> BaseResponse:
    """Hide a comment with a reason."""
    consultation, form = get_consultation(key), HideForm()
    found = get_case(consultation.id, comment_id, current_account())
    if not form.validate_on_submit():
        return _case(consultation, found, form, INVALID)
    moderation.hide(comment_id, current_account(), form.reason.data or "")
    flash(_("The comment is hidden. Its author reads your reason."))
    return back_to(url_for(".cases", key=key))


@blueprint.post("/consultations/<key>/moderation/<int:comment_id>/publish")
@allow(Permission.MODERATE)
def publish(key: str, comment_id: int) -> BaseResponse:
    """Approve a comment that waits, or restore a hidden one."""
    get_case(get_consultation(key).id, comment_id, current_account())
    moderation.publish(comment_id, current_account())
    flash(_("Everybody can see the comment now."))
    return back_to(url_for(".cases", key=key))


@blueprint.post("/consultations/<key>/moderation/<int:comment_id>/keep")
@allow(Permission.MODERATE)
def keep(key: str, comment_id: int) -> BaseResponse:
    """Settle the reports of a comment without changing it."""
    get_case(get_consultation(key).id, comment_id, current_account())
    moderation.keep(comment_id, current_account())
    flash(_("The comment stays. Its reports are settled."))
    return back_to(url_for(".cases", key=key))


@blueprint.post("/consultations/<key>/moderation/rules")
@allow(Permission.RUN_CONSULTATION)
def rules(key: str) -> BaseResponse:
    """Switch approval before publication on or off."""
    on = request.form.get("approve_first") == "1"
    moderation.set_rules(get_consultation(key).id, current_account(), approve_first=on)
    flash(_("Comments now wait for approval.") if on else _("Comments are now published at once."))
    return back_to(url_for(".cases", key=key))


def _case(consultation: Consultation, found: Case, form: HideForm, refusal: Refused | None = None) -> Response:
    return show_page(
        "comments/case.html", refusal, consultation=consultation, case=found, form=form, kinds=KINDS, reasons=REASONS
    )
