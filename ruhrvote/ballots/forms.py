"""Which version is withdrawn, and a receipt number to check."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from ruhrvote.errors import UNREADABLE


class WithdrawForm(FlaskForm):
    """Which version is withdrawn."""

    expected_version = HiddenField(validators=[Regexp(r"^\d{1,6}$", message=UNREADABLE)])


class ReceiptForm(FlaskForm):
    """A receipt number to check."""

    receipt = StringField(
        _l("Receipt number"),
        [InputRequired(_l("Enter the number from your receipt.")), Length(max=60)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
