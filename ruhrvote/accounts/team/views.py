"""Pages of the team, and to join a team with an invitation."""

from __future__ import annotations

import time

from flask import Blueprint, Response, flash, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.login_page import enter
from ruhrvote.accounts.models import Account, ColleagueInvitation
from ruhrvote.accounts.queries import TEAM
from ruhrvote.accounts.team import actions
from ruhrvote.accounts.team.forms import InviteForm, JoinForm, SecretForm
from ruhrvote.accounts.team.queries import get_team
from ruhrvote.db import db
from ruhrvote.errors import INVALID, Refused, TooMany
from ruhrvote.services import services
from ruhrvote.web import back_to, language, show_page

blueprint = Blueprint("team", __name__)


@blueprint.get("/team")
@allow(Permission.VOTE)
def show() -> Response:
    """Show the members of the team, the open invitations, and who submits."""
    return _team_page(InviteForm())


@blueprint.post("/team/invitations")
@allow(Permission.VOTE)
def invite() -> BaseResponse:
    """Invite a colleague by e-mail."""
    form = InviteForm()
    if not form.validate_on_submit():
        return _team_page(form, INVALID)
    person, email = form.person.data or "", form.email.data or ""
    try:
        actions.invite(current_account().id, email=email, person=person)
    except Refused as refusal:
        return _team_page(form, refusal)
    flash(_("%(person)s gets an e-mail with a link that works for seven days.", person=person))
    return back_to(url_for(".show"))


@blueprint.post("/team/invitations/<int:invitation_id>/revoke")
@allow(Permission.VOTE)
def revoke(invitation_id: int) -> BaseResponse:
    """Revoke an invitation."""
    return _change(lambda me: actions.revoke_invitation(me, invitation_id), _("The invitation is revoked."))


@blueprint.post("/team/colleagues/<int:colleague_id>/remove")
@allow(Permission.VOTE)
def remove(colleague_id: int) -> BaseResponse:
    """Remove a colleague from the team."""
    return _change(lambda me: actions.remove_colleague(me, colleague_id), _("The colleague is removed."))


@blueprint.post("/team/colleagues/<int:colleague_id>/first")
@allow(Permission.VOTE)
def hand_over(colleague_id: int) -> BaseResponse:
    """Make a colleague the first account of the team."""
    return _change(lambda me: actions.hand_over(me, colleague_id), _("You have handed over looking after the team."))


@blueprint.post("/team/signatory")
@allow(Permission.VOTE)
def name_signatory() -> BaseResponse:
    """Set who submits: one person, or everybody."""
    chosen = request.form.get("signatory", "")
    known = chosen.isdecimal() and len(chosen) <= 9
    if chosen != "everybody" and not known:
        return _team_page(InviteForm(formdata=None), Refused(_("Choose who submits.")))
    member_id = int(chosen) if known else None
    return _change(lambda me: actions.name_signatory(me, member_id), _("Saved: who submits."))


def _change(action, done: str) -> BaseResponse:  # type: ignore[no-untyped-def]
    try:
        action(current_account().id)
    except Refused as refusal:
        return _team_page(InviteForm(formdata=None), refusal)
    flash(done)
    return back_to(url_for(".show"))


def _team_page(form: InviteForm, refusal: Refused | None = None) -> Response:
    team = get_team(current_account().circle)
    return show_page("accounts/team/team.html", refusal, team=team, form=form)


@blueprint.get("/join")
@allow(Permission.PUBLIC)
def join() -> Response:
    """Show the page to which an invitation's link leads; its token is after a #, so no server logs it."""
    return _secret_page(SecretForm(formdata=None))


@blueprint.post("/join")
@allow(Permission.PUBLIC)
def show_invitation() -> Response:
    """Show the inviter and the organisation; opening an invitation does not use it."""
    form = SecretForm()
    if not form.validate_on_submit():
        return _secret_page(form, INVALID)
    secret = form.secret.data or ""
    invitation, wait = actions.look_up(secret, client())
    if wait:
        return _too_many(wait)
    if invitation is None:
        problem = _("This invitation is unknown, has been used or is more than seven days old. Check the code.")
        return _secret_page(form, Refused(problem))
    if services().settings.oidc_issuer:
        session["joining"] = [secret, int(time.time())]  # for a person who goes on to the provider
    return _join_page(invitation, JoinForm(formdata=None, secret=secret, person=invitation.person))


@blueprint.post("/join/account")
@allow(Permission.PUBLIC)
def accept() -> BaseResponse:
    """Create the account of an invited person, log in and go on to the ballot."""
    form = JoinForm()
    secret = form.secret.data or ""
    invitation, wait = actions.look_up(secret, client()) if secret else (None, 0)
    if wait:
        return _too_many(wait)
    if invitation is not None:
        form.own_words = (invitation.email, invitation.organisation.name)
    if not form.validate_on_submit():
        if invitation is None:
            return _secret_page(SecretForm(formdata=None), INVALID)
        return _join_page(invitation, form, INVALID)
    try:
        account_id = actions.accept_invitation(
            secret, person=form.person.data or "", password=form.password.data or "", language=language()
        )
    except Refused as refusal:
        return _secret_page(SecretForm(formdata=None), refusal)
    votes = db.session.get_one(Account, account_id).role in TEAM
    response = enter(open_login(account_id), url_for("start.my_ballot" if votes else "start.home"))
    flash(_("Welcome. You are logged in and can begin."))
    return response


def _secret_page(form: SecretForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/team/invitation.html", refusal, form=form)


def _too_many(wait: int) -> Response:
    return _secret_page(SecretForm(formdata=None), TooMany(wait))


def _join_page(invitation: ColleagueInvitation, form: JoinForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/team/join.html", refusal, invitation=invitation, form=form)
