"""The login form, and what the forms of all features read alike: a line of text, choices, a new password."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, HiddenField, PasswordField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import Email, InputRequired, Length, ValidationError

from ruhrvote.accounts.password_rules import refusal

IS_ADDRESS = Email(_l("This is not an e-mail address."), allow_empty_local=False)


def tidy(text: str | None) -> str:
    """One line without surplus space or anything invisible."""
    seen = (character for character in text or "" if character.isprintable() or character.isspace())
    return " ".join("".join(seen).split())


def options(names: Mapping[Any, str | LazyString]) -> list[Any]:
    """What a field offers: values and their names, which may wait for the language of the page."""
    return [SelectChoice(value, name) for value, name in names.items()]


def email_field(label: LazyString, autocomplete: str = "off", **more: Any) -> StringField:
    """A field for an e-mail address that must be given."""
    return StringField(
        label,
        [InputRequired(_l("Enter an e-mail address.")), IS_ADDRESS, Length(max=254)],
        filters=[tidy],
        render_kw={"type": "email", "autocomplete": autocomplete, "spellcheck": "false"},
        **more,
    )


class LoginForm(FlaskForm):
    """E-mail address and password, where to go afterwards, and what was sent when the login had ended."""

    email = StringField(
        _l("E-mail address or access number"),
        [InputRequired(_l("Enter the e-mail address of your account.")), Length(max=254)],
        render_kw={"autocomplete": "username", "inputmode": "email", "spellcheck": "false", "autocapitalize": "none"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password.")), Length(max=128)],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
    kept = HiddenField()


class NewPassword:
    """The validator of every field in which a password is chosen; the view may give the form its `own_words`."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Refuse a password that is too short, too long or among the first that somebody would try."""
        own = [str(form[name].data or "") for name in ("person", "email") if name in form]
        problem = refusal(field.data or "", [*getattr(form, "own_words", ()), *own])
        if problem is not None:
            raise ValidationError(problem)
