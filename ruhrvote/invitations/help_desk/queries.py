"""Finding an organisation, and where it stands: what it was sent and whether it has come in, never what it chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true
from sqlalchemy.orm import selectinload

from ruhrvote.accounts.access import Reach
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, Membership, Organisation
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import Page, db, page_of
from ruhrvote.errors import Unknown
from ruhrvote.invitations import audience
from ruhrvote.invitations.models import Channel, Sending
from ruhrvote.mail.models import Mail
from ruhrvote.mail.texts import Purpose

PER_PAGE = 20
SENT = 10  # of the latest letters and mails


class Show(StrEnum):
    """Which organisations the help desk lists."""

    ALL = "all"
    UNDELIVERABLE = "undeliverable"
    REFUSED = "refused"


FILTERS: dict[Show, ColumnElement[bool]] = {
    Show.ALL: true(),
    Show.UNDELIVERABLE: audience.UNDELIVERABLE,
    Show.REFUSED: and_(audience.HAS_EMAIL, audience.EMAIL_REFUSED),
}


@dataclass(frozen=True)
class Sent:
    """A letter or mail, the code in it, and what became of the mail."""

    sending: Sending
    code: AccessCode | None
    mail: Mail | None


@dataclass(frozen=True)
class Case:
    """An organisation as the help desk sees it."""

    organisation: Organisation
    member_numbers: Sequence[str]
    on_roll: bool
    has_postal: bool
    undeliverable: bool
    refused: bool
    entered_at: datetime | None
    people: int
    has_draft: bool
    submitted: bool
    valid: str | None  # the channel of the valid code
    sent: Sequence[Sent]


def search(consultation: Consultation, reach: Reach, text: str, show: Show, number: int) -> Page[Organisation]:
    """One page of the organisations in reach whose name, member number or postcode fits."""
    wanted = [reach.covers(), FILTERS[show]]
    if text:
        numbered = [Membership.member_number.startswith(text, autoescape=True)]
        if reach.chamber_id is not None:
            numbered.append(Membership.chamber_id == reach.chamber_id)
        fits = [
            Organisation.name.icontains(text, autoescape=True),
            exists().where(Membership.organisation_id == Organisation.id, *numbered),
        ]
        if text.isdecimal():
            fits.append(Organisation.postcode.startswith(text, autoescape=True))
        wanted.append(or_(*fits))
    # Whose number it is exactly comes first.
    exact = exists().where(Membership.organisation_id == Organisation.id, Membership.member_number == text)
    found = select(Organisation).where(*wanted).order_by(exact.desc(), Organisation.name, Organisation.id)
    return page_of(found, number, PER_PAGE)


def in_reach(organisation_id: int, reach: Reach) -> Organisation:
    """The organisation, if it is in reach; raises Unknown otherwise."""
    organisation = db.session.scalar(
        select(Organisation)
        .where(Organisation.id == organisation_id, reach.covers())
        .options(selectinload(Organisation.chambers))
    )
    if organisation is None:
        raise Unknown(_l("There is no such organisation in your reach."))
    return organisation


def get_case(consultation: Consultation, organisation_id: int, reach: Reach) -> Case:
    """Where an organisation in reach stands; raises Unknown otherwise."""
    organisation = in_reach(organisation_id, reach)
    number = consultation.id
    facts = db.session.execute(
        select(
            audience.on_roll(consultation),
            audience.HAS_POSTAL,
            audience.UNDELIVERABLE,
            FILTERS[Show.REFUSED],
            audience.has_draft(number),
            audience.ever_submitted(number),
        )
        .select_from(Organisation)
        .where(Organisation.id == organisation_id)
    ).one()
    on_roll, has_postal, undeliverable, refused, has_draft, submitted = (bool(fact) for fact in facts)
    own = (AccessCode.consultation_id == number) & (AccessCode.organisation_id == organisation_id)
    numbers = select(Membership.member_number).where(
        Membership.organisation_id == organisation_id, Membership.member_number.is_not(None)
    )
    if reach.chamber_id is not None:
        numbers = numbers.where(Membership.chamber_id == reach.chamber_id)
    people = (Account.organisation_id == organisation_id) & Account.removed_at.is_(None)
    sent = _sent(number, organisation_id)
    return Case(
        organisation=organisation,
        member_numbers=[text for text in db.session.scalars(numbers) if text],
        on_roll=on_roll,
        has_postal=has_postal,
        undeliverable=undeliverable,
        refused=refused,
        entered_at=db.session.scalar(select(func.min(AccessCode.used_at)).where(own)),
        people=db.session.scalar(select(func.count()).select_from(Account).where(people)) or 0,
        has_draft=has_draft,
        submitted=submitted,
        valid=next((one.sending.channel for one in sent if one.code and one.code.revoked_at is None), None),
        sent=sent,
    )


def _sent(consultation_id: int, organisation_id: int) -> list[Sent]:
    rows = db.session.execute(
        select(Sending, AccessCode, Mail)
        .outerjoin(AccessCode, AccessCode.id == Sending.access_code_id)
        .outerjoin(
            Mail,
            (Mail.object_id == Sending.id)
            & (Sending.channel == Channel.MAIL)
            & Mail.purpose.in_((Purpose.INVITATION, Purpose.REMINDER)),
        )
        .where(
            Sending.consultation_id == consultation_id,
            Sending.organisation_id == organisation_id,
            Sending.made_at.is_not(None),
        )
        .order_by(Sending.id.desc(), Mail.id)
        .limit(SENT)
    )
    return [Sent(*row) for row in rows]
