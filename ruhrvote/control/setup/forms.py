"""Forms of the set-up: key, texts, rules, dates, themes, ideas and uploads; and those of the control room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp, ValidationError

from ruhrvote.consultations.texts import RELEASE_POLICIES, WEIGHTINGS
from ruhrvote.fields import options, tidy
from ruhrvote.web import TIME_ZONE

LONGEST_IDEA = 131_072  # bytes of the form below, if each of its 15,000 characters is an umlaut
SHORT = 45  # characters of a short title: it must fit into a row of a board on a phone
TYPED = ["%Y-%m-%dT%H:%M"]  # the format in which browsers send a date with a time
RESERVED = {"new"}  # keys that would be the address of another page


class KeyForm(FlaskForm):
    """The key of a consultation: the short name in its addresses."""

    key = StringField(
        _l("Short name in the address"),
        [
            InputRequired(_l("Enter a short name, such as ruhr-2027.")),
            Length(2, 40, _l("A short name has between %(min)d and %(max)d characters.")),
            Regexp(r"^[a-z0-9]+(-[a-z0-9]+)*$", message=_l("Use small letters a to z, digits and single hyphens.")),
        ],
        filters=[tidy],
        render_kw={"maxlength": 40, "autocomplete": "off", "spellcheck": "false"},
    )

    def validate_key(self, field: StringField) -> None:
        """Refuse a key that is another page's address."""
        if field.data in RESERVED:
            raise ValidationError(_("This short name is taken by a page. Choose another."))


class NewForm(KeyForm):
    """A new consultation: its key and titles."""

    title_de = StringField(
        _l("Title in German"), [InputRequired(_l("Enter a title.")), Length(max=200)], filters=[tidy]
    )
    title_en = StringField(
        _l("Title in English"), [InputRequired(_l("Enter a title.")), Length(max=200)], filters=[tidy]
    )


class TextsForm(FlaskForm):
    """The texts of a consultation."""

    title_de = StringField(
        _l("Title in German"), [InputRequired(_l("Enter a title.")), Length(max=200)], filters=[tidy]
    )
    title_en = StringField(
        _l("Title in English"), [InputRequired(_l("Enter a title.")), Length(max=200)], filters=[tidy]
    )
    intro_de = TextAreaField(
        _l("Introduction in German"),
        [InputRequired(_l("Enter an introduction.")), Length(max=2000)],
        filters=[tidy],
        render_kw={"rows": 5, "maxlength": 2000},
    )
    intro_en = TextAreaField(
        _l("Introduction in English"),
        [InputRequired(_l("Enter an introduction.")), Length(max=2000)],
        filters=[tidy],
        render_kw={"rows": 5, "maxlength": 2000},
    )
    source = StringField(_l("Source of the ideas"), [Length(max=200)], filters=[tidy])


class RulesForm(FlaskForm):
    """The rules of a draft, which are fixed at the opening."""

    release_policy = RadioField(_l("When are boards shown?"), choices=options(RELEASE_POLICIES))
    weighting = RadioField(_l("How much does a ballot weigh?"), choices=options(WEIGHTINGS))
    quorum_percent = IntegerField(
        _l("Share of ballots that must judge an idea so that it is ranked, in per cent"),
        [InputRequired(_l("Enter a number.")), NumberRange(0, 100, _l("Enter a number from 0 to 100."))],
    )
    quorum_minimum = IntegerField(
        _l("… and at least so many ballots"),
        [InputRequired(_l("Enter a number.")), NumberRange(1, 1000, _l("Enter a number from 1 to 1,000."))],
    )
    objection_days = IntegerField(
        _l("Days after the close in which organisations may object to a ballot"),
        [InputRequired(_l("Enter a number.")), NumberRange(0, 60, _l("Enter a number from 0 to 60."))],
    )


class DatesForm(FlaskForm):
    """When the worker opens and closes a draft, in the region's local time."""

    opens_at = DateTimeLocalField(_l("Opens at"), [Optional()], format=TYPED)
    closes_at = DateTimeLocalField(_l("Closes at"), [Optional()], format=TYPED)

    def validate_opens_at(self, field: DateTimeLocalField) -> None:
        """Refuse a time that no clock shows, that is over, or that is a slip of the keyboard in the year."""
        _check_moment(field)

    def validate_closes_at(self, field: DateTimeLocalField) -> None:
        """Refuse the same for the end, and an end before the opening."""
        _check_moment(field)
        opens_at = self.opens_at.data
        if field.data and opens_at and not self.opens_at.errors and field.data <= opens_at:
            raise ValidationError(_("The end must come after the opening. Set a later one."))

    @property
    def moments(self) -> tuple[LocalTime | None, LocalTime | None]:
        """Opening and end; None for a field without a time."""
        opens_at, closes_at = (
            read_local(field.data) if field.data else None for field in (self.opens_at, self.closes_at)
        )
        return opens_at, closes_at


