"""Forms of second factors: giving one, setting one up."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from ruhrvote.accounts.factors.actions import is_code
from ruhrvote.fields import tidy


class Onward(FlaskForm):
    """Where to go afterwards, and what was sent before the second factor was given."""

    next = HiddenField()
    kept = HiddenField()


class CodeForm(Onward):
    """A code of the app, or a recovery code."""

    code = StringField(
        _l("Code"),
        [InputRequired(_l("Enter a code.")), Length(max=60)],
        filters=[tidy],
        render_kw={"autocomplete": "one-time-code", "spellcheck": "false", "autocapitalize": "characters"},
    )

    def validate_code(self, field: StringField) -> None:
        """Name a typing error as one, so that it costs no attempt."""
        if not is_code(field.data or ""):
            raise ValidationError(
                _l("A code of the app has 6 digits, a recovery code 16 letters and digits. Please check the spelling.")
            )


class AppForm(Onward):
    """The first code of an authenticator app; `sealed` carries the secret that the page offers."""

    sealed = HiddenField()
    code = StringField(
        _l("Code that the app shows"),
        [InputRequired(_l("Enter the six digits that the app shows.")), Length(max=20)],
        filters=[tidy],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )


class PasskeyForm(Onward):
    """A passkey's name; a script puts in what the browser has made."""

    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])
    name = StringField(
        _l("Name of the passkey"),
        [InputRequired(_l("Enter a name, such as the device's.")), Length(max=60)],
        filters=[tidy],
        render_kw={"autocomplete": "off"},
    )


class PasskeyAnswerForm(Onward):
    """What a passkey has signed."""

    credential = HiddenField(validators=[InputRequired(), Length(max=20_000)])
