"""The forms of the page of the own access."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from ruhrvote.accounts.passwords import NewPassword
from ruhrvote.fields import email_field, options, tidy
from ruhrvote.web import LANGUAGES

CURRENT = {"autocomplete": "current-password", "required": True}  # if the page asks for it


class DetailsForm(FlaskForm):
    """The name that others see, and the language of mail."""

    person = StringField(
        _l("Your name"),
        [InputRequired(_l("Enter your name.")), Length(2, 120)],
        filters=[tidy],
        render_kw={"autocomplete": "name"},
    )
    language = SelectField(_l("Language of e-mail to you"), choices=options(LANGUAGES))


class AddressForm(FlaskForm):
    """A new e-mail address, which is the account's once its link is confirmed."""

    email = email_field(_l("New e-mail address"), "email")
    current = PasswordField(_l("Your present password"), [Length(max=128)], id="address-current", render_kw=CURRENT)


class PasswordForm(FlaskForm):
    """A new password."""

    own_words: tuple[str, ...] = ()

    password = PasswordField(
        _l("New password"),
        [InputRequired(_l("Choose a password.")), NewPassword()],
        render_kw={"autocomplete": "new-password"},
    )
    current = PasswordField(_l("Your present password"), [Length(max=128)], id="password-current", render_kw=CURRENT)


class RemovePasswordForm(FlaskForm):
    """The removal of the password."""

    current = PasswordField(_l("Your present password"), [Length(max=128)], id="remove-current", render_kw=CURRENT)
