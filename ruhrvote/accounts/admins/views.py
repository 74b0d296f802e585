"""The page of the consultation admins, and the one on which an invited person becomes one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.admins import actions, queries
from ruhrvote.accounts.admins.forms import AcceptForm, ProposeForm
from ruhrvote.accounts.limits.queries import client
from ruhrvote.accounts.login_page import enter
from ruhrvote.accounts.models import Kind
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.errors import INVALID, Refused, TooMany
from ruhrvote.fields import options
from ruhrvote.web import back_to, language, show_page

blueprint = Blueprint("admins", __name__)


@blueprint.get("/admins")
@allow(Permission.RUN_CONSULTATION)
def show() -> Response:
    """The consultation admins, who is proposed, and the form to propose another."""
    return _page(_form(empty=True))


@blueprint.post("/admins")
@allow(Permission.RUN_CONSULTATION)
def propose() -> BaseResponse:
    """Propose a further consultation admin."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form, INVALID)
    person = form.person.data or ""
    try:
        actions.propose_admin(
            organisation_id=form.organisation.data, email=form.email.data or "", person=person, by=current_account().id
        )
    except Refused as refusal:
        return _page(form, refusal)
    flash(_("%(person)s is proposed. Another consultation admin confirms it here.", person=person))
    return back_to(url_for(".show"))


@blueprint.post("/admins/confirm")
@allow(Permission.RUN_CONSULTATION)
def confirm() -> BaseResponse:
    """Confirm another admin's proposal; the person is then invited."""
    return _step(
        actions.confirm_admin, _("Confirmed. The person gets an e-mail with a link that works for seven days.")
    )


@blueprint.post("/admins/withdraw")
@allow(Permission.RUN_CONSULTATION)
def withdraw() -> BaseResponse:
    """Withdraw a proposal or an invitation."""
    return _step(actions.withdraw_admin, _("The proposal is withdrawn."))


@blueprint.get("/admins/join")
@allow(Permission.PUBLIC)
def join() -> Response:
    """Show the page to which an invitation's link leads; its token is after a #, so no server logs it."""
    return _join_page(AcceptForm(formdata=None))


@blueprint.post("/admins/join")
@allow(Permission.PUBLIC)
def accept() -> BaseResponse:
    """Create the account of an invited admin and log in; the second factor is set up next."""
    form = AcceptForm()
    invited, wait = actions.look_up(form.secret.data, client()) if form.secret.data else (None, 0)
    if wait:
        return _join_page(form, TooMany(wait))
    if invited is not None:
        form.own_words = (invited.email, invited.organisation.name)
    if not form.validate_on_submit():
        return _join_page(form, INVALID)
    if invited is None:
        problem = _("This invitation is unknown, has been used or is more than seven days old. Check the code.")
        return _join_page(form, Refused(problem))
    try:
        account_id = actions.accept(
            form.secret.data or "",
            person=form.person.data or "",
            password=form.password.data or "",
            language=language(),
        )
    except Refused as refusal:
        return _join_page(form, refusal)
    return enter(open_login(account_id), url_for(".show"))


def _step(action: Callable[[int, int], None], done: str) -> BaseResponse:
    number = request.form.get("proposal", "")
    try:
        action(int(number) if number.isdecimal() and len(number) <= 9 else 0, current_account().id)
    except Refused as refusal:
        return _page(_form(empty=True), refusal)
    flash(done)
    return back_to(url_for(".show"))


def _form(*, empty: bool = False) -> ProposeForm:
    form = ProposeForm(formdata=None) if empty else ProposeForm()
    form.organisation.choices = options({one.id: one.name for one in organisations_of_kind(Kind.CHAMBER)})
    return form


def _page(form: ProposeForm, refusal: Refused | None = None) -> Response:
    own, proposed = current_account().id, queries.proposals()
    return show_page(
        "accounts/admins/admins.html",
        refusal,
        form=form,
        admins=[(one, queries.confirms_from(one)) for one in queries.consultation_admins()],
        proposals=[(one, queries.why_not(one.proposed_by, own)) for one in proposed],
        two=queries.two_can_act(),
    )


def _join_page(form: AcceptForm, refusal: Refused | None = None) -> Response:
    return show_page("accounts/admins/join.html", refusal, form=form)
