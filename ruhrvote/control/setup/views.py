"""Pages of the set-up's steps, except the ideas, which are in `idea_views`."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.consultations import actions
from ruhrvote.consultations.models import ReleasePolicy, Weighting
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.consultations.versions import TEXTS
from ruhrvote.control.setup.consequences import consequences
from ruhrvote.control.setup.forms import DatesForm, NewForm, RulesForm, TextsForm, written_local
from ruhrvote.drafts.workspace import preview_workspace
from ruhrvote.errors import INVALID, Refused, Unknown
from ruhrvote.web import back_to, show_page

blueprint = Blueprint("setup", __name__)

# The steps of the set-up in order, by endpoint.
WAY = {
    "setup.texts": _l("Texts"),
    "setup_ideas.show": _l("Ideas"),
    "setup.rules": _l("Rules"),
    "setup.groups": _l("Groups and weight"),
    "setup.dates": _l("Dates"),
    "setup.preview": _l("Preview"),
    "control.control": _l("Checklist and opening"),
}


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """The steps of the set-up for all templates; the last one is the control room."""
    return {"SETUP_WAY": WAY}


@blueprint.get("/consultations/new")
@allow(Permission.RUN_CONSULTATION)
def new() -> Response:
    """Show the form for a new consultation."""
    return _new_page(NewForm())


@blueprint.post("/consultations/new")
@allow(Permission.RUN_CONSULTATION)
def create() -> BaseResponse:
    """Create a draft and go on with its texts."""
    form = NewForm()
    if not form.validate_on_submit():
        return _new_page(form, INVALID)
    given = {name: getattr(form, name).data or "" for name in ("key", "title_de", "title_en")}
    try:
        actions.create_consultation(**given, by=current_account().id)
    except Refused as refusal:
        return _new_page(form, refusal)
    flash(_("The draft is there. Only consultation admins see it."))
    return back_to(url_for(".texts", key=given["key"]))


@blueprint.get("/consultations/<key>/setup/texts")
@allow(Permission.RUN_CONSULTATION)
def texts(key: str) -> Response:
    """Show the form for title, introduction and source."""
    return _page(key, "texts", TextsForm(obj=get_consultation(key, drafts=True)))


@blueprint.post("/consultations/<key>/setup/texts")
@allow(Permission.RUN_CONSULTATION)
def save_texts(key: str) -> BaseResponse:
    """Set title, introduction and source."""
    form = TextsForm()
    if not form.validate_on_submit():
        return _page(key, "texts", form, INVALID)
    given = {name: getattr(form, name).data or "" for name in TEXTS}
    try:
        actions.set_texts(key, given, by=current_account().id)
    except Refused as refusal:
        return _page(key, "texts", form, refusal)
    flash(_("The texts are saved."))
    return back_to(_following(key, "setup.texts"))


@blueprint.get("/consultations/<key>/setup/rules")
@allow(Permission.RUN_CONSULTATION)
def rules(key: str) -> Response:
    """Show the form for the rules: release policy, weighting and quorum."""
    return _page(key, "rules", RulesForm(obj=get_consultation(key, drafts=True)))


@blueprint.post("/consultations/<key>/setup/rules")
@allow(Permission.RUN_CONSULTATION)
def save_rules(key: str) -> BaseResponse:
    """Set the rules of a draft."""
    form = RulesForm()
    if not form.validate_on_submit():
        return _page(key, "rules", form, INVALID)
    try:
        actions.set_rules(
            key,
            release_policy=ReleasePolicy(form.release_policy.data),
            weighting=Weighting(form.weighting.data),
            quorum_percent=form.quorum_percent.data or 0,
            quorum_minimum=form.quorum_minimum.data or 1,
            objection_days=form.objection_days.data or 0,
            by=current_account().id,
        )
    except Refused as refusal:
        return _page(key, "rules", form, refusal)
    flash(_("The rules are saved."))
    return back_to(_following(key, "setup.rules"))


@blueprint.get("/consultations/<key>/setup/groups")
@allow(Permission.RUN_CONSULTATION)
def groups(key: str) -> Response:
    """Show who may take part, which groups are merged, and each group's share of the votes by weighting."""
    return _page(key, "groups")


@blueprint.get("/consultations/<key>/setup/dates")
@allow(Permission.RUN_CONSULTATION)
def dates(key: str) -> Response:
    """Show the form for the dates of opening and closing."""
    consultation = get_consultation(key, drafts=True)
    shown = {name: written_local(getattr(consultation, name)) for name in ("opens_at", "closes_at")}
    return _page(key, "dates", DatesForm(data=shown))


@blueprint.post("/consultations/<key>/setup/dates")
@allow(Permission.RUN_CONSULTATION)
def save_dates(key: str) -> BaseResponse:
    """Set the dates of a draft; if a local time occurs twice, the first is taken, and a message says so."""
    form = DatesForm()
    if not form.validate_on_submit():
        return _page(key, "dates", form, INVALID)
    opens, closes = form.moments
    try:
        actions.set_dates(
            key,
            opens_at=opens.moment if opens else None,
            closes_at=closes.moment if closes else None,
            by=current_account().id,
        )
    except Refused as refusal:
        return _page(key, "dates", form, refusal)
    flash(_("The dates are saved."))
    if any(date and date.twice for date in (opens, closes)):
        flash(
            _(
                "In that night the clocks show this hour twice. The first one counts, in summer time. "
                "Choose another hour if that could be misunderstood."
            )
        )
    return back_to(_following(key, "setup.dates"))


@blueprint.get("/consultations/<key>/setup/preview")
@allow(Permission.RUN_CONSULTATION)
def preview(key: str) -> Response:
    """Show the ballot of one theme as voters will see it; nothing can be saved."""
    work = preview_workspace(key, current_account())
    wanted = request.args.get("theme") or (work.themes[0].key if work.themes else "")
    theme = next((theme for theme in work.themes if theme.key == wanted), None)
    if theme is None and request.args.get("theme"):
        raise Unknown(_("There is no theme at this address."))
    return show_page(
        "control/setup/preview.html",
        consultation=get_consultation(key, drafts=True),
        work=work,
        theme=theme,
        ideas=work.ideas_in(theme) if theme else [],
        following=work.theme_after(theme) if theme else None,
        given={},
        contested=set(),
        changed_by=None,
        changes={},
        here="setup.preview",
    )


def _following(key: str, endpoint: str) -> str:
    """The address of the next step if that button was pressed, else of the same step."""
    pages = list(WAY)
    onward = request.form.get("then") == "next"
    return url_for(pages[pages.index(endpoint) + 1] if onward else endpoint, key=key)


def _new_page(form: NewForm, refusal: Refused | None = None) -> Response:
    return show_page("control/setup/new.html", refusal, form=form)


def _page(key: str, name: str, form: object = None, refusal: Refused | None = None) -> Response:
    consultation = get_consultation(key, drafts=True)
    return show_page(
        f"control/setup/{name}.html",
        refusal,
        consultation=consultation,
        consequences=consequences(consultation),
        form=form,
        here=f"setup.{name}",
    )