class EndForm(FlaskForm):
    """A later end of a running consultation, in the region's local time."""

    new_end = DateTimeLocalField(_l("New end"), [InputRequired(_l("Enter day and time."))], format=TYPED)

    def validate_new_end(self, field: DateTimeLocalField) -> None:
        """Refuse a time that no clock shows, that is over, or that is a slip of the keyboard in the year."""
        _check_moment(field)

    @property
    def moment(self) -> datetime:
        """The new end in UTC; of a local time that occurs twice, the first."""
        assert self.new_end.data is not None
        return read_local(self.new_end.data).moment


def _check_moment(field: DateTimeLocalField) -> None:
    if not field.data:
        return
    if field.data.year > datetime.now(TIME_ZONE).year + 10:
        raise ValidationError(_("Enter a day within the next ten years."))
    try:
        moment = read_local(field.data).moment
    except NoSuchTime:
        raise ValidationError(
            _("This time does not exist: in that night the clocks go forward from 2 to 3 o'clock. Set another.")
        ) from None
    if moment <= datetime.now(UTC):
        raise ValidationError(_("This time lies in the past. Set a later one."))


class ThemeForm(FlaskForm):
    """A new theme."""

    name_de = StringField(_l("Name in German"), [InputRequired(_l("Enter a name.")), Length(max=120)], filters=[tidy])
    name_en = StringField(_l("Name in English"), [Length(max=120)], filters=[tidy])
    ranked = BooleanField(_l("Compare it with the other themes"), default=True)


class IdeaForm(FlaskForm):
    """An idea; the view sets the choices of themes."""

    theme = SelectField(_l("Theme"))
    title_de = StringField(
        _l("Title in German"), [InputRequired(_l("Enter a title.")), Length(max=300)], filters=[tidy]
    )
    short_de = StringField(
        _l("Short title in German"),
        [InputRequired(_l("Enter a short title.")), Length(max=SHORT)],
        filters=[tidy],
        render_kw={"maxlength": SHORT},
    )
    goal_de = TextAreaField(
        _l("Goal in German"),
        [InputRequired(_l("Say in a sentence or two what is to be reached.")), Length(max=2000)],
        filters=[tidy],
        render_kw={"rows": 3},
    )
    background_de = TextAreaField(_l("Background in German"), [Length(max=5000)], filters=[tidy], render_kw={"rows": 4})
    title_en = StringField(_l("Title in English"), [Length(max=300)], filters=[tidy])
    short_en = StringField(
        _l("Short title in English"), [Length(max=SHORT)], filters=[tidy], render_kw={"maxlength": SHORT}
    )
    goal_en = TextAreaField(_l("Goal in English"), [Length(max=2000)], filters=[tidy], render_kw={"rows": 3})
    background_en = TextAreaField(
        _l("Background in English"), [Length(max=5000)], filters=[tidy], render_kw={"rows": 4}
    )


class UploadForm(FlaskForm):
    """A file with a list of ideas."""

    file = FileField(
        _l("File with ideas (CSV or XLSX)"), [FileRequired(_l("Choose a file."))], render_kw={"accept": ".csv,.xlsx"}
    )


class PauseForm(FlaskForm):
    """The reason for a pause, as voters read it."""

    reason_de = StringField(
        _l("Reason in German"), [InputRequired(_l("Say why, so that voters know.")), Length(max=300)], filters=[tidy]
    )
    reason_en = StringField(_l("Reason in English"), [Length(max=300)], filters=[tidy])
    long = BooleanField(_l("Longer than 24 hours, or over the announced end: another admin has to confirm it"))
    keep_end = BooleanField(_l("The announced end stays all the same (only for a long pause)"))


class NoSuchTime(ValueError):
    """A local time that does not exist, because the clocks skip it in spring."""


@dataclass(frozen=True)
class LocalTime:
    """A moment; `twice` if its local time occurs twice in autumn: then it is the first of the two."""

    moment: datetime
    twice: bool


def read_local(typed: datetime) -> LocalTime:
    """The moment of a naive local time; raises NoSuchTime if it does not exist."""
    first, second = (typed.replace(tzinfo=TIME_ZONE, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(TIME_ZONE).replace(tzinfo=None) != typed:
        raise NoSuchTime(typed)
    return LocalTime(first, first != second)


def written_local(moment: datetime | None) -> datetime | None:
    """The naive local time of a moment; None for None."""
    return moment.astimezone(TIME_ZONE).replace(tzinfo=None) if moment else None
