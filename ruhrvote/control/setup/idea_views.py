"""Pages of the list of ideas: taken from the seed, another consultation or a file, or entered one by one."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.consultations.queries import consultations, get_consultation
from ruhrvote.control.setup.forms import LONGEST_IDEA, IdeaForm, ThemeForm, UploadForm
from ruhrvote.control.setup.idea_upload import COLUMNS, MOST_BYTES, IdeaList, check_rows, read_list
from ruhrvote.errors import INVALID, Refused
from ruhrvote.fields import options
from ruhrvote.files.csv import write_csv
from ruhrvote.ideas import actions
from ruhrvote.ideas.lists import copied_list, read_ideas, replace_list
from ruhrvote.ideas.models import Idea
from ruhrvote.ideas.queries import get_idea, get_theme, ideas_of, themes_of
from ruhrvote.web import attachment, back_to, localised, show_page

blueprint = Blueprint("setup_ideas", __name__)

SEED = "seed"  # the value of the form's field for the list that comes with RuhrVote


@blueprint.get("/consultations/<key>/setup/ideas")
@allow(Permission.RUN_CONSULTATION)
def show(key: str) -> Response:
    """Show the list with its themes, and the sources from which it can be taken."""
    return _list_page(key)


@blueprint.post("/consultations/<key>/setup/ideas/source")
@allow(Permission.RUN_CONSULTATION)
def take_from(key: str) -> BaseResponse:
    """Replace the list by that of the seed or of another consultation."""
    source = request.form.get("source", "")
    try:
        if source == SEED:
            seed = read_ideas()
            themes, ideas = seed["theme"], seed["idea"]
        else:
            themes, ideas = copied_list(get_consultation(source, drafts=True).id)
        replace_list(key, themes, ideas, by=current_account().id)
    except Refused as refusal:
        return _list_page(key, refusal)
    return _entered(key, len(ideas))


@blueprint.get("/consultations/<key>/setup/ideas/template.csv")
@allow(Permission.RUN_CONSULTATION)
def template(key: str) -> Response:
    """Download an empty file with the columns of an upload."""
    get_consultation(key, drafts=True)
    return attachment(write_csv([names[0] for names in COLUMNS.values()], []), "ideen.csv", "text/csv; charset=utf-8")


@blueprint.post("/consultations/<key>/setup/ideas/upload")
@allow(Permission.RUN_CONSULTATION, most_bytes=MOST_BYTES)
def upload(key: str) -> BaseResponse:
    """Show the rows of a file and the faulty ones with their lines; nothing is saved yet."""
    form = UploadForm()
    if not form.validate_on_submit():
        return _list_page(key, INVALID, upload_form=form)
    try:
        found = read_list(form.file.data.read(), form.file.data.filename or "")
    except Refused as refusal:
        return _list_page(key, refusal, upload_form=form)
    return _preview_page(key, found)


@blueprint.post("/consultations/<key>/setup/ideas/enter")
@allow(Permission.RUN_CONSULTATION, most_bytes=MOST_BYTES)
def enter(key: str) -> BaseResponse:
    """Replace the list by the good rows of the file that was shown."""
    try:
        rows = json.loads(request.form.get("rows", ""))
        found = check_rows({str(name): str(text) for name, text in row.items()} for row in rows)
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        return _list_page(key, Refused(_("The page sent something that cannot be read. Upload the file again.")))
    themes, ideas = found.as_list()
    try:
        replace_list(key, themes, ideas, by=current_account().id)
    except Refused as refusal:
        return _list_page(key, refusal)
    return _entered(key, len(ideas))


@blueprint.post("/consultations/<key>/setup/themes")
@allow(Permission.RUN_CONSULTATION)
def add_theme(key: str) -> BaseResponse:
    """Add a theme."""
    form = ThemeForm()
    if not form.validate_on_submit():
        return _list_page(key, INVALID, theme_form=form)
    try:
        actions.add_theme(key, **_theme_fields(form), by=current_account().id)
    except Refused as refusal:
        return _list_page(key, refusal, theme_form=form)
    flash(_("The theme is added."))
    return back_to(url_for(".show", key=key))


@blueprint.get("/consultations/<key>/setup/themes/<theme_key>")
@allow(Permission.RUN_CONSULTATION)
def edit_theme(key: str, theme_key: str) -> Response:
    """Show the form for the names of a theme."""
    return _theme_page(key, ThemeForm(obj=get_theme(get_consultation(key, drafts=True).id, theme_key)))


@blueprint.post("/consultations/<key>/setup/themes/<theme_key>")
@allow(Permission.RUN_CONSULTATION)
def save_theme(key: str, theme_key: str) -> BaseResponse:
    """Rename a theme."""
    form = ThemeForm()
    if not form.validate_on_submit():
        return _theme_page(key, form, INVALID)
    try:
        actions.change_theme(key, theme_key, **_theme_fields(form), by=current_account().id)
    except Refused as refusal:
        return _theme_page(key, form, refusal)
    flash(_("The theme is saved."))
    return back_to(url_for(".show", key=key, _anchor=f"theme-{theme_key}"))


@blueprint.post("/consultations/<key>/setup/themes/<theme_key>/place")
@allow(Permission.RUN_CONSULTATION)
def place_theme(key: str, theme_key: str) -> BaseResponse:
    """Move a theme up or down, or remove it when it is empty."""
    by = current_account().id
    try:
        match request.form.get("do"):
            case "up" | "down" as way:
                actions.move_theme(key, theme_key, way == "up", by=by)
            case "remove":
                actions.remove_theme(key, theme_key, by=by)
                flash(_("The theme is removed."))
            case _:
                return _list_page(key, Refused(_("This step does not exist. Reload the page.")))
    except Refused as refusal:
        return _list_page(key, refusal)
    return back_to(url_for(".show", key=key, _anchor=f"theme-{theme_key}"))


@blueprint.get("/consultations/<key>/setup/ideas/new")
@allow(Permission.RUN_CONSULTATION)
def new(key: str) -> Response:
    """Show the form for a new idea."""
    return _idea_page(key, _with_themes(key, IdeaForm(theme=request.args.get("theme"))))


@blueprint.post("/consultations/<key>/setup/ideas/new")
@allow(Permission.RUN_CONSULTATION, most_bytes=LONGEST_IDEA)
def create(key: str) -> BaseResponse:
    """Add an idea to the end of the list."""
    form = _with_themes(key, IdeaForm())
    if not form.validate_on_submit():
        return _idea_page(key, form, None, INVALID)
    try:
        number = actions.add_idea(key, form.theme.data, _texts(form), by=current_account().id)
    except Refused as refusal:
        return _idea_page(key, form, None, refusal)
    flash(_("Idea %(number)d is added.", number=number))
    return back_to(url_for(".show", key=key))


@blueprint.get("/consultations/<key>/setup/ideas/<int:number>")
@allow(Permission.RUN_CONSULTATION)
def edit(key: str, number: int) -> Response:
    """Show the form for the texts of an idea."""
    idea = get_idea(get_consultation(key, drafts=True).id, number)
    return _idea_page(key, _with_themes(key, IdeaForm(obj=idea, theme=idea.theme.key)), idea)


@blueprint.post("/consultations/<key>/setup/ideas/<int:number>")
@allow(Permission.RUN_CONSULTATION, most_bytes=LONGEST_IDEA)
def save(key: str, number: int) -> BaseResponse:
    """Change the texts of an idea; after the opening, the former texts stay readable."""
    form = _with_themes(key, IdeaForm())
    idea = get_idea(get_consultation(key, drafts=True).id, number)
    if not form.validate_on_submit():
        return _idea_page(key, form, idea, INVALID)
    try:
        actions.change_idea(key, number, _texts(form), form.theme.data, by=current_account().id)
    except Refused as refusal:
        idea = get_idea(get_consultation(key, drafts=True).id, number)
        return _idea_page(key, form, idea, refusal)
    flash(_("Idea %(number)d is saved.", number=number))
    return back_to(url_for(".show", key=key))


@blueprint.post("/consultations/<key>/setup/ideas/<int:number>/place")
@allow(Permission.RUN_CONSULTATION)
def place(key: str, number: int) -> BaseResponse:
    """Move or remove an idea of a draft, or retire an idea of an open consultation."""
    by = current_account().id
    try:
        match request.form.get("do"):
            case "up" | "down" as way:
                actions.move_idea(key, number, way == "up", by=by)
            case "remove":
                actions.remove_idea(key, number, by=by)
                flash(_("Idea %(number)d is removed.", number=number))
            case "retire":
                actions.retire_idea(key, number, by=by)
                flash(_("Idea %(number)d is withdrawn. Ballots that have judged it still count.", number=number))
            case _:
                return _list_page(key, Refused(_("This step does not exist. Reload the page.")))
    except Refused as refusal:
        return _list_page(key, refusal)
    return back_to(url_for(".show", key=key, _anchor=f"idea-{number}"))


def _theme_fields(form: ThemeForm) -> dict[str, Any]:
    return {"name_de": form.name_de.data or "", "name_en": form.name_en.data or "", "ranked": form.ranked.data}


def _texts(form: IdeaForm) -> dict[str, str]:
    return {name: getattr(form, name).data or "" for name in actions.IDEA_TEXTS}


def _with_themes(key: str, form: IdeaForm) -> IdeaForm:
    themes = themes_of(get_consultation(key, drafts=True).id)
    form.theme.choices = options({theme.key: localised(theme, "name") for theme in themes})
    return form


def _entered(key: str, number: int) -> BaseResponse:
    flash(ngettext("%(num)d idea is entered.", "%(num)d ideas are entered.", number))
    return back_to(url_for(".show", key=key))


def _idea_page(key: str, form: IdeaForm, idea: Idea | None = None, refusal: Refused | None = None) -> Response:
    return show_page(
        "control/setup/idea.html",
        refusal,
        consultation=get_consultation(key, drafts=True),
        form=form,
        idea=idea,
        here="setup_ideas.show",
    )


def _theme_page(key: str, form: ThemeForm, refusal: Refused | None = None) -> Response:
    return show_page(
        "control/setup/theme.html",
        refusal,
        consultation=get_consultation(key, drafts=True),
        form=form,
        here="setup_ideas.show",
    )


def _preview_page(key: str, found: IdeaList) -> Response:
    rows = json.dumps([{"line": str(row.line), **row.texts} for row in found.good], ensure_ascii=False)
    return show_page(
        "control/setup/upload.html",
        consultation=get_consultation(key, drafts=True),
        found=found,
        rows=rows,
        here="setup_ideas.show",
    )


def _list_page(
    key: str,
    refusal: Refused | None = None,
    *,
    theme_form: ThemeForm | None = None,
    upload_form: UploadForm | None = None,
) -> Response:
    consultation = get_consultation(key, drafts=True)
    return show_page(
        "control/setup/ideas.html",
        refusal,
        consultation=consultation,
        themes=themes_of(consultation.id),
        ideas=ideas_of(consultation.id),
        others=[other for other in consultations(drafts=True) if other.id != consultation.id],
        theme_form=theme_form or ThemeForm(formdata=None),
        upload_form=upload_form or UploadForm(formdata=None),
        here="setup_ideas.show",
    )
