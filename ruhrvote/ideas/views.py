"""Pages to browse the ideas: the list with its filters, and one idea with its note."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import TextAreaField
from wtforms.validators import Length

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation, may_see_drafts, text_versions
from ruhrvote.errors import INVALID
from ruhrvote.ideas import actions
from ruhrvote.ideas.queries import get_idea, ideas_of, search_ideas, themes_of
from ruhrvote.web import back_to, render, show_page

blueprint = Blueprint("ideas", __name__)


class NoteForm(FlaskForm):
    """The note on an idea in both languages: what has happened since the source document was written."""

    note_de = TextAreaField(_l("Note in German"), [Length(max=1000)], render_kw={"rows": 4, "maxlength": 1000})
    note_en = TextAreaField(_l("Note in English"), [Length(max=1000)], render_kw={"rows": 4, "maxlength": 1000})


def _consultation(key: str) -> Consultation:
    return get_consultation(key, drafts=current_user.is_authenticated and may_see_drafts(current_user))


@blueprint.get("/consultations/<key>/ideas")
@allow(Permission.PUBLIC)
def browse(key: str) -> Response:
    """Show the ideas of a theme or of all themes, filtered by text."""
    consultation = _consultation(key)
    text, theme = request.args.get("q", "").strip()[:100], request.args.get("theme", "")
    return render(
        "ideas/list.html",
        "ideas/_list.html",
        consultation=consultation,
        themes=themes_of(consultation.id),
        ideas=search_ideas(consultation.id, text, theme),
        text=text,
        theme_key=theme,
    )


@blueprint.get("/consultations/<key>/ideas/<int:number>")
@allow(Permission.PUBLIC)
def show(key: str, number: int) -> Response:
    """Show one idea with its goal, background and note."""
    consultation = _consultation(key)
    ideas = ideas_of(consultation.id)
    idea = get_idea(consultation.id, number)
    before = next((other for other in reversed(ideas) if other.position < idea.position), None)
    after = next((other for other in ideas if other.position > idea.position), None)
    versions = text_versions(consultation.id, number) if idea.changed_at else ()
    return show_page(
        "ideas/idea.html", consultation=consultation, idea=idea, before=before, after=after, versions=versions
    )


@blueprint.get("/consultations/<key>/ideas/<int:number>/note")
@allow(Permission.RUN_CONSULTATION)
def edit_note(key: str, number: int) -> Response:
    """Show the form for the note on an idea."""
    consultation = get_consultation(key, drafts=True)
    idea = get_idea(consultation.id, number)
    form = NoteForm(obj=idea)
    return show_page("ideas/note.html", consultation=consultation, idea=idea, form=form)


@blueprint.post("/consultations/<key>/ideas/<int:number>/note")
@allow(Permission.RUN_CONSULTATION)
def save_note(key: str, number: int) -> BaseResponse:
    """Set or clear the note on an idea."""
    consultation, form = get_consultation(key, drafts=True), NoteForm()
    if not form.validate_on_submit():
        idea = get_idea(consultation.id, number)
        return show_page("ideas/note.html", INVALID, consultation=consultation, idea=idea, form=form)
    notes = (form.note_de.data or "").strip(), (form.note_en.data or "").strip()
    actions.set_note(consultation.id, number, *notes, by=current_account().id)
    flash(_("The note is saved."))
    return back_to(url_for(".show", key=key, number=number))
