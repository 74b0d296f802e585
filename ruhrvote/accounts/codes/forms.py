"""The forms for a letter's code, and for the PIN that goes with it."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from ruhrvote.accounts.codes import pins
from ruhrvote.accounts.typed_codes import Mistyped, read_code

DIGITS = _l("A PIN has six digits.")
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


def _pin_field(label: Any, field_id: str) -> StringField:
    typed = {"autocomplete": "off", "inputmode": "numeric", "maxlength": "12", "spellcheck": "false"}
    digits = Regexp(r"^[0-9]{6}$", message=DIGITS)
    return StringField(label, [InputRequired(DIGITS), digits], id=field_id, filters=[_without_spaces], render_kw=typed)


def _without_spaces(typed: str | None) -> str | None:
    return "".join(typed.split()) if typed else typed


class PinForm(CodeForm):
    """The PIN of somebody who comes in again with a code, which the page keeps."""

    code = HiddenField(id="pin-code")
    next = HiddenField(id="pin-next")
    kept = HiddenField(id="pin-kept")
    pin = _pin_field(_l("Your PIN"), "pin")


class NewPinForm(CodeForm):
    """A PIN for somebody who begins with a code; `anew` after somebody else has come in with one."""

    code = HiddenField(id="new-code")
    next = HiddenField(id="new-next")
    kept = HiddenField(id="new-kept")
    anew = HiddenField()
    new_pin = _pin_field(_l("A PIN of six digits"), "new-pin")

    def validate_new_pin(self, field: StringField) -> None:
        """Refuse a PIN that anybody would try first."""
        if pins.is_easy(field.data or ""):
            raise ValidationError(_l("This PIN is easy to guess. Choose one without a pattern."))
