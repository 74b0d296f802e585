"""The form of a postal address."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Regexp

from ruhrvote.fields import tidy


class AddressForm(FlaskForm):
    """Where letters go."""

    street = StringField(
        _l("Street and number, or post box"),
        [InputRequired(_l("Enter a street or a post box.")), Length(max=200)],
        filters=[tidy],
    )
    postcode = StringField(
        _l("Postcode"),
        [InputRequired(_l("Enter a postcode.")), Regexp(r"\d{5}$", message=_l("A postcode has five digits."))],
        filters=[tidy],
        render_kw={"inputmode": "numeric"},
    )
    town = StringField(_l("Town"), [InputRequired(_l("Enter a town.")), Length(max=100)], filters=[tidy])
