"""The help desk's pages: find an organisation, see where it stands, help it in."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Regexp

from ruhrvote.accounts.access import Permission, Reach, allow, current_account, reach_of
from ruhrvote.accounts.models import Organisation
from ruhrvote.accounts.texts import KINDS
from ruhrvote.consultations.queries import consultation_for
from ruhrvote.errors import INVALID, Refused
from ruhrvote.fields import tidy
from ruhrvote.invitations.actions import may_send
from ruhrvote.invitations.help_desk import actions
from ruhrvote.invitations.help_desk.queries import Show, get_case, in_reach, search
from ruhrvote.invitations.letter import PDF
from ruhrvote.invitations.models import Channel, Occasion
from ruhrvote.invitations.texts import CHANNELS, OCCASIONS
from ruhrvote.mail.texts import STATES
from ruhrvote.web import attachment, back_to, page_number, render, show_page

blueprint = Blueprint("help_desk", __name__)

FILTERS = {
    Show.ALL: _l("all"),
    Show.UNDELIVERABLE: _l("letters came back"),
    Show.REFUSED: _l("e-mail address takes no mail"),
}


class AddressForm(FlaskForm):
    """Where letters go."""

    street = StringField(
        _l("Street and number, or post box"),
        [InputRequired(_l("Enter a street or a post box.")), Length(max=200)],
        filters=[tidy],
    )
    postcode = StringField(
        _l("Postcode"),
        [InputRequired(_l("Enter a postcode.")), Regexp(r"\d{5}$", message=_l("A postcode has five digits."))],
        filters=[tidy],
        render_kw={"inputmode": "numeric"},
    )
    town = StringField(_l("Town"), [InputRequired(_l("Enter a town.")), Length(max=100)], filters=[tidy])


@blueprint.get("/consultations/<key>/help-desk")
@allow(Permission.MANAGE_ORGANISATIONS)
def find(key: str) -> Response:
    """Find an organisation in reach by name, member number or postcode."""
    consultation, reach = consultation_for(key, current_account()), reach_of(current_account())
    text, wanted = request.args.get("q", "").strip()[:100], request.args.get("show", "")
    show = Show(wanted) if wanted in set(Show) else Show.ALL
    asked = bool(text) or show != Show.ALL
    return render(
        "invitations/help_desk/help_desk.html",
        "invitations/help_desk/_found.html",
        consultation=consultation,
        page=search(consultation, reach, text, show, page_number()) if asked else None,
        text=text,
        show=show,
        filters=FILTERS,
        kinds=KINDS,
    )


@blueprint.get("/consultations/<key>/help-desk/<int:organisation_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def case(key: str, organisation_id: int) -> Response:
    """Where one organisation stands, and what can be done for it."""
    return _case(key, organisation_id)


@blueprint.post("/consultations/<key>/help-desk/<int:organisation_id>/letter")
@allow(Permission.MANAGE_ORGANISATIONS)
def letter(key: str, organisation_id: int) -> BaseResponse:
    """Issue a new letter; this answer is its only copy."""
    number, organisation, sender = _named(key, organisation_id)
    try:
        pdf = actions.issue_letter(number, organisation, sender, current_account().id)
    except Refused as refusal:
        return _case(key, organisation_id, refusal=refusal)
    return attachment(pdf, f"letter-{organisation_id}.pdf", PDF)


@blueprint.post("/consultations/<key>/help-desk/<int:organisation_id>/mail")
@allow(Permission.MANAGE_ORGANISATIONS)
def mail(key: str, organisation_id: int) -> BaseResponse:
    """Send the invitation to the stored address."""
    number, organisation, sender = _named(key, organisation_id)
    try:
        actions.send_mail(number, organisation, sender, current_account().id)
    except Refused as refusal:
        return _case(key, organisation_id, refusal=refusal)
    flash(_("The invitation is on its way. The code that the organisation had is no longer valid."))
    return back_to(url_for(".case", key=key, organisation_id=organisation_id))


@blueprint.post("/consultations/<key>/help-desk/<int:organisation_id>/undeliverable")
@allow(Permission.MANAGE_ORGANISATIONS)
def undeliverable(key: str, organisation_id: int) -> BaseResponse:
    """Note that a letter or a mail came back."""
    number, organisation, _sender = _named(key, organisation_id)
    channel = Channel.MAIL if request.form.get("channel") == Channel.MAIL else Channel.LETTER
    try:
        actions.mark_undeliverable(number, organisation, channel, current_account().id)
    except Refused as refusal:
        return _case(key, organisation_id, refusal=refusal)
    flash(_("Noted. The code in it is no longer valid."))
    return back_to(url_for(".case", key=key, organisation_id=organisation_id))


@blueprint.post("/consultations/<key>/help-desk/<int:organisation_id>/address")
@allow(Permission.MANAGE_ORGANISATIONS)
def address(key: str, organisation_id: int) -> BaseResponse:
    """Correct the postal address."""
    _number, organisation, _sender = _named(key, organisation_id)
    form = AddressForm()
    if not form.validate_on_submit():
        return _case(key, organisation_id, form, INVALID)
    words = {name: form[name].data or "" for name in ("street", "postcode", "town")}
    actions.change_address(organisation, current_account().id, **words)
    flash(_("The address is saved. A new letter goes there."))
    return back_to(url_for(".case", key=key, organisation_id=organisation_id))


def _named(key: str, organisation_id: int) -> tuple[int, int, int]:
    """The consultation, an organisation in reach, and whose letterhead it gets, by their numbers."""
    consultation, account = consultation_for(key, current_account()), current_account()
    reach = reach_of(account)
    organisation = in_reach(organisation_id, reach)
    return consultation.id, organisation.id, _sender(organisation, reach) or account.organisation_id


def _sender(organisation: Organisation, reach: Reach) -> int | None:
    if reach.chamber_id is not None:
        return reach.chamber_id
    return organisation.chambers[0].id if organisation.chambers else None


def _case(key: str, organisation_id: int, form: AddressForm | None = None, refusal: Refused | None = None) -> Response:
    consultation = consultation_for(key, current_account())
    found = get_case(consultation, organisation_id, reach_of(current_account()))
    return show_page(
        "invitations/help_desk/case.html",
        refusal,
        consultation=consultation,
        case=found,
        form=form or AddressForm(formdata=None, obj=found.organisation),
        letters=may_send(consultation, Channel.LETTER, Occasion.INVITATION),
        mails=may_send(consultation, Channel.MAIL, Occasion.INVITATION),
        kinds=KINDS,
        channels=CHANNELS,
        occasions=OCCASIONS,
        mail_states=STATES,
    )
