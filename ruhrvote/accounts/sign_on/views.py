"""Pages for single sign-on: logging in with the provider, and linking an identity to an account."""

from __future__ import annotations

import time

from flask import Blueprint, Response, current_app, flash, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.codes.actions import begin_with_code
from ruhrvote.accounts.codes.forms import CodeForm
from ruhrvote.accounts.limits.actions import try_code
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.login_page import LoginForm, enter, login_page
from ruhrvote.accounts.models import ColleagueInvitation
from ruhrvote.accounts.own_access.actions import Proof, get_own_access
from ruhrvote.accounts.queries import find_identity, identities_of
from ruhrvote.accounts.sign_on import actions
from ruhrvote.accounts.sign_on.provider import NotProven, Person, go_to_provider, person_returned
from ruhrvote.accounts.team.actions import accept_invitation
from ruhrvote.accounts.team.queries import find_invitation
from ruhrvote.accounts.typed_codes import read_code
from ruhrvote.config import Settings
from ruhrvote.db import db
from ruhrvote.errors import INVALID, Conflict, Refused, TooMany, Unknown
from ruhrvote.services import services
from ruhrvote.web import back_to, language, own_path, show_page

blueprint = Blueprint("sign_on", __name__, url_prefix="/sign-on")

LINK_WITHIN = 900  # seconds


@blueprint.get("")
@allow(Permission.PUBLIC)
def begin() -> BaseResponse:
    """Redirect the browser to the provider."""
    settings, target = _settings(), own_path(request.args.get("next"), "")
    db.session.rollback()  # holds no database connection while the provider is asked
    try:
        response = go_to_provider(settings.base_url + url_for(".returned"))
    except NotProven as error:
        return _not_logged_in(error, target)
    session["sign_on_next"] = target
    return response


@blueprint.get("/return")
@allow(Permission.PUBLIC)
def returned() -> BaseResponse:
    """Receive the browser back from the provider: log the person in, or offer to link the identity."""
    _settings()
    target = own_path(session.pop("sign_on_next", ""), "")
    db.session.rollback()
    try:
        person = person_returned()
    except NotProven as error:
        return _not_logged_in(error, target)
    identity = find_identity(person.issuer, person.subject)
    if identity is not None:
        return enter(open_login(identity.account_id, language=language()), target)
    session["unlinked"] = [person.issuer, person.subject, person.label, target, int(time.time())]
    return redirect(url_for(".link"), 303)


@blueprint.get("/link")
@allow(Permission.PUBLIC)
def link() -> BaseResponse:
    """Offer to link the identity to an account."""
    _settings()
    if _unlinked() is None:
        return redirect(url_for("accounts.log_in"), 303)
    return _link_page(CodeForm(formdata=None))


@blueprint.post("/link")
@allow(Permission.PUBLIC)
def save_link() -> BaseResponse:
    """Link the identity to the account that is logged in, or to that of an invitation or of a letter's code."""
    _settings()
    unlinked = _unlinked()
    if unlinked is None:
        late = _("Linking took more than a quarter of an hour. Please log in with %(name)s again.", name=_name())
        return login_page(LoginForm(formdata=None), Conflict(late))
    person, target = unlinked
    try:
        if current_user.is_authenticated:
            return _link_own(person)
        if "join" in request.form:
            return _join(person)
        return _link_by_code(person, target)
    except Refused as refusal:
        return _link_page(CodeForm(formdata=None), refusal)


@blueprint.get("/identities")
@allow(Permission.SIGNED_IN)
def identities() -> Response:
    """Show the identities that are linked to the own account."""
    _settings()
    return _identities_page()


@blueprint.post("/identities/<int:identity_id>/remove")
@allow(Permission.SIGNED_IN)
def unlink(identity_id: int) -> BaseResponse:
    """Remove the link of an identity to the own account."""
    _settings()
    try:
        actions.unlink(current_account().id, identity_id)
    except Refused as refusal:
        return _identities_page(refusal)
    flash(_("The link is removed."))
    return back_to(url_for(".identities"))


def _link_own(person: Person) -> BaseResponse:
    account = current_account()
    if get_own_access(account).proof is not Proof.NONE:
        raise Refused(_("Your login is more than ten minutes old. Log out and in again, then link."))
    actions.link(account.id, person.issuer, person.subject)
    session.pop("unlinked", None)
    flash(_("Linked. From now on you can log in with %(name)s.", name=_name()))
    return back_to(url_for(".identities"))


def _link_by_code(person: Person, target: str) -> BaseResponse:
    form = CodeForm()
    if not form.validate_on_submit():
        return _link_page(form, INVALID)
    counted = try_code(client())
    if counted.wait:
        return _link_page(form, TooMany(counted.wait))
    # An account of its own: what others of the organisation wrote is not shown to whoever has the code.
    used = begin_with_code(read_code(form.code.data or ""), language(), pin=None, anew=True)
    if used is None:
        problem = _("This code is not valid. If you have received a newer letter, take its code.")
        return _link_page(form, Refused(problem))
    actions.link(used.account_id, person.issuer, person.subject)
    token = open_login(used.account_id, forget_failures=counted, language=language())
    return enter(token, target or url_for("start.my_ballot", consultation=used.consultation_id))


def _join(person: Person) -> BaseResponse:
    invitation = _invitation()
    if invitation is None:
        raise Refused(_("This invitation is not valid any more. Ask your colleague to invite you again."))
    secret, name = session["joining"][0], invitation.person
    account_id = accept_invitation(secret, person=name, password=None, language=language())
    actions.link(account_id, person.issuer, person.subject)
    return enter(open_login(account_id), url_for("start.my_ballot"))


def _not_logged_in(error: NotProven, target: str) -> Response:
    """The login page with a message; the details of the error are logged."""
    current_app.logger.warning("no login by the provider: %s", error)
    if request.args.get("error") == "access_denied":
        problem = _("The login with %(name)s was cancelled.", name=_name())
    else:
        problem = _("The login with %(name)s did not work. Please try again, or choose another way.", name=_name())
    return login_page(LoginForm(formdata=None, next=target), Refused(problem))


def _unlinked() -> tuple[Person, str] | None:
    """The person that the provider named to this browser within LINK_WITHIN, and the address to go on to."""
    try:
        issuer, subject, label, target, named_at = session["unlinked"]
    except (KeyError, TypeError, ValueError):
        return None
    if named_at < time.time() - LINK_WITHIN or issuer != _settings().oidc_issuer:
        return None
    return Person(issuer, subject, label), target


def _invitation() -> ColleagueInvitation | None:
    """The invitation that this browser has opened within LINK_WITHIN, if it is still open."""
    secret, shown_at = session.get("joining", ("", 0))
    return find_invitation(secret) if shown_at > time.time() - LINK_WITHIN else None


def _link_page(form: CodeForm, refusal: Refused | None = None) -> Response:
    unlinked = _unlinked()
    label = unlinked[0].label if unlinked else ""
    return show_page("accounts/sign_on/link.html", refusal, form=form, label=label, invitation=_invitation())


def _identities_page(refusal: Refused | None = None) -> Response:
    linked = identities_of(current_account().id)
    return show_page("accounts/sign_on/identities.html", refusal, identities=linked)


def _settings() -> Settings:
    """The settings; raises Unknown if no provider is configured."""
    settings = services().settings
    if not settings.oidc_issuer:
        raise Unknown(_("Logging in by another service is not set up here."))
    return settings


def _name() -> str:
    return _settings().oidc_name
