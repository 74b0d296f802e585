"""Pages: the privacy notice, one's own stored data, and erasure by the person or by an admin."""

from __future__ import annotations

from flask import Blueprint, Response, flash, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired

from ruhrvote.accounts.access import Permission, allow, current_account, may, reach_of
from ruhrvote.accounts.models import Account, Kind
from ruhrvote.accounts.queries import TEAM, get_organisation, organisations_of_kind
from ruhrvote.db import db
from ruhrvote.errors import INVALID, Refused, Unknown
from ruhrvote.privacy import actions
from ruhrvote.privacy.names import COLUMNS, TABLES, said
from ruhrvote.privacy.queries import as_json, everything_about
from ruhrvote.privacy.retention import RETENTION
from ruhrvote.web import attachment, back_to, show_page

KEEP, DELETE = "keep", "delete"

blueprint = Blueprint("privacy", __name__)

# What the people of a chamber, and those who run a consultation, can and cannot do with an organisation's accounts.
# docs/data-protection.md has the same, and a test stands behind each sentence (tests/privacy/test_staff.py).
CAN = (
    _l(
        "See the name, e-mail address and role of the people who act for your organisation, whether a draft was "
        "begun and whether a ballot was submitted."
    ),
    _l("Invite somebody to an account for your organisation, by e-mail to the address on file and to no other."),
    _l("Order a letter with a new code to the address on file; the earlier code and all logins by code then end."),
    _l("Correct the details and addresses of your organisation; the audit trail names who did."),
    _l("Erase a person's account if the person asks for it; the ballot stays."),
)
CANNOT = (
    _l("Read what is in your draft or in your ballot: not with an account or a letter of their own making either."),
    _l("Choose, see or change somebody's password or PIN."),
    _l("Say who of your organisation submits."),
    _l("Withdraw a ballot that your people submitted."),
    _l("Read a code anywhere but on the letters themselves; the audit trail names who has fetched those."),
)

SHOWN = 20  # rows of a table on the page; the file has all rows


class EraseForm(FlaskForm):
    """The confirmation of an erasure, and whether comments are kept."""

    comments = RadioField(
        _l("The comments"),
        [InputRequired(_l("Choose what becomes of the comments."))],
        choices=[
            SelectChoice(KEEP, _l("stay as comments of the organisation, without the person")),
            SelectChoice(DELETE, _l("lose their text")),
        ],
        validate_choice=True,
    )
    sure = BooleanField(
        _l("I know that this cannot be taken back."),
        [InputRequired(_l("Tick the box if you are sure."))],
    )

    @property
    def keeps_comments(self) -> bool:
        """Whether the comments are kept."""
        return bool(self.comments.data == KEEP)


@blueprint.get("/privacy")
@allow(Permission.PUBLIC)
def notice() -> Response:
    """Show the privacy notice: what is stored, why, how long, who sees it, who is responsible, and one's rights."""
    chambers = organisations_of_kind(Kind.CHAMBER)
    return show_page("privacy/notice.html", chambers=chambers, retention=RETENTION, staff_can=CAN, staff_cannot=CANNOT)


@blueprint.get("/account/data")
@allow(Permission.SIGNED_IN)
def own_data() -> Response:
    """Show all data about the person who is logged in."""
    return _data_page(EraseForm(formdata=None))


@blueprint.get("/account/data.json")
@allow(Permission.SIGNED_IN)
def own_data_file() -> Response:
    """Download the same as JSON."""
    return attachment(as_json(current_account()), "ruhrvote-my-data.json", "application/json")


@blueprint.post("/account/data/erase")
@allow(Permission.SIGNED_IN)
def erase_own() -> BaseResponse:
    """Erase the own account and end all its logins."""
    form, account_id = EraseForm(), current_account().id
    if not form.validate_on_submit():
        return _data_page(form, INVALID)
    try:
        actions.erase(account_id, keep_comments=form.keeps_comments, by=account_id)
    except Refused as refusal:
        return _data_page(form, refusal)
    session.clear()
    flash(_("You are erased here and logged out. What is left is what your organisation did."))
    response = back_to(url_for("start.home"))
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@blueprint.get("/organisations/<int:organisation_id>/accounts/<int:account_id>/erase")
@allow(Permission.MANAGE_ORGANISATIONS)
def ask_to_erase(organisation_id: int, account_id: int) -> Response:
    """Ask the admin to confirm the erasure of a person."""
    return _erase_page(_erasable(organisation_id, account_id), EraseForm(formdata=None))


@blueprint.post("/organisations/<int:organisation_id>/accounts/<int:account_id>/erase")
@allow(Permission.MANAGE_ORGANISATIONS)
def erase(organisation_id: int, account_id: int) -> BaseResponse:
    """Erase a person on their request, by an admin."""
    account, form = _erasable(organisation_id, account_id), EraseForm()
    if not form.validate_on_submit():
        return _erase_page(account, form, INVALID)
    try:
        actions.erase(account_id, keep_comments=form.keeps_comments, by=current_account().id)
    except Refused as refusal:
        return _erase_page(_erasable(organisation_id, account_id), form, refusal)
    flash(_("The person is erased."))
    return back_to(url_for("members.organisation", organisation_id=organisation_id))


def _erasable(organisation_id: int, account_id: int) -> Account:
    """The account; raises Unknown unless it is of this organisation and the admin may manage it."""
    account, organisation = db.session.get(Account, account_id), get_organisation(organisation_id)
    if account is None or organisation is None or account.organisation_id != organisation_id or account.removed_at:
        raise Unknown(_("There is no such account in your reach."))
    everybody = may(Permission.RUN_CONSULTATION)
    if not reach_of(current_account()).includes(organisation) or not (everybody or account.role in TEAM):
        raise Unknown(_("There is no such account in your reach."))
    return account


def _data_page(form: EraseForm, refusal: Refused | None = None) -> Response:
    stored = everything_about(current_account())
    return show_page(
        "privacy/data.html",
        refusal,
        stored=stored,
        tables=TABLES,
        columns=COLUMNS,
        said=said,
        shown=SHOWN,
        form=form,
    )


def _erase_page(account: Account, form: EraseForm, refusal: Refused | None = None) -> Response:
    return show_page("privacy/erase.html", refusal, account=account, form=form)
