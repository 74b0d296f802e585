"""The page of invitations, ordering letters and mails, and the files of a mailing."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account, reach_of
from ruhrvote.accounts.texts import KINDS
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.consultations.queries import consultation_for, consultations, may_see_drafts
from ruhrvote.errors import INVALID, Conflict, Refused
from ruhrvote.invitations import actions
from ruhrvote.invitations.audience import PAUSE
from ruhrvote.invitations.forms import MailingForm
from ruhrvote.invitations.models import REMINDERS, UNFINISHED, Channel, MailingState
from ruhrvote.invitations.queries import (
    Preview,
    files_of,
    get_file,
    get_mailing,
    mailings_of,
    overtaken,
    preview,
    standing,
)
from ruhrvote.invitations.texts import CHANNELS, OCCASIONS
from ruhrvote.sealing import Unreadable
from ruhrvote.web import attachment, back_to, page_number, render, show_number

blueprint = Blueprint("invitations", __name__)

STATES = {
    MailingState.WAITING: (_l("waiting for the worker"), "info"),
    MailingState.PRODUCING: (_l("being made"), "info"),
    MailingState.READY: (_l("ready"), "success"),
    MailingState.HANDED_OVER: (_l("handed over to the print shop"), "plain"),
    MailingState.DISCARDED: (_l("taken back"), "plain"),
    MailingState.EXPIRED: (_l("deleted after 30 days"), "warning"),
    MailingState.REFUSED: (_l("not carried out"), "danger"),
    MailingState.FAILED: (_l("failed"), "danger"),
}
UNCONFIRMED = _l("Please confirm the step by ticking the box above the button.")
# Mails are ready once they are in the outbox.
MAILS_READY = _l("in the outbox")


@blueprint.get("/consultations/<key>/invitations")
@allow(Permission.MANAGE_ORGANISATIONS)
def overview(key: str) -> Response:
    """How far the invited have come, what to do next, and what was ordered."""
    consultation, reach = consultation_for(key, current_account()), reach_of(current_account())
    page = mailings_of(consultation.id, reach, page_number())
    return render(
        "invitations/overview.html",
        "invitations/_mailings.html",
        consultation=consultation,
        standing=standing(consultation, reach),
        page=page,
        unfinished=any(mailing.state in UNFINISHED for mailing in page.rows),
        everybody=reach.chamber_id is None,
        others=[
            other
            for other in consultations(drafts=may_see_drafts(current_account()))
            if other.status in (Status.DRAFT, Status.OPEN)
        ],
        **_words(),
    )


@blueprint.get("/consultations/<key>/invitations/order")
@allow(Permission.MANAGE_ORGANISATIONS)
def prepare(key: str) -> Response:
    """Choose to whom letters or mails go, and see how many that are; nothing is ordered by looking."""
    return _form_page(consultation_for(key, current_account()), _form(request.args))


@blueprint.post("/consultations/<key>/invitations/order")
@allow(Permission.MANAGE_ORGANISATIONS)
def place(key: str) -> BaseResponse:
    """Order letters or mails."""
    consultation, account, form = (
        consultation_for(key, current_account()),
        current_account(),
        _form(request.form),
    )
    if not form.validate():
        return _form_page(consultation, form, INVALID)
    confirmed = request.form.get("kills", "0")
    if confirmed != "0" and request.form.get("sure") != confirmed:
        return _form_page(consultation, form, Refused(_("Please confirm how many valid codes end by this.")))
    try:
        mailing_id = actions.start_mailing(
            form.mailing(consultation.id, account.organisation),
            consultation,
            int(confirmed) if confirmed.isdecimal() and len(confirmed) <= 9 else -1,
            account.id,
        )
    except Refused as refusal:
        return _form_page(consultation, form, refusal)
    flash(_("Ordered. You can leave this page: the work goes on."))
    return back_to(url_for(".mailing", key=key, mailing_id=mailing_id))


@blueprint.get("/consultations/<key>/invitations/<int:mailing_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def mailing(key: str, mailing_id: int) -> Response:
    """One mailing: its progress, and its files until they are handed over."""
    return _page_of_mailing(key, mailing_id)


@blueprint.post("/consultations/<key>/invitations/<int:mailing_id>/files/<int:file_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def download(key: str, mailing_id: int, file_id: int) -> BaseResponse:
    """Fetch a file; by POST, since the audit trail keeps who did and no scanner of addresses may."""
    account = current_account()
    found = get_mailing(consultation_for(key, current_account()).id, mailing_id, account)
    file = get_file(found.id, file_id)
    name, media_type = file.name, file.media_type
    try:
        content = actions.download(found, file, account.id)
    except Unreadable:
        problem = _(
            "The server's key has changed since, so this file cannot be opened. Take the order back and repeat it."
        )
        return _page_of_mailing(key, mailing_id, Conflict(problem))
    return attachment(content, name, media_type)


@blueprint.post("/consultations/<key>/invitations/<int:mailing_id>/handed-over")
@allow(Permission.MANAGE_ORGANISATIONS)
def hand_over(key: str, mailing_id: int) -> BaseResponse:
    """Confirm that the print shop has the letters; their files are deleted."""
    found = get_mailing(consultation_for(key, current_account()).id, mailing_id, current_account())
    if request.form.get("sure") != "yes":
        return _page_of_mailing(key, mailing_id, Refused(UNCONFIRMED))
    actions.hand_over(found.id, current_account().id)
    flash(_("Noted: the print shop has the letters. Their files are deleted here."))
    return back_to(url_for(".mailing", key=key, mailing_id=mailing_id))


@blueprint.post("/consultations/<key>/invitations/<int:mailing_id>/discard")
@allow(Permission.MANAGE_ORGANISATIONS)
def discard(key: str, mailing_id: int) -> BaseResponse:
    """Take a mailing back."""
    found = get_mailing(consultation_for(key, current_account()).id, mailing_id, current_account())
    if request.form.get("sure") != "yes":
        return _page_of_mailing(key, mailing_id, Refused(UNCONFIRMED))
    ended = actions.discard(found.id, current_account().id)
    flash(_("The order is taken back; %(number)s codes have ended.", number=show_number(ended)))
    return back_to(url_for(".overview", key=key))


def _form(given: MultiDict[str, str]) -> MailingForm:
    form = MailingForm(formdata=given)
    form.limit_to(current_account())
    return form


def _form_page(consultation: Consultation, form: MailingForm, refusal: Refused | None = None) -> Response:
    sound = form.validate()
    wanted = form.mailing(consultation.id, current_account().organisation) if sound else None
    expected = preview(wanted, consultation) if wanted else Preview(0, 0)
    allowed = wanted is not None and actions.may_send(consultation, Channel(wanted.channel), form.occasion.data)
    return render(
        "invitations/mailing_form.html",
        "invitations/_preview.html",
        refusal,
        consultation=consultation,
        form=form,
        wanted=wanted,
        expected=expected,
        allowed=allowed,
        pause=PAUSE.days,
        reminder=form.occasion.data in REMINDERS,
        **_words(),
    )


def _page_of_mailing(key: str, mailing_id: int, refusal: Refused | None = None) -> Response:
    consultation = consultation_for(key, current_account())
    found = get_mailing(consultation.id, mailing_id, current_account())
    return render(
        "invitations/mailing.html",
        "invitations/_mailing.html",
        refusal,
        consultation=consultation,
        mailing=found,
        files=files_of(found.id),
        overtaken=overtaken(found),
        deleted_on=found.ready_at + actions.KEPT if found.ready_at else None,
        warn=bool(found.warned_at),
        unfinished=found.state in UNFINISHED,
        **_words(),
    )


def _words() -> dict[str, object]:
    return {
        "states": STATES,
        "mails_ready": MAILS_READY,
        "channels": CHANNELS,
        "occasions": OCCASIONS,
        "kinds": KINDS,
        "Status": Status,
    }
