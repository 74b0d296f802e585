"""Forms to invite a colleague and to accept an invitation."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from ruhrvote.accounts.passwords import NewPassword
from ruhrvote.fields import email_field, tidy


class InviteForm(FlaskForm):
    """The person to invite."""

    person = StringField(
        _l("Name of the person"),
        [InputRequired(_l("Enter a name.")), Length(2, 120)],
        filters=[tidy],
        render_kw={"autocomplete": "off"},
    )
    email = email_field(_l("E-mail address"))


class SecretForm(FlaskForm):
    """The code of an invitation, or the token of its link, which a script fills in."""

    secret = StringField(
        _l("Code of the invitation"),
        [InputRequired(_l("Enter the code from your invitation.")), Length(max=100)],
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"},
    )


class JoinForm(FlaskForm):
    """The name and the password of an invited person."""

    own_words: tuple[str, ...] = ()

    secret = HiddenField(validators=[InputRequired(), Length(max=100)])
    person = StringField(
        _l("Your name"),
        [InputRequired(_l("Enter your name.")), Length(2, 120)],
        filters=[tidy],
        render_kw={"autocomplete": "name"},
    )
    password = PasswordField(
        _l("Password"),
        [
            InputRequired(_l("Choose a password.")),
            NewPassword(),
        ],
        render_kw={"autocomplete": "new-password"},
    )
