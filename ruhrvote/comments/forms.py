"""The form for a comment."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

LONGEST = 2000


def tidy(text: str | None) -> str:
    """Plain line ends and spaces, nothing invisible that could disguise the text, no blank space around it."""
    text = (text or "").replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(" " if character.isspace() and character != "\n" else character for character in text)
    return "".join(character for character in text if character.isprintable() or character == "\n").strip()


class CommentForm(FlaskForm):
    """A comment of 20 to 2,000 characters."""

    text = TextAreaField(
        _l("Your comment"),
        [
            InputRequired(_l("Write a comment first.")),
            Length(20, LONGEST, _l("A comment has between %(min)d and %(max)d characters.")),
        ],
        filters=[tidy],
        render_kw={"rows": 5, "maxlength": LONGEST},
    )
