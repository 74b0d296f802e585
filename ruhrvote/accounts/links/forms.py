"""The forms of links by e-mail."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import Email, InputRequired, Length

from ruhrvote.accounts.forms import tidy


class LinkForm(FlaskForm):
    """To which address a link shall go."""

    email = StringField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter the e-mail address of your account.")),
            Email(_l("This is not an e-mail address."), allow_empty_local=False),
            Length(max=254),
        ],
        id="link-email",
        filters=[tidy],
        render_kw={"type": "email", "autocomplete": "email", "spellcheck": "false"},
    )
    next = HiddenField(id="link-next")


class TokenForm(FlaskForm):
    """The token of a link, which a script takes from behind the #, or a person copies from the mail."""

    token = StringField(
        _l("Code from the e-mail"),
        [InputRequired(_l("Enter the code from the e-mail.")), Length(max=100)],
        id="secret",
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"},
    )
