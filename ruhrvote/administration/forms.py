"""Forms for organisations, accounts and rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, PasswordField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import Email, InputRequired, Length, NumberRange, Optional, ValidationError

from ruhrvote.accounts.models import Kind, Role
from ruhrvote.consultations.models import ReleasePolicy, Weighting
from ruhrvote.web import TIME_ZONE

KINDS = {Kind.FIRM: _l("Firm"), Kind.MUNICIPALITY: _l("Municipality"), Kind.CHAMBER: _l("Chamber")}
ROLES = {
    Role.VOTER: _l("Voter: prepares and submits the ballot"),
    Role.REVIEWER: _l("Reviewer: sees the participation of the chamber's members"),
    Role.CHAMBER_ADMIN: _l("Chamber admin: looks after the chamber's members and their accounts"),
    Role.CONSULTATION_ADMIN: _l("Consultation admin: runs consultations"),
}
SIZE_CLASSES = {"": _l("not known")} | {size: size for size in ("1-9", "10-49", "50-249", "250+")}
RELEASE_POLICIES = {
    ReleasePolicy.IMMEDIATE: _l("Live: each ballot counts on the boards at once"),
    ReleasePolicy.AFTER_CLOSE: _l("Afterwards: nothing is shown before the result is published"),
}
WEIGHTINGS = {
    Weighting.ONE_VOICE: _l("One organisation, one voice"),
    Weighting.EQUAL_GROUPS: _l("Chambers, municipalities and firms have the same voice each"),
}


def options(names: Mapping[Any, str | LazyString]) -> list[Any]:
    """What a field offers: values and their names, which may wait for the language of the page."""
    return [SelectChoice(value, name) for value, name in names.items()]


def tidy(text: str | None) -> str:
    """One line without surplus space or anything invisible."""
    seen = (character for character in text or "" if character.isprintable() or character.isspace())
    return " ".join("".join(seen).split())


class OrganisationForm(FlaskForm):
    """A new organisation; the choices of chambers and municipalities are set by the view."""

    name = StringField(
        _l("Name"), [InputRequired(_l("Enter the organisation's name.")), Length(2, 200)], filters=[tidy]
    )
    kind = SelectField(_l("Kind"), choices=options(KINDS), default=Kind.FIRM)
    chambers = SelectMultipleField(_l("Chambers"), coerce=int, validate_choice=True)
    municipality = SelectField(_l("Municipality"), coerce=int)
    sector = StringField(_l("Sector"), [Length(max=60)], filters=[tidy])
    size_class = SelectField(_l("People employed"), choices=options(SIZE_CLASSES))


class AccountForm(FlaskForm):
    """A new account; the choices of roles are set by the view."""

    person = StringField(_l("Name of the person"), [InputRequired(_l("Enter a name.")), Length(2, 120)], filters=[tidy])
    email = StringField(
        _l("E-mail address"),
        [
            InputRequired(_l("Enter an e-mail address.")),
            Email(_l("This is not an e-mail address."), allow_empty_local=False),
            Length(max=254),
        ],
        filters=[tidy],
        render_kw={"type": "email", "autocomplete": "off"},
    )
    role = RadioField(_l("Role"))
    password = PasswordField(
        _l("First password"),
        [
            InputRequired(_l("Enter a first password.")),
            Length(12, 128, _l("A password has between %(min)d and %(max)d characters.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class RulesForm(FlaskForm):
    """The rules of a draft, in force from opening on."""

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
    last_day = DateField(_l("Last day"), [Optional()])

    def validate_last_day(self, field: DateField) -> None:
        """Refuse a day that is over, and a slip of the keyboard in the year."""
        if field.data and field.data < datetime.now(TIME_ZONE).date():
            raise ValidationError(_("The last day lies in the past. Set a later one."))
        if field.data and field.data.year > datetime.now(TIME_ZONE).year + 10:
            raise ValidationError(_("Enter a day within the next ten years."))

    def closes_at(self) -> datetime | None:
        """The end of the last day in the region, as a moment."""
        day: date | None = self.last_day.data
        if day is None:
            return None
        return datetime.combine(day + timedelta(days=1), time(), TIME_ZONE).astimezone(UTC)
