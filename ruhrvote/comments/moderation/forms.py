"""The form for a moderator's reason."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from ruhrvote.comments.text import tidy


class HideForm(FlaskForm):
    """Why a comment is hidden, as its author reads it."""

    reason = TextAreaField(
        _l("Reason, as the author reads it"),
        [
            InputRequired(_l("Give the reason: the author has a right to know it.")),
            Length(10, 500, _l("A reason has between %(min)d and %(max)d characters.")),
        ],
        filters=[tidy],
        render_kw={"rows": 3, "maxlength": 500},
    )
