"""The form for a letter's code."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from ruhrvote.accounts.typed_codes import Mistyped, read_code

PATTERN = "XXXX-XXXX-XXXX-XXXX"


class CodeForm(FlaskForm):
    """A typed code, the address to go on to, and the kept input of a form that was sent after the login had ended."""

    code = StringField(
        _l("Code from your letter"),
        [
            InputRequired(_l("Enter the code from your letter.")),
            Length(max=100, message=_l("A code has 16 letters and digits.")),
        ],
        render_kw={
            "autocomplete": "off",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "placeholder": PATTERN,
        },
    )
    next = HiddenField(id="code-next")
    kept = HiddenField(id="code-kept")

    def validate_code(self, field: StringField) -> None:
        """Refuse a typing error: the last character is a check character."""
        try:
            read_code(field.data or "")
        except Mistyped as error:
            raise ValidationError(
                _l(
                    "Please check the spelling: a code has 16 letters and digits, in groups of four, and one of yours "
                    "does not fit the others."
                )
            ) from error
