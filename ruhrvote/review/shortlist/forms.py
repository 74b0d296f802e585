"""The forms of the shortlist."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length, NumberRange

from ruhrvote.comments.text import tidy
from ruhrvote.review.shortlist.texts import STEPS

LONGEST = 2000


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
