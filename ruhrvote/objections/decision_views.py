"""The page on which two consultation admins decide objections."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.consultations import proposals
from ruhrvote.consultations.models import DECISIONS, Step
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.consultations.texts import STEPS
from ruhrvote.db import clock
from ruhrvote.errors import Refused, Unknown
from ruhrvote.objections.queries import cases_of, numbers_of
from ruhrvote.web import back_to, show_page

blueprint = Blueprint("decisions", __name__)


@blueprint.get("/consultations/<key>/objections")
@allow(Permission.RUN_CONSULTATION)
def show(key: str) -> Response:
    """Show all objections, and what is to be decided."""
    return _page(key)


@blueprint.post("/consultations/<key>/objections")
@allow(Permission.RUN_CONSULTATION)
def decide(key: str) -> BaseResponse:
    """Propose a decision, or confirm or withdraw the one that is proposed."""
    actions = {"propose": proposals.propose, "confirm": proposals.confirm, "withdraw": proposals.withdraw}
    action, step = actions.get(request.form.get("do", "")), request.form.get("step", "")
    objection = request.form.get("objection", "")
    if action is None or step not in DECISIONS or not objection.isdecimal():
        raise Unknown(_("This step does not exist. Go back to the control room."))
    consultation = get_consultation(key)
    try:
        action(consultation.key, Step(step), current_account().id, int(objection[:9]))
    except Refused as refusal:
        return _page(key, refusal)
    flash(_("Saved. Nothing changes on the boards before all objections are settled."))
    return back_to(url_for(".show", key=key))


def _page(key: str, refusal: Refused | None = None) -> Response:
    consultation = get_consultation(key)
    return show_page(
        "objections/decisions.html",
        refusal,
        consultation=consultation,
        cases=cases_of(consultation.id),
        numbers=numbers_of(consultation),
        own=current_account().id,
        decisions=[(step, STEPS[step]) for step in DECISIONS],
        steps=STEPS,
        now=clock(),
    )
