"""The style guide: every component with its states on one page of a demonstration, to be looked at and compared."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Form, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.queries import is_demo
from ruhrvote.errors import Unknown

blueprint = Blueprint("styleguide", __name__)


class Example(Form):
    """Fields of every kind. Nothing is ever sent to it."""

    name = StringField(_l("Name"))
    address = StringField(_l("E-mail address"))
    text = TextAreaField(_l("Comment"))
    language = SelectField(
        _l("Language"), choices=[SelectChoice("de", _l("German")), SelectChoice("en", _l("English"))]
    )
    kind = RadioField(
        _l("Kind"), choices=[SelectChoice("idea", _l("Idea")), SelectChoice("note", _l("Comment"))], default="idea"
    )
    sure = BooleanField(_l("I have kept the codes, go on"))


@blueprint.get("/styleguide")
@allow(Permission.PUBLIC)
def show() -> Response:
    """Every component; exists in a demonstration only."""
    if not is_demo():
        raise Unknown(_l("This exists in the demonstration only."))
    plain, faulty = Example(prefix="plain"), Example(prefix="faulty", data={"address": "alex.muster", "sure": True})
    for field, error in (
        (faulty.name, _l("Enter a name.")),
        (faulty.address, _l("Enter an e-mail address.")),
        (faulty.text, _l("Enter a text.")),
        (faulty.language, _l("Choose a reason.")),
        (faulty.kind, _l("Choose a reason.")),
    ):
        field.errors = [str(error)]
    return make_response(render_template("start/styleguide.html", plain=plain, faulty=faulty))
