"""Forms to withdraw a ballot and to check a receipt."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length, Regexp

from ruhrvote.errors import UNREADABLE


class WithdrawForm(FlaskForm):
    """The withdrawal of the version that the page showed."""

    expected_version = HiddenField(validators=[Regexp(r"^\d{1,6}$", message=UNREADABLE)])


class ReceiptForm(FlaskForm):
    """The check of a receipt number."""

    receipt = StringField(
        _l("Receipt number"),
        [InputRequired(_l("Enter the number from your receipt.")), Length(max=60)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
