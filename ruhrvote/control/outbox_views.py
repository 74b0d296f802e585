"""Pages of the outbox for consultation admins: mails that were sent, wait or failed, and why."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.invitations.help_desk.actions import mark_returned
from ruhrvote.mail import actions, queries
from ruhrvote.mail.models import MailState
from ruhrvote.mail.texts import PURPOSES, STATES
from ruhrvote.web import back_to, page_number, show_page

blueprint = Blueprint("outbox", __name__)

PER_PAGE = 50


@blueprint.get("/mail")
@allow(Permission.RUN_CONSULTATION)
def outbox() -> Response:
    """Show the mails of a state, or all, newest first, with the number of each state."""
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    return show_page(
        "control/outbox.html",
        page=queries.latest_mails(state, page_number(), PER_PAGE),
        counts=queries.count_states(),
        state=state,
        states=STATES,
        purposes=PURPOSES,
        most_tries=actions.MOST_TRIES,
        refused=queries.count_refused(),
    )


@blueprint.post("/mail/<int:mail_id>/again")
@allow(Permission.RUN_CONSULTATION)
def send_again(mail_id: int) -> BaseResponse:
    """Send a failed mail again."""
    actions.send_again(mail_id)
    flash(_("The mail will be sent again."))
    return back_to(url_for(".outbox"))


@blueprint.post("/mail/<int:mail_id>/returned")
@allow(Permission.RUN_CONSULTATION)
def came_back(mail_id: int) -> BaseResponse:
    """Mark a sent mail as returned."""
    mark_returned(mail_id, current_account().id)
    flash(_("Noted. Invitations and reminders leave this address out from now on."))
    return back_to(url_for(".outbox", state=MailState.SENT))
