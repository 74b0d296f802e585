"""The admins' pages of organisations and accounts: entered and changed by hand."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import actions, queries
from ruhrvote.accounts.access import Permission, allow, current_account, may, reach_of
from ruhrvote.accounts.factors.actions import reset_factors
from ruhrvote.accounts.factors.queries import with_factors
from ruhrvote.accounts.models import Kind, Organisation, Role
from ruhrvote.accounts.team.actions import invite_for_chamber
from ruhrvote.accounts.team.queries import invited_by_staff
from ruhrvote.accounts.texts import KINDS, ROLES
from ruhrvote.consultations import actions as consultations
from ruhrvote.consultations.queries import consultations as visible_consultations
from ruhrvote.consultations.queries import roll_entry
from ruhrvote.errors import INVALID, Refused, Unknown
from ruhrvote.fields import options
from ruhrvote.members.forms import AccountForm, OrganisationForm
from ruhrvote.web import back_to, page_number, render, show_page

blueprint = Blueprint("members", __name__)

PER_PAGE = 50


@blueprint.get("/organisations")
@allow(Permission.MANAGE_ORGANISATIONS)
def organisations() -> Response:
    """The organisations in the admin's reach, searched by name."""
    text, kind = request.args.get("q", "").strip()[:100], request.args.get("kind", "")
    account = current_account()
    return render(
        "members/organisations.html",
        "members/_organisations.html",
        page=queries.search_organisations(reach_of(account).has_member(), text, kind, page_number(), PER_PAGE),
        text=text,
        kind=kind,
        kinds=KINDS,
    )


@blueprint.get("/organisations/new")
@allow(Permission.MANAGE_ORGANISATIONS)
def new_organisation() -> Response:
    """The form for an organisation."""
    return _organisation_form(with_choices(OrganisationForm()))


@blueprint.post("/organisations/new")
@allow(Permission.MANAGE_ORGANISATIONS)
def create_organisation() -> BaseResponse:
    """Create an organisation by hand; a chamber admin only as member of the own chamber."""
    form = with_choices(OrganisationForm())
    if not form.validate_on_submit():
        return _organisation_form(form, INVALID)
    try:
        organisation_id = actions.create_organisation(
            kind=Kind(form.kind.data),
            name=form.name.data or "",
            chamber_ids=list(form.chambers.data or []),
            municipality_id=form.municipality.data or None,
            sector=form.sector.data or None,
            size_class=form.size_class.data or None,
            address=form.address(),
            member_numbers=form.member_numbers(request.form),
            by=current_account().id,
        )
    except Refused as refusal:
        return _organisation_form(form, refusal)
    flash(_("The organisation is created. Invite somebody to an account now, or send a letter."))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


def with_choices(form: OrganisationForm) -> OrganisationForm:
    """Limit the choices to the admin's reach: a chamber admin creates firms of the own chamber."""
    account = current_account()
    reach = reach_of(account)
    chambers = [c for c in queries.organisations_of_kind(Kind.CHAMBER) if reach.includes_chamber(c.id)]
    if reach.chamber_id is not None:
        form.kind.choices = options({Kind.FIRM: KINDS[Kind.FIRM]})
        form.chambers.data = [account.organisation_id]
    form.chambers.choices = options({chamber.id: chamber.name for chamber in chambers})
    municipalities = queries.organisations_of_kind(Kind.MUNICIPALITY)
    form.municipality.choices = options({0: _("not known")} | {place.id: place.name for place in municipalities})
    return form


def _organisation_form(form: OrganisationForm, refusal: Refused | None = None) -> Response:
    return show_page("members/new_organisation.html", refusal, form=form, numbers=form.member_numbers(request.form))


