"""The form for an erasure."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired

KEEP, DELETE = "keep", "delete"


class EraseForm(FlaskForm):
    """The confirmation of an erasure, and whether comments are kept."""

    comments = RadioField(
        _l("The comments"),
        [InputRequired(_l("Choose what becomes of the comments."))],
        choices=[
            SelectChoice(KEEP, _l("stay as comments of the organisation, without the person")),
            SelectChoice(DELETE, _l("lose their text")),
        ],
        validate_choice=True,
    )
    sure = BooleanField(
        _l("I know that this cannot be taken back."),
        [InputRequired(_l("Tick the box if you are sure."))],
    )

    @property
    def keeps_comments(self) -> bool:
        """Whether the comments are kept."""
        return bool(self.comments.data == KEEP)
