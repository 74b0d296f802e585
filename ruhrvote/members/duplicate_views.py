"""The page of likely doubles across chambers, on which a person decides."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account, may, reach_of
from ruhrvote.errors import Refused
from ruhrvote.members.duplicates import decide, doubles
from ruhrvote.members.importing import texts
from ruhrvote.web import back_to, page_number, show_page

blueprint = Blueprint("duplicates", __name__)

PER_PAGE = 25


@blueprint.get("/organisations/doubles")
@allow(Permission.MANAGE_ORGANISATIONS)
def pairs() -> Response:
    """The pairs that wait for a decision; of another chamber's member only name, town and chamber are shown."""
    return _page()


@blueprint.post("/organisations/doubles/<int:first_id>/<int:second_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def answer(first_id: int, second_id: int) -> BaseResponse:
    """Say whether the two are the same."""
    said = request.form.get("said", "")
    if said not in ("same", "different"):
        return _page(Refused(_("Say whether the two are the same organisation.")))
    try:
        united = decide(first_id, second_id, said == "same", current_account())
    except Refused as refusal:
        return _page(refusal)
    if united:
        flash(_("The two are one organisation now, with the memberships of both and one ballot."))
    elif said == "same":
        flash(_("Noted. Once the other chamber says so too, the two become one."))
    else:
        flash(_("The two stay apart and will not be proposed again."))
    return back_to(url_for(".pairs"))


def _page(refusal: Refused | None = None) -> Response:
    return show_page(
        "members/duplicates.html",
        refusal,
        page=doubles(reach_of(current_account()), page_number(), PER_PAGE),
        reasons=texts.REASONS,
        alone=may(Permission.RUN_CONSULTATION),
        own=current_account().organisation_id,
    )