@blueprint.get("/organisations/<int:organisation_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def organisation(organisation_id: int) -> Response:
    """One organisation, its accounts, and whether it takes part."""
    found = get_in_reach(organisation_id)
    return _organisation_page(found, _account_form(found))


@blueprint.post("/organisations/<int:organisation_id>/accounts")
@allow(Permission.MANAGE_ORGANISATIONS)
def invite(organisation_id: int) -> BaseResponse:
    """Invite somebody to an account; nobody else chooses its password."""
    found = get_in_reach(organisation_id)
    form = _account_form(found)
    if not form.validate_on_submit():
        return _organisation_page(found, form, INVALID)
    try:
        email = form.address(found.contact_email)
        invite_for_chamber(
            organisation_id,
            email=email,
            person=form.person.data or "",
            role=Role(form.role.data),
            by=current_account().id,
        )
    except Refused as refusal:
        return _organisation_page(get_in_reach(organisation_id), form, refusal)
    flash(_("An invitation goes to %(email)s. Only whoever receives it can set up the account.", email=email))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/roll")
@allow(Permission.RUN_CONSULTATION)
def add_to_roll(organisation_id: int) -> BaseResponse:
    """Let an organisation take part in a consultation that is open already."""
    get_in_reach(organisation_id)
    consultations.add_to_roll(request.form.get("consultation", ""), organisation_id, by=current_account().id)
    flash(_("The organisation may take part from now on."))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/accounts/<int:account_id>/second-factor")
@allow(Permission.RUN_CONSULTATION)
def reset_second_factor(organisation_id: int, account_id: int) -> BaseResponse:
    """Take the second factors from somebody who has lost them; they set up new ones at the next login."""
    found = get_in_reach(organisation_id)
    account = next((account for account in queries.accounts_of(organisation_id) if account.id == account_id), None)
    if account is None:
        raise Unknown(_("There is no such account in this organisation."))
    person = account.person
    try:
        reset_factors(account_id, by=current_account().id)
    except Refused as refusal:
        return _organisation_page(found, _account_form(found), refusal)
    flash(_("%(person)s sets up a new second factor at the next login.", person=person))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


def _account_form(found: Organisation) -> AccountForm:
    """The form with the roles on offer: only for a chamber do people do more than vote. Teams name their signatory."""
    form = AccountForm()
    every = may(Permission.RUN_CONSULTATION) and found.kind == Kind.CHAMBER
    # A further consultation admin is proposed and confirmed by two: accounts/admins/.
    by_two = (*queries.TEAM, Role.CONSULTATION_ADMIN)
    roles = {role: ROLES[role] for role in Role if role == Role.VOTER or (every and role not in by_two)}
    form.role.choices = options(roles)
    if form.role.data is None:
        form.role.data = Role.VOTER
    return form


def get_in_reach(organisation_id: int) -> Organisation:
    """The organisation; raises Unknown for one that this admin does not reach."""
    found = queries.get_organisation(organisation_id)
    if found is None or not reach_of(current_account()).includes(found):
        raise Unknown(_("There is no such organisation in your reach."))
    return found


def _organisation_page(found: Organisation, form: AccountForm, refusal: Refused | None = None) -> Response:
    visible = visible_consultations()
    rounds = [one for one in visible if not one.has_closed] or visible[:1]
    people = queries.accounts_of(found.id)
    return show_page(
        "members/organisation.html",
        refusal,
        organisation=found,
        memberships=queries.memberships_of(found.id),
        accounts=people,
        with_factors=with_factors([account.id for account in people]) if may(Permission.RUN_CONSULTATION) else set(),
        form=form,
        invited=invited_by_staff(found.id),
        rounds=[(one, roll_entry(one.id, found.id) is not None) for one in rounds],
        kinds=KINDS,
        roles=ROLES,
    )


@blueprint.get("/organisations/<int:organisation_id>/edit")
@allow(Permission.MANAGE_ORGANISATIONS)
def edit(organisation_id: int) -> Response:
    """The form with an organisation's details as they are."""
    found = get_in_reach(organisation_id)
    form = OrganisationForm(formdata=None, obj=found)
    form.municipality.data = found.municipality_id or 0  # the organisation's own attribute is the place itself
    memberships = {chamber.id: number for chamber, number in queries.memberships_of(found.id)}
    _limit_choices(form, found)
    form.chambers.data = [number for number in memberships if number in _offered(form)]
    return _edit_page(found, form, memberships)


@blueprint.post("/organisations/<int:organisation_id>/edit")
@allow(Permission.MANAGE_ORGANISATIONS)
def save(organisation_id: int) -> BaseResponse:
    """Keep the details; memberships in chambers that this admin does not reach stay."""
    found = get_in_reach(organisation_id)
    form = OrganisationForm()
    _limit_choices(form, found)
    numbers = form.member_numbers(request.form)
    if not form.validate_on_submit():
        return _edit_page(found, form, numbers, INVALID)
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
        return _edit_page(found, form, numbers, refusal)
    flash(_("The organisation is changed. Rolls of open consultations stay as they are."))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


def _limit_choices(form: OrganisationForm, found: Organisation) -> None:
    """The choices of a new organisation; the kind that it has, if it is none that this admin could create."""
    chosen = list(form.chambers.data or [])
    with_choices(form)
    form.chambers.data = chosen
    if found.kind not in {value for value, *_rest in form.kind.iter_choices()}:
        form.kind.choices = options({Kind(found.kind): KINDS[Kind(found.kind)]})


def _offered(form: OrganisationForm) -> list[int]:
    return [int(value) for value, *_rest in form.chambers.iter_choices()]


def _edit_page(
    found: Organisation, form: OrganisationForm, numbers: dict[int, str | None], refusal: Refused | None = None
) -> Response:
    return show_page(
        "members/edit_organisation.html",
        refusal,
        organisation=found,
        form=form,
        numbers=numbers,
    )
