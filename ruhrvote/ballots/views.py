"""Pages of the submitted ballot: withdrawal, receipt, and the check of a receipt."""

from __future__ import annotations

from flask import Blueprint, Response, flash, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.ballots import actions
from ruhrvote.ballots.queries import find_inclusion, submission_for
from ruhrvote.ballots.receipts import in_fours
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import INVALID, UNREADABLE, Refused, Unknown
from ruhrvote.web import back_to, show_page

blueprint = Blueprint("ballots", __name__)


class WithdrawForm(FlaskForm):
    """The withdrawal of the version that the page showed."""

    expected_version = HiddenField(validators=[Regexp(r"^\d{1,6}$", message=UNREADABLE)])


class ReceiptForm(FlaskForm):
    """The check of a receipt number."""

    receipt = StringField(
        _l("Receipt number"),
        [InputRequired(_l("Enter the number from your receipt.")), Length(max=60)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """Functions for all templates: how a receipt number is written."""
    return {"in_fours": in_fours}


@blueprint.post("/consultations/<key>/ballot/withdraw")
@allow(Permission.VOTE)
def withdraw(key: str) -> BaseResponse:
    """Withdraw the submitted ballot; the draft stays."""
    consultation, account, form = get_consultation(key), current_account(), WithdrawForm()
    if not form.validate_on_submit():
        raise Refused(UNREADABLE)
    voter = actions.Voter(consultation.id, account.organisation_id, account.id)
    actions.withdraw(voter, expected_version=int(form.expected_version.data or 0))
    flash(_("Your submission is withdrawn. Your draft is still here, and you can submit it again until the close."))
    return back_to(url_for("drafts.overview", key=key))


@blueprint.get("/consultations/<key>/ballot/receipt")
@allow(Permission.VOTE)
def receipt(key: str) -> Response:
    """Show the receipt of the version that counts."""
    consultation, account = get_consultation(key), current_account()
    latest = submission_for(account, consultation.id)
    if latest is None or latest.withdrawn:
        raise Unknown(_("Your organisation has no submission in this consultation. A receipt follows each submission."))
    submission = latest.own
    if submission is None:
        raise Unknown(_("Somebody else has submitted for your organisation. The receipt is shown to them alone."))
    return show_page(
        "ballots/receipt.html",
        consultation=consultation,
        organisation=account.organisation,
        submission=submission,
        inclusion=find_inclusion(submission.receipt_id),
    )


@blueprint.get("/receipts")
@allow(Permission.PUBLIC)
def receipts() -> Response:
    """Show the form to check a receipt."""
    return show_page("ballots/check.html", form=ReceiptForm(), inclusion=None, checked=False)


@blueprint.post("/receipts")
@allow(Permission.PUBLIC)
def check_receipt() -> Response:
    """Show whether the receipt's submission is in the ledger and whether it counts."""
    form = ReceiptForm()
    valid = form.validate_on_submit()
    inclusion = find_inclusion(form.receipt.data or "") if valid else None
    refusal = None if inclusion else INVALID
    return show_page("ballots/check.html", refusal, form=form, inclusion=inclusion, checked=valid)
