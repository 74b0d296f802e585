"""Forms to propose a consultation admin, and to accept."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from ruhrvote.accounts.passwords import NewPassword
from ruhrvote.fields import email_field, tidy


class ProposeForm(FlaskForm):
    """The person to propose; the view sets the choices of chambers."""

    person = StringField(
        _l("Name of the person"),
        [InputRequired(_l("Enter a name.")), Length(2, 120)],
        filters=[tidy],
        render_kw={"autocomplete": "off"},
    )
    email = email_field(_l("E-mail address"))
    organisation = SelectField(_l("Chamber that the person works for"), coerce=int)


class AcceptForm(FlaskForm):
    """The code of the invitation, or the token of its link, which a script fills in; name and password."""

    own_words: tuple[str, ...] = ()
    secret = StringField(
        _l("Code of the invitation"),
        [InputRequired(_l("Enter the code from your invitation.")), Length(max=100)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )
    person = StringField(
        _l("Your name"),
        [InputRequired(_l("Enter your name.")), Length(2, 120)],
        filters=[tidy],
        render_kw={"autocomplete": "name"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Choose a password.")), NewPassword()],
        render_kw={"autocomplete": "new-password"},
    )
