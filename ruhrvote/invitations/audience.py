"""Recipients of letters and mails: conditions on organisations, in SQL, by which pages count and the worker selects.

Before the opening every organisation can be a recipient, since all will be on the roll; afterwards those on the roll.
An organisation that has ever submitted gets no reminder, not even after a withdrawal.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, func, not_, or_

from ruhrvote.accounts.access import Reach
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.accounts.queries import TEAM
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.models import Consultation, RollEntry, Status
from ruhrvote.db import clock
from ruhrvote.drafts.models import Draft
from ruhrvote.invitations.models import REMINDERS, Channel, Mailing, Occasion, Sending, UndeliverableAddress
from ruhrvote.mail.models import RefusedAddress

PAUSE = timedelta(days=7)  # nobody is reminded twice within it

Condition = ColumnElement[bool]

POSTAL = (
    func.coalesce(Organisation.street, "")
    + "\n"
    + func.coalesce(Organisation.postcode, "")
    + " "
    + func.coalesce(Organisation.town, "")
)
HAS_POSTAL = and_(
    *(func.coalesce(part, "") != "" for part in (Organisation.street, Organisation.postcode, Organisation.town))
)
UNDELIVERABLE = exists().where(
    UndeliverableAddress.organisation_id == Organisation.id, UndeliverableAddress.address == POSTAL
)
HAS_EMAIL = func.coalesce(Organisation.contact_email, "") != ""
EMAIL_REFUSED = exists().where(RefusedAddress.address == func.lower(Organisation.contact_email))
# Somebody of the organisation who can log in and be written to.
REACHABLE_ACCOUNT = and_(
    Account.organisation_id == Organisation.id,
    Account.removed_at.is_(None),
    Account.email.is_not(None),
    Account.role.in_(TEAM),
    not_(exists().where(RefusedAddress.address == Account.email)),
)
HAS_ACCOUNT = exists().where(REACHABLE_ACCOUNT).correlate(Organisation)


def on_roll(consultation: Consultation) -> Condition:
    """Those who may take part, or will once it opens."""
    if consultation.status == Status.DRAFT:
        return Organisation.id == Organisation.id
    return exists().where(RollEntry.consultation_id == consultation.id, RollEntry.organisation_id == Organisation.id)


def has_valid_code(consultation_id: int, channel: Channel | None = None) -> Condition:
    """Those whose latest code is valid; of one channel only, if it is named."""
    valid = (
        AccessCode.consultation_id == consultation_id,
        AccessCode.organisation_id == Organisation.id,
        AccessCode.revoked_at.is_(None),
    )
    if channel is None:
        return exists().where(*valid)
    return exists().where(*valid, Sending.access_code_id == AccessCode.id, Sending.channel == channel)


def invited(consultation_id: int) -> Condition:
    """Those to whom something has been sent, or of whom somebody has a login."""
    sent = exists().where(
        Sending.consultation_id == consultation_id,
        Sending.organisation_id == Organisation.id,
        Sending.made_at.is_not(None),
    )
    return or_(sent, HAS_ACCOUNT)


def entered(consultation_id: int) -> Condition:
    """Those who have come in by a code, be it one that has ended since."""
    return exists().where(
        AccessCode.consultation_id == consultation_id,
        AccessCode.organisation_id == Organisation.id,
        AccessCode.used_at.is_not(None),
    )


def has_draft(consultation_id: int) -> Condition:
    """Those who have answered something: a draft in which every idea is still open is none."""
    answered = [Draft.ranking.contains(f"{answer}") for answer in range(1, 6)]
    return exists().where(
        Draft.consultation_id == consultation_id, Draft.organisation_id == Organisation.id, or_(*answered)
    )


def ever_submitted(consultation_id: int) -> Condition:
    """Those who have submitted at least once."""
    return exists().where(
        Ballot.consultation_id == consultation_id,
        Ballot.organisation_id == Organisation.id,
        Ballot.current_version > 0,
    )


def not_begun(consultation_id: int) -> Condition:
    """Those who were invited and have neither come in nor answered nor submitted."""
    begun = or_(entered(consultation_id), has_draft(consultation_id), ever_submitted(consultation_id))
    return and_(invited(consultation_id), not_(begun))


def draft_not_submitted(consultation_id: int) -> Condition:
    """Those who have begun and never submitted."""
    begun = or_(entered(consultation_id), has_draft(consultation_id))
    return and_(begun, not_(ever_submitted(consultation_id)))


def can_be_sent(channel: Channel, occasion: Occasion) -> Condition:
    """Those who can be reached that way; a reminder by letter is for those whom no mail reaches."""
    by_letter, by_mail = and_(HAS_POSTAL, not_(UNDELIVERABLE)), and_(HAS_EMAIL, not_(EMAIL_REFUSED))
    if occasion == Occasion.INVITATION:
        return by_letter if channel == Channel.LETTER else by_mail
    by_mail = or_(by_mail, HAS_ACCOUNT)
    return and_(by_letter, not_(by_mail)) if channel == Channel.LETTER else by_mail


def reminded(consultation_id: int) -> Condition:
    """Those whom a reminder has gone to within the pause."""
    return exists().where(
        Sending.consultation_id == consultation_id,
        Sending.organisation_id == Organisation.id,
        Sending.occasion.in_(REMINDERS),
        Sending.made_at > clock() - PAUSE,
    )


def recipients(mailing: Mailing, consultation: Consultation) -> Condition:
    """The organisations to which a mailing goes as things stand now."""
    parts = [
        on_roll(consultation),
        Reach(mailing.members_of_id).covers(),
        can_be_sent(Channel(mailing.channel), Occasion(mailing.occasion)),
    ]
    if mailing.kind:
        parts.append(Organisation.kind == mailing.kind)
    if mailing.municipality_id:
        parts.append(
            or_(Organisation.municipality_id == mailing.municipality_id, Organisation.id == mailing.municipality_id)
        )
    match mailing.occasion:
        case Occasion.NOT_BEGUN:
            parts += [not_begun(consultation.id), not_(reminded(consultation.id))]
        case Occasion.DRAFT:
            parts += [draft_not_submitted(consultation.id), not_(reminded(consultation.id))]
        case _:
            parts.append(not_(ever_submitted(consultation.id)))
            if not mailing.reissue:
                parts.append(not_(has_valid_code(consultation.id)))
    return and_(*parts)


def loses_code(mailing: Mailing) -> Condition:
    """The recipients whose valid code a mailing ends: all but those who are reminded by a mail to their login."""
    valid = has_valid_code(mailing.consultation_id)
    if mailing.channel == Channel.MAIL and mailing.occasion in REMINDERS:
        return and_(valid, not_(HAS_ACCOUNT))
    return valid
