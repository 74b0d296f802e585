"""Forms for organisations, accounts and rules."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, Optional

from ruhrvote.accounts.models import Kind, Role
from ruhrvote.accounts.texts import KINDS, SIZE_CLASSES
from ruhrvote.errors import Refused
from ruhrvote.fields import IS_ADDRESS, options, tidy


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
    street = StringField(_l("Street and number"), [Length(max=200)], filters=[tidy])
    postcode = StringField(_l("Postcode"), [Length(max=10)], filters=[tidy])
    town = StringField(_l("Town"), [Length(max=100)], filters=[tidy])
    contact_email = StringField(
        _l("E-mail address"),
        [Optional(), IS_ADDRESS, Length(max=254)],
        filters=[tidy],
        render_kw={"type": "email", "autocomplete": "off"},
    )
    register_number = StringField(_l("Register number"), [Length(max=60)], filters=[tidy])

    def address(self) -> dict[str, str | None]:
        """Street to register number, None for what was left empty."""
        return {name: self[name].data or None for name in ADDRESS}

    def member_numbers(self, given: Mapping[str, str]) -> dict[int, str | None]:
        """The member number in each chosen chamber, from the fields beside them."""
        return {
            chamber: (tidy(given.get(f"number-{chamber}", "")) or "")[:40] or None
            for chamber in self.chambers.data or []
        }


ADDRESS = ("street", "postcode", "town", "contact_email", "register_number")


class AccountForm(FlaskForm):
    """An invitation to an account; the choices of roles are set by the view.

    Who votes for an organisation is invited at the address on file; only staff of a chamber at another one.
    """

    person = StringField(_l("Name of the person"), [InputRequired(_l("Enter a name.")), Length(2, 120)], filters=[tidy])
    role = RadioField(_l("Role"))
    email = StringField(
        _l("E-mail address, for another role than voting"),
        [Optional(), IS_ADDRESS, Length(max=254)],
        filters=[tidy],
        render_kw={"type": "email", "autocomplete": "off"},
    )

    def address(self, on_file: str | None) -> str:
        """Where the invitation goes; raises Refused if there is no such address."""
        if self.role.data == Role.VOTER:
            if not on_file:
                raise Refused(
                    _l("No e-mail address is on file for this organisation. Enter one first, or send a letter.")
                )
            return on_file
        if not self.email.data:
            raise Refused(_l("Enter the e-mail address of the person."))
        return str(self.email.data)
