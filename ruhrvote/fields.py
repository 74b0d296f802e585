"""What the forms of all features read alike: a line of text, an e-mail address, choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import Email, InputRequired, Length

IS_ADDRESS = Email(_l("This is not an e-mail address."), allow_empty_local=False)


def tidy(text: str | None) -> str:
    """A line of text without superfluous spaces and invisible characters; a filter for fields."""
    seen = (character for character in text or "" if character.isprintable() or character.isspace())
    return " ".join("".join(seen).split())


def options(names: Mapping[Any, str | LazyString]) -> list[Any]:
    """The choices of a field from values and their names, which may be lazy translations."""
    return [SelectChoice(value, name) for value, name in names.items()]


def email_field(label: LazyString, autocomplete: str = "off", **more: Any) -> StringField:
    """A required field for an e-mail address."""
    return StringField(
        label,
        [InputRequired(_l("Enter an e-mail address.")), IS_ADDRESS, Length(max=254)],
        filters=[tidy],
        render_kw={"type": "email", "autocomplete": autocomplete, "spellcheck": "false"},
        **more,
    )
