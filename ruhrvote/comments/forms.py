"""The forms of the discussion: comment, reply, edit, report."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length

from ruhrvote.accounts.models import Account, Kind
from ruhrvote.comments.actions import Author
from ruhrvote.comments.attribution import Label
from ruhrvote.comments.models import Attribution
from ruhrvote.comments.text import LONGEST, SHORTEST, tidy
from ruhrvote.comments.texts import KINDS, REASONS


class TextForm(FlaskForm):
    """The text of a comment, 20 to 2,000 characters."""

    text = TextAreaField(
        _l("Your text"),
        [
            InputRequired(_l("Write a comment first.")),
            Length(SHORTEST, LONGEST, _l("A comment has between %(min)d and %(max)d characters.")),
        ],
        filters=[tidy],
        render_kw={"rows": 5, "maxlength": LONGEST},
    )


class ReplyForm(TextForm):
    """A text, and how its author is shown: by name, by a label, or as the chamber's official reply."""

    shown_as = RadioField(_l("Shown as"), [InputRequired(_l("Choose how the author of your comment is shown."))])

    def __init__(self, account: Account, label: Label | None, *, official: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.account, self.label = account, label
        name = account.organisation.name
        choices = [SelectChoice("name", name)]
        if label is not None:
            # The label is the default for firms, which may fear consequences; chambers and towns speak in public.
            choices.insert(0 if account.organisation.kind == Kind.FIRM else 1, SelectChoice("label", str(label)))
        if official:
            choices.insert(0, SelectChoice("official", _("Official reply of the chamber: %(name)s", name=name)))
        self.shown_as.choices = choices
        if self.shown_as.data is None:
            self.shown_as.data = choices[0].value

    @property
    def author(self) -> Author:
        """The author as chosen in the form."""
        by = self.account.organisation_id, self.account.id
        if self.shown_as.data == "label" and self.label is not None:
            return Author(*by, self.label.attribution, self.label.place)
        return Author(*by, Attribution.OFFICIAL if self.shown_as.data == "official" else Attribution.NAME)


class CommentForm(ReplyForm):
    """A comment on an idea: a text with its kind."""

    kind = RadioField(_l("Your comment is"), [InputRequired(_l("Choose what your comment is."))])

    def __init__(self, account: Account, label: Label | None, **kwargs: Any):
        super().__init__(account, label, **kwargs)
        self.kind.choices = [SelectChoice(value, name) for value, name in KINDS.items()]


class ReportForm(FlaskForm):
    """The reason for reporting a comment."""

    reason = RadioField(
        _l("What is wrong with it?"),
        [InputRequired(_l("Choose a reason."))],
        choices=[SelectChoice(value, name) for value, name in REASONS.items()],
    )
    note = TextAreaField(
        _l("More about it"),
        [Length(max=500, message=_l("At most %(max)d characters, please."))],
        filters=[tidy],
        render_kw={"rows": 3, "maxlength": 500},
    )


class NotificationForm(FlaskForm):
    """The choice of e-mail notifications."""

    replies = BooleanField(_l("Somebody replies to a comment that I wrote"))
    official = BooleanField(_l("A chamber replies officially to a comment that I wrote"))


class HideForm(FlaskForm):
    """The reason for hiding a comment, as its author reads it."""

    reason = TextAreaField(
        _l("Reason, as the author reads it"),
        [
            InputRequired(_l("Give the reason: the author has a right to know it.")),
            Length(10, 500, _l("A reason has between %(min)d and %(max)d characters.")),
        ],
        filters=[tidy],
        render_kw={"rows": 3, "maxlength": 500},
    )
