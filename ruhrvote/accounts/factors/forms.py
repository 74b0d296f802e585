"""Forms to enter a second factor and to set one up."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from ruhrvote.accounts.factors.actions import is_code
from ruhrvote.fields import tidy


class ContinueForm(FlaskForm):
    """The address to go on to, and the kept input of a form that was sent before the second factor was given."""

    next = HiddenField()
    kept = HiddenField()


class CodeForm(ContinueForm):
    """A code of the authenticator app, or a recovery code."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter a code.")), Length(max=60)],
        filters=[tidy],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"},
    )

    def validate_code(self, field: StringField) -> None:
        """Refuse a typing error, so that it does not count as an attempt."""
        if not is_code(field.data or ""):
            raise ValidationError(
                _l("A code of the app has 6 digits, a recovery code 16 letters and digits. Please check the spelling.")
            )


class AppForm(ContinueForm):
    """The first code of an authenticator app; `sealed` has the encrypted secret that the page offers."""

    sealed = HiddenField()
    code = StringField(
        _l("Code that the app shows"),
        [InputRequired(_l("Enter the six digits that the app shows.")), Length(max=20)],
        filters=[tidy],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )


class PasskeyForm(ContinueForm):
    """A new passkey: its name, and the credential, which a script fills in."""

    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])
    name = StringField(
        _l("Name of the passkey"),
        [InputRequired(_l("Enter a name, such as the device's.")), Length(max=60)],
        filters=[tidy],
        render_kw={"autocomplete": "off"},
    )


class PasskeyAnswerForm(ContinueForm):
    """The signed answer of a passkey."""

    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])
