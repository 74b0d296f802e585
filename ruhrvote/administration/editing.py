"""Changing an organisation by hand: its details, and its memberships in the admin's reach."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import actions, queries
from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.forms import options
from ruhrvote.accounts.models import Kind, Organisation
from ruhrvote.administration.forms import KINDS, OrganisationForm
from ruhrvote.administration.importing.finding import forget_keys
from ruhrvote.administration.views import get_in_reach, with_choices
from ruhrvote.errors import Refused
from ruhrvote.web import back_to

blueprint = Blueprint("editing", __name__)


@blueprint.get("/organisations/<int:organisation_id>/edit")
@allow(Permission.MANAGE_ORGANISATIONS)
def edit(organisation_id: int) -> Response:
    """The form with an organisation's details as they are."""
    found = get_in_reach(organisation_id)
    form = OrganisationForm(formdata=None, obj=found)
    form.municipality.data = found.municipality_id or 0  # the organisation's own attribute is the place itself
    memberships = {chamber.id: number for chamber, number in queries.memberships_of(found.id)}
    _limit(form, found)
    form.chambers.data = [number for number in memberships if number in _offered(form)]
    return _page(found, form, memberships)


@blueprint.post("/organisations/<int:organisation_id>/edit")
@allow(Permission.MANAGE_ORGANISATIONS)
def save(organisation_id: int) -> BaseResponse:
    """Keep the details; memberships in chambers that this admin does not reach stay."""
    found = get_in_reach(organisation_id)
    form = OrganisationForm()
    _limit(form, found)
    numbers = form.member_numbers(request.form)
    if not form.validate_on_submit():
        return _page(found, form, numbers, 422)
    details = {
        "name": form.name.data,
        "kind": form.kind.data,
        "municipality_id": form.municipality.data or None,
        "sector": form.sector.data or None,
        "size_class": form.size_class.data or None,
        **form.address(),
    }
    try:
        actions.change_organisation(organisation_id, details, numbers, among=_offered(form), by=current_account().id)
    except Refused as refusal:
        return _page(found, form, numbers, refusal.status, str(refusal.message))
    forget_keys(organisation_id)
    flash(_("The organisation is changed. Rolls of open consultations stay as they are."))
    return back_to(url_for("administration.organisation", organisation_id=organisation_id))


def _limit(form: OrganisationForm, found: Organisation) -> None:
    """The choices of a new organisation; the kind that it has, if it is none that this admin could create."""
    chosen = list(form.chambers.data or [])
    with_choices(form)
    form.chambers.data = chosen
    if found.kind not in {value for value, *_rest in form.kind.iter_choices()}:
        form.kind.choices = options({Kind(found.kind): KINDS[Kind(found.kind)]})


def _offered(form: OrganisationForm) -> list[int]:
    return [int(value) for value, *_rest in form.chambers.iter_choices()]


def _page(
    found: Organisation, form: OrganisationForm, numbers: dict[int, str | None], status: int = 200, problem: str = ""
) -> Response:
    page = render_template(
        "administration/edit_organisation.html", organisation=found, form=form, numbers=numbers, problem=problem
    )
    return make_response(page, status)
