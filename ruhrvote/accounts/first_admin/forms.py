"""The form of the first admin."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from ruhrvote.accounts.forms import NewPassword, email_field, tidy


class FirstAdminForm(FlaskForm):
    """Code, person and password; the choices of chambers are set by the view."""

    code = StringField(
        _l("Code from the start of the server"),
        [InputRequired(_l("Enter the code that the server printed when it started.")), Length(max=40)],
        filters=[tidy],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    person = StringField(_l("Your name"), [InputRequired(_l("Enter a name.")), Length(2, 120)], filters=[tidy])
    email = email_field(_l("E-mail address"), "username")
    organisation = SelectField(_l("Chamber that you work for"), coerce=int)
    password = PasswordField(
        _l("Password"),
        [
            InputRequired(_l("Choose a password.")),
            NewPassword(),
        ],
        render_kw={"autocomplete": "new-password"},
    )
