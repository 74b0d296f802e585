"""The form for notices."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField


class NoticeForm(FlaskForm):
    """What to be told about by e-mail."""

    replies = BooleanField(_l("Somebody replies to a comment that I wrote"))
    official = BooleanField(_l("A chamber replies officially to a comment that I wrote"))
