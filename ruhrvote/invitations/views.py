"""The page of invitations, ordering letters and mails, and the files of an order."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.texts import KINDS
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.consultations.queries import consultations, get_consultation
from ruhrvote.errors import Refused
from ruhrvote.invitations import actions
from ruhrvote.invitations.audience import PAUSE, reach_of
from ruhrvote.invitations.forms import OrderForm
from ruhrvote.invitations.models import REMINDERS, UNFINISHED, Channel, OrderState
from ruhrvote.invitations.queries import (
    PER_PAGE,
    Preview,
    files_of,
    get_file,
    get_order,
    orders_of,
    overtaken,
    preview,
    standing,
)
from ruhrvote.invitations.texts import CHANNELS, OCCASIONS
from ruhrvote.sealing import Unreadable
from ruhrvote.web import attachment, back_to, page_number, render, show_number

blueprint = Blueprint("invitations", __name__)

STATES = {
    OrderState.WAITING: (_l("waiting for the worker"), "info"),
    OrderState.PRODUCING: (_l("being made"), "info"),
    OrderState.READY: (_l("ready"), "success"),
    OrderState.HANDED_OVER: (_l("handed over to the print shop"), "plain"),
    OrderState.DISCARDED: (_l("taken back"), "plain"),
    OrderState.EXPIRED: (_l("deleted after 30 days"), "warning"),
    OrderState.REFUSED: (_l("not carried out"), "danger"),
}
# A mail is done with once the outbox has it.
MAILS_READY = _l("in the outbox")


@blueprint.get("/consultations/<key>/invitations")
@allow(Permission.MANAGE_ORGANISATIONS)
def overview(key: str) -> Response:
    """How far the invited have come, what to do next, and what was ordered."""
    consultation, reach, page = get_consultation(key, drafts=True), reach_of(current_account()), page_number()
    orders, total = orders_of(consultation.id, reach, page)
    return render(
        "invitations/overview.html",
        "invitations/_orders.html",
        consultation=consultation,
        standing=standing(consultation, reach),
        orders=orders,
        unfinished=any(order.state in UNFINISHED for order in orders),
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        everybody=reach is None,
        others=[other for other in consultations(drafts=True) if other.status in (Status.DRAFT, Status.OPEN)],
        **_words(),
    )


@blueprint.get("/consultations/<key>/invitations/order")
@allow(Permission.MANAGE_ORGANISATIONS)
def prepare(key: str) -> Response:
    """Choose to whom letters or mails go, and see how many that are; nothing is ordered by looking."""
    return _order_page(get_consultation(key, drafts=True), _form(request.args))


@blueprint.post("/consultations/<key>/invitations/order")
@allow(Permission.MANAGE_ORGANISATIONS)
def place(key: str) -> BaseResponse:
    """Order letters or mails."""
    consultation, account, form = get_consultation(key, drafts=True), current_account(), _form(request.form)
    if not form.validate():
        return _order_page(consultation, form, 422)
    confirmed = request.form.get("kills", "0")
    if confirmed != "0" and request.form.get("sure") != confirmed:
        return _order_page(consultation, form, 422, _("Please confirm how many valid codes end by this."))
    try:
        order_id = actions.place_order(
            form.order(consultation.id, account.organisation),
            consultation,
            int(confirmed) if confirmed.isdecimal() and len(confirmed) <= 9 else -1,
            account.id,
        )
    except Refused as refusal:
        return _order_page(consultation, form, refusal.status, str(refusal.message))
    flash(_("Ordered. You can leave this page: the work goes on."))
    return back_to(url_for(".order", key=key, order_id=order_id))


@blueprint.get("/consultations/<key>/invitations/<int:order_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def order(key: str, order_id: int) -> Response:
    """One order: its progress, and its files until they are handed over."""
    return _page_of_order(key, order_id)


@blueprint.post("/consultations/<key>/invitations/<int:order_id>/files/<int:file_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def download(key: str, order_id: int, file_id: int) -> BaseResponse:
    """Fetch a file; by POST, since the audit trail keeps who did and no scanner of addresses may."""
    account = current_account()
    found = get_order(get_consultation(key, drafts=True).id, order_id, account)
    file = get_file(found.id, file_id)
    name, media_type = file.name, file.media_type
    try:
        content = actions.download(found, file, account.id)
    except Unreadable:
        problem = _(
            "The server's key has changed since, so this file cannot be opened. Take the order back and repeat it."
        )
        return _page_of_order(key, order_id, 409, problem)
    return attachment(content, name, media_type)


@blueprint.post("/consultations/<key>/invitations/<int:order_id>/handed-over")
@allow(Permission.MANAGE_ORGANISATIONS)
def hand_over(key: str, order_id: int) -> BaseResponse:
    """Confirm that the print shop has the letters; their files are deleted."""
    found = get_order(get_consultation(key, drafts=True).id, order_id, current_account())
    if request.form.get("sure") != "yes":
        return _page_of_order(key, order_id, 422, _("Please confirm the step by ticking the box above the button."))
    actions.hand_over(found.id, current_account().id)
    flash(_("Noted: the print shop has the letters. Their files are deleted here."))
    return back_to(url_for(".order", key=key, order_id=order_id))


@blueprint.post("/consultations/<key>/invitations/<int:order_id>/discard")
@allow(Permission.MANAGE_ORGANISATIONS)
def discard(key: str, order_id: int) -> BaseResponse:
    """Take an order back."""
    found = get_order(get_consultation(key, drafts=True).id, order_id, current_account())
    if request.form.get("sure") != "yes":
        return _page_of_order(key, order_id, 422, _("Please confirm the step by ticking the box above the button."))
    ended = actions.discard(found.id, current_account().id)
    flash(_("The order is taken back; %(number)s codes have ended.", number=show_number(ended)))
    return back_to(url_for(".overview", key=key))


def _form(given: MultiDict[str, str]) -> OrderForm:
    form = OrderForm(formdata=given)
    form.limit_to(current_account())
    return form


def _order_page(consultation: Consultation, form: OrderForm, status: int = 200, problem: str = "") -> Response:
    sound = form.validate()
    wanted = form.order(consultation.id, current_account().organisation) if sound else None
    expected = preview(wanted, consultation) if wanted else Preview(0, 0)
    allowed = wanted is not None and actions.may_send(consultation, Channel(wanted.channel), form.occasion.data)
    return render(
        "invitations/order_form.html",
        "invitations/_preview.html",
        None,
        status,
        consultation=consultation,
        form=form,
        wanted=wanted,
        expected=expected,
        allowed=allowed,
        problem=problem,
        pause=PAUSE.days,
        reminder=form.occasion.data in REMINDERS,
        **_words(),
    )


def _page_of_order(key: str, order_id: int, status: int = 200, problem: str = "") -> Response:
    consultation = get_consultation(key, drafts=True)
    found = get_order(consultation.id, order_id, current_account())
    return render(
        "invitations/order.html",
        "invitations/_order.html",
        None,
        status,
        consultation=consultation,
        order=found,
        files=files_of(found.id),
        overtaken=overtaken(found),
        deleted_on=found.ready_at + actions.KEPT if found.ready_at else None,
        warn=bool(found.warned_at),
        unfinished=found.state in UNFINISHED,
        problem=problem,
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
