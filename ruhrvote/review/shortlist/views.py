"""Pages of the chamber's shortlist, and the public page of what becomes of the ideas."""

from __future__ import annotations

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, IntegerField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length, NumberRange

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments.text import tidy
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import INVALID, Refused
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.boards import OVERALL, make_board
from ruhrvote.review.shortlist import actions
from ruhrvote.review.shortlist.models import OutcomeStatus, ShortlistEntry
from ruhrvote.review.shortlist.queries import get_entry, published_outcomes, shortlist_of
from ruhrvote.review.shortlist.texts import STEPS
from ruhrvote.web import back_to, show_page

LONGEST = 2000

blueprint = Blueprint("shortlist", __name__)


class AddForm(FlaskForm):
    """The idea to put on the list."""

    number = IntegerField(_l("Idea"), [InputRequired(_l("Choose an idea.")), NumberRange(1, 999_999_999)])


class EntryForm(FlaskForm):
    """The status of an idea, the chamber's own note, and the public text."""

    step = SelectField(_l("Status"), choices=[SelectChoice(step, name) for step, name in STEPS.items()])
    note = TextAreaField(
        _l("Note for your chamber"),
        [Length(max=LONGEST, message=_l("A note has at most %(max)d characters."))],
        filters=[tidy],
    )
    outcome = TextAreaField(
        _l("What becomes of the idea, for everybody"),
        [Length(max=LONGEST, message=_l("This text has at most %(max)d characters."))],
        filters=[tidy],
    )
    published = BooleanField(_l("Publish status and text on “What becomes of the ideas”"))


@blueprint.get("/consultations/<key>/shortlist")
@allow(Permission.REVIEW)
def show(key: str) -> Response:
    """Show the chamber's shortlist with a form for each idea."""
    return _page(get_consultation(key), AddForm(data={"number": request.args.get("idea", type=int)}))


@blueprint.post("/consultations/<key>/shortlist")
@allow(Permission.REVIEW)
def add(key: str) -> BaseResponse:
    """Put an idea on the list."""
    consultation, form = get_consultation(key), AddForm()
    if not form.validate_on_submit():
        return _page(consultation, form, refusal=INVALID)
    number = form.number.data or 0
    actions.put_on_shortlist(consultation, current_account(), number)
    return back_to(url_for(".show", key=key) + f"#entry-{number}")


@blueprint.post("/consultations/<key>/shortlist/<int:number>")
@allow(Permission.REVIEW)
def save(key: str, number: int) -> BaseResponse:
    """Save status, note and public text of an idea."""
    consultation, form = get_consultation(key), _entry_form(number)
    get_entry(consultation.id, current_account().organisation_id, number)
    if not form.validate_on_submit():
        return _page(consultation, AddForm(formdata=None), (number, form), refusal=INVALID)
    try:
        actions.save_entry(
            consultation,
            current_account(),
            number,
            step=OutcomeStatus(form.step.data),
            note=form.note.data or "",
            outcome=form.outcome.data or "",
            published=bool(form.published.data),
        )
    except Refused as refusal:
        return _page(consultation, AddForm(formdata=None), (number, form), refusal)
    flash(_("Saved."))
    return back_to(url_for(".show", key=key) + f"#entry-{number}")


@blueprint.post("/consultations/<key>/shortlist/<int:number>/remove")
@allow(Permission.REVIEW)
def remove(key: str, number: int) -> BaseResponse:
    """Take an idea off the list."""
    actions.take_off_shortlist(get_consultation(key), current_account(), number)
    flash(_("The idea is off your shortlist."))
    return back_to(url_for(".show", key=key))


@blueprint.get("/consultations/<key>/outcome")
@allow(Permission.PUBLIC)
def outcome(key: str) -> Response:
    """Show what chambers have published about what becomes of the ideas."""
    consultation = get_consultation(key)
    return show_page(
        "review/shortlist/outcome.html",
        consultation=consultation,
        entries=published_outcomes(consultation.id),
        steps=STEPS,
    )


def _page(
    consultation: Consultation,
    add_form: AddForm,
    failed: tuple[int, EntryForm] | None = None,
    refusal: Refused | None = None,
) -> Response:
    """The page of the list; `failed` are number and form of an idea that could not be saved, with the input."""
    entries = shortlist_of(consultation.id, current_account().organisation_id)
    forms = {entry.idea.number: _entry_form(entry.idea.number, entry) for entry in entries}
    if failed:
        forms[failed[0]] = failed[1]
    listed = {entry.idea_id for entry in entries}
    return show_page(
        "review/shortlist/shortlist.html",
        refusal,
        consultation=consultation,
        entries=entries,
        forms=forms,
        failed=failed[0] if failed else 0,
        add_form=add_form,
        ideas=[idea for idea in ideas_of(consultation.id) if idea.id not in listed],
        ranks={row.idea.id: row for row in make_board(consultation, OVERALL).idea_rows},
        steps=STEPS,
    )


def _entry_form(number: int, entry: ShortlistEntry | None = None) -> EntryForm:
    """The form of one idea, filled from `entry`, or from the request without one."""
    prefix = f"idea-{number}"
    if entry is None:
        return EntryForm(prefix=prefix)
    said = {"step": entry.step, "note": entry.note, "outcome": entry.outcome}
    return EntryForm(formdata=None, prefix=prefix, data=said | {"published": entry.published_at is not None})
