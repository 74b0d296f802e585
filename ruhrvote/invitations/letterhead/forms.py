"""Forms of letterheads and texts."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from ruhrvote.fields import tidy

MOST_LINES = 9  # of the information block


def tidy_lines(text: str | None) -> str:
    """Several lines without surplus space, and without empty ones at both ends."""
    lines = (tidy(line) for line in (text or "").splitlines())
    return "\n".join(lines).strip("\n")


class LetterheadForm(FlaskForm):
    """What is on all letters of a chamber beside their text."""

    return_line = StringField(
        _l("Return address, in one line"),
        [InputRequired(_l("Enter where letters come back to.")), Length(max=120)],
        filters=[tidy],
    )
    contact = TextAreaField(
        _l("Sender and contact"),
        [InputRequired(_l("Enter who writes and how to reach you.")), Length(max=600)],
        filters=[tidy_lines],
        render_kw={"rows": 7},
    )
    place = StringField(_l("Place, before the date"), [Length(max=60)], filters=[tidy])
    signatory = StringField(
        _l("Who signs"), [InputRequired(_l("Enter who signs the letters.")), Length(max=100)], filters=[tidy]
    )
    function = StringField(_l("Function of who signs"), [Length(max=100)], filters=[tidy])
    logo = FileField(_l("Logo"), render_kw={"accept": "image/png,image/jpeg"})
    no_logo = BooleanField(_l("Take the logo away"))
    signature = FileField(_l("Picture of the signature"), render_kw={"accept": "image/png,image/jpeg"})
    no_signature = BooleanField(_l("Take the signature away"))

    def validate_contact(self, field: TextAreaField) -> None:
        """Refuse more lines than the block beside the address holds."""
        if len((field.data or "").split("\n")) > MOST_LINES:
            raise ValidationError(_("Enter nine lines at most."))


class WordingForm(FlaskForm):
    """A subject and a body."""

    subject = StringField(_l("Subject"), [InputRequired(_l("Enter a subject.")), Length(max=200)], filters=[tidy])
    body = TextAreaField(
        _l("Text"),
        [InputRequired(_l("Enter a text.")), Length(max=3000)],
        filters=[tidy_lines],
        render_kw={"rows": 16},
    )
