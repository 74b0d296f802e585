"""The admins' pages: organisations and accounts, the rules and the life of a consultation."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import actions as accounts
from ruhrvote.accounts import queries
from ruhrvote.accounts.access import Permission, allow, current_account, may
from ruhrvote.accounts.models import Kind, Organisation, Role
from ruhrvote.administration import actions
from ruhrvote.administration.forms import KINDS, ROLES, AccountForm, OrganisationForm, RulesForm, options
from ruhrvote.ballots.queries import received_by_group
from ruhrvote.consultations import actions as consultations
from ruhrvote.consultations.models import ReleasePolicy, Weighting
from ruhrvote.consultations.queries import current_consultation, eligible_by_group, get_consultation, roll_entry
from ruhrvote.errors import Refused, Unknown
from ruhrvote.web import TIME_ZONE, back_to, page_number, render

blueprint = Blueprint("administration", __name__)

PER_PAGE = 50


@blueprint.get("/organisations")
@allow(Permission.MANAGE_ORGANISATIONS)
def organisations() -> Response:
    """The organisations in the admin's reach, searched by name."""
    text, kind = request.args.get("q", "").strip()[:100], request.args.get("kind", "")
    page = page_number()
    account = current_account()
    chamber_id = None if account.role == Role.CONSULTATION_ADMIN else account.organisation_id
    found, total = queries.search_organisations(text, kind, chamber_id, page, PER_PAGE)
    return render(
        "administration/organisations.html",
        "administration/_organisations.html",
        organisations=found,
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        text=text,
        kind=kind,
        kinds=KINDS,
    )


@blueprint.get("/organisations/new")
@allow(Permission.MANAGE_ORGANISATIONS)
def new_organisation() -> Response:
    """The form for an organisation."""
    return _organisation_form(_with_choices(OrganisationForm()))


@blueprint.post("/organisations/new")
@allow(Permission.MANAGE_ORGANISATIONS)
def create_organisation() -> BaseResponse:
    """Create an organisation by hand; a chamber admin only as member of the own chamber."""
    form = _with_choices(OrganisationForm())
    if not form.validate_on_submit():
        return _organisation_form(form, 422)
    try:
        organisation_id = accounts.create_organisation(
            kind=Kind(form.kind.data),
            name=form.name.data or "",
            chamber_ids=list(form.chambers.data or []),
            municipality_id=form.municipality.data or None,
            sector=form.sector.data or None,
            size_class=form.size_class.data or None,
        )
    except Refused as refusal:
        return _organisation_form(form, refusal.status, str(refusal.message))
    flash(_("The organisation is created. Give it an account now."))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


def _with_choices(form: OrganisationForm) -> OrganisationForm:
    """Limit the choices to the admin's reach: a chamber admin creates firms of the own chamber."""
    account = current_account()
    chambers = queries.organisations_of_kind(Kind.CHAMBER)
    if account.role != Role.CONSULTATION_ADMIN:
        chambers = [chamber for chamber in chambers if chamber.id == account.organisation_id]
        form.kind.choices = options({Kind.FIRM: KINDS[Kind.FIRM]})
        form.chambers.data = [account.organisation_id]
    form.chambers.choices = options({chamber.id: chamber.name for chamber in chambers})
    municipalities = queries.organisations_of_kind(Kind.MUNICIPALITY)
    form.municipality.choices = options({0: _("not known")} | {place.id: place.name for place in municipalities})
    return form


def _organisation_form(form: OrganisationForm, status: int = 200, problem: str = "") -> Response:
    return make_response(render_template("administration/new_organisation.html", form=form, problem=problem), status)


@blueprint.get("/organisations/<int:organisation_id>")
@allow(Permission.MANAGE_ORGANISATIONS)
def organisation(organisation_id: int) -> Response:
    """One organisation, its accounts, and whether it takes part."""
    found = _in_reach(organisation_id)
    return _organisation_page(found, _account_form(found))


@blueprint.post("/organisations/<int:organisation_id>/accounts")
@allow(Permission.MANAGE_ORGANISATIONS)
def create_account(organisation_id: int) -> BaseResponse:
    """Create an account for an organisation by hand."""
    found = _in_reach(organisation_id)
    form = _account_form(found)
    if not form.validate_on_submit():
        return _organisation_page(found, form, 422)
    try:
        accounts.create_account(
            organisation_id=organisation_id,
            email=form.email.data or "",
            person=form.person.data or "",
            role=Role(form.role.data),
            password=form.password.data or "",
        )
    except Refused as refusal:
        return _organisation_page(_in_reach(organisation_id), form, refusal.status, str(refusal.message))
    flash(_("The account is created. Pass on the first password safely."))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


