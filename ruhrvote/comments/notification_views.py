"""Pages to choose e-mail notifications, and to unsubscribe by one click from a mail."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments import notifications
from ruhrvote.comments.forms import NotificationForm
from ruhrvote.comments.notifications import account_of, choice_of
from ruhrvote.web import back_to, csrf, show_page

blueprint = Blueprint("notifications", __name__)


@blueprint.get("/notices")
@allow(Permission.COMMENT)
def choices() -> Response:
    """Show the person's choice of e-mail notifications."""
    account = current_account()
    form = NotificationForm(formdata=None, obj=choice_of(account.id))
    return show_page("comments/notifications.html", form=form, email=account.email)


@blueprint.post("/notices")
@allow(Permission.COMMENT)
def choose() -> BaseResponse:
    """Save the choice."""
    form = NotificationForm()
    notifications.choose(current_account().id, replies=bool(form.replies.data), official=bool(form.official.data))
    flash(_("Your choice is saved."))
    return back_to(url_for(".choices"))


@blueprint.get("/notices/unsubscribe/<token>")
@allow(Permission.PUBLIC)
def unsubscribe(token: str) -> Response:
    """Ask for confirmation before unsubscribing, since mail programs open links before people do."""
    account_of(token)
    return show_page("comments/unsubscribe.html", done=False, token=token)


# No CSRF token: a mail program that sends this (RFC 8058, one-click) has no cookie of ours. The token in the address
# names the account, and it can do nothing but unsubscribe.
@blueprint.post("/notices/unsubscribe/<token>")
@allow(Permission.PUBLIC)
@csrf.exempt  # type: ignore[untyped-decorator] # Flask-WTF ships no types
def end(token: str) -> Response:
    """Unsubscribe."""
    notifications.unsubscribe(account_of(token))
    if request.form.get("List-Unsubscribe") == "One-Click":
        return Response(status=204)
    return show_page("comments/unsubscribe.html", done=True, token=token)
