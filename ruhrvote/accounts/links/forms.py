"""The forms of links by e-mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from ruhrvote.fields import email_field


class LinkForm(FlaskForm):
    """To which address a link shall go."""

    email = email_field(_l("E-mail address"), "email", id="link-email")
    next = HiddenField(id="link-next")


class TokenForm(FlaskForm):
    """The token of a link, which a script takes from behind the #, or a person copies from the mail."""

    token = StringField(
        _l("Code from the e-mail"),
        [InputRequired(_l("Enter the code from the e-mail.")), Length(max=100)],
        id="secret",
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"},
    )