@blueprint.post("/organisations/<int:organisation_id>/roll")
@allow(Permission.RUN_CONSULTATION)
def add_to_roll(organisation_id: int) -> BaseResponse:
    """Let an organisation take part in a consultation that is open already."""
    _in_reach(organisation_id)
    consultations.add_to_roll(request.form.get("consultation", ""), organisation_id)
    flash(_("The organisation may take part from now on."))
    return back_to(url_for(".organisation", organisation_id=organisation_id))


def _account_form(found: Organisation) -> AccountForm:
    """The form with the roles on offer: only for a chamber do people do more than vote."""
    form = AccountForm()
    every = may(Permission.RUN_CONSULTATION) and found.kind == Kind.CHAMBER
    roles = ROLES if every else {Role.VOTER: ROLES[Role.VOTER]}
    form.role.choices = options(roles)
    if form.role.data is None:
        form.role.data = Role.VOTER
    return form


def _in_reach(organisation_id: int) -> Organisation:
    found = queries.get_organisation(organisation_id)
    if found is None or not queries.in_reach(current_account(), found):
        raise Unknown(_("There is no such organisation in your reach."))
    return found


def _organisation_page(found: Organisation, form: AccountForm, status: int = 200, problem: str = "") -> Response:
    consultation = current_consultation()
    takes_part = consultation is not None and roll_entry(consultation.id, found.id) is not None
    page = render_template(
        "administration/organisation.html",
        organisation=found,
        accounts=queries.accounts_of(found.id),
        form=form,
        consultation=consultation,
        takes_part=takes_part,
        problem=problem,
        kinds=KINDS,
        roles=ROLES,
    )
    return make_response(page, status)


@blueprint.get("/consultations/<key>/control")
@allow(Permission.RUN_CONSULTATION)
def control(key: str) -> Response:
    """The control room: where the consultation stands and the next step in its life."""
    return _control_page(key)


@blueprint.post("/consultations/<key>/rules")
@allow(Permission.RUN_CONSULTATION)
def set_rules(key: str) -> BaseResponse:
    """Set the rules of a draft."""
    form = RulesForm()
    if not form.validate_on_submit():
        return _control_page(key, form, 422)
    try:
        consultations.set_rules(
            key,
            release_policy=ReleasePolicy(form.release_policy.data),
            weighting=Weighting(form.weighting.data),
            quorum_percent=form.quorum_percent.data or 0,
            quorum_minimum=form.quorum_minimum.data or 1,
            closes_at=form.closes_at(),
        )
    except Refused as refusal:
        return _control_page(key, form, refusal.status, str(refusal.message))
    flash(_("The rules are saved."))
    return back_to(url_for(".control", key=key))


@blueprint.post("/consultations/<key>/open")
@allow(Permission.RUN_CONSULTATION)
def open_(key: str) -> BaseResponse:
    """Open a draft: its rules and its roll stand from now on."""
    return _step(key, actions.open_consultation, _("The consultation is open."))


@blueprint.post("/consultations/<key>/close")
@allow(Permission.RUN_CONSULTATION)
def close(key: str) -> BaseResponse:
    """Close an open consultation: no ballot counts from now on."""
    return _step(key, consultations.close_consultation, _("The consultation is closed."))


@blueprint.post("/consultations/<key>/publish")
@allow(Permission.RUN_CONSULTATION)
def publish(key: str) -> BaseResponse:
    """Publish the result of a closed consultation."""
    return _step(key, consultations.publish_consultation, _("The result is published."))


def _step(key: str, action, done: str) -> BaseResponse:  # type: ignore[no-untyped-def]
    if request.form.get("sure") != "yes":
        return _control_page(key, status=422, problem=_("Please confirm the step by ticking the box above the button."))
    try:
        action(key)
    except Refused as refusal:
        return _control_page(key, status=refusal.status, problem=str(refusal.message))
    flash(done)
    return back_to(url_for(".control", key=key))


def _control_page(key: str, form: RulesForm | None = None, status: int = 200, problem: str = "") -> Response:
    consultation = get_consultation(key, drafts=True)
    if form is None:
        closes_at = consultation.closes_at
        # The moment of closing is the midnight after the last day.
        last_day = closes_at.astimezone(TIME_ZONE).date() - timedelta(days=1) if closes_at else None
        form = RulesForm(formdata=None, obj=consultation, last_day=last_day)
    page = render_template(
        "administration/control.html",
        consultation=consultation,
        eligible=eligible_by_group(consultation.id),
        received=received_by_group(consultation.id),
        form=form,
        problem=problem,
    )
    return make_response(page, status)
