"""What the help desk does for one organisation; each public function is one use case and one commit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, select

from ruhrvote.accounts.actions import set_details
from ruhrvote.accounts.codes.actions import enter_codes, revoke_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.limits.actions import may_cause_mail
from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.accounts.typed_codes import new_code
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db, insert, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.invitations import audience
from ruhrvote.invitations.actions import NOT_NOW, may_send
from ruhrvote.invitations.letter import letter_to, sheet_of
from ruhrvote.invitations.letter_pdf import set_letters
from ruhrvote.invitations.mails import queue_mails
from ruhrvote.invitations.models import Channel, Occasion, Sending, UndeliverableAddress
from ruhrvote.mail.actions import note_refused
from ruhrvote.mail.models import CAME_BACK, Mail, MailState
from ruhrvote.mail.texts import ENOUGH_MAILS, Purpose
from ruhrvote.threads import in_thread


def issue_letter(consultation_id: int, organisation_id: int, sender_id: int, by: int) -> bytes:
    """A new letter for one organisation, as a PDF that is kept nowhere; the code that it had ends."""
    _check(consultation_id, organisation_id, Channel.LETTER)
    consultation = db.session.get_one(Consultation, consultation_id)
    sender, code = db.session.get_one(Organisation, sender_id), new_code()
    sheet = sheet_of(sender)
    organisation = db.session.get_one(Organisation, organisation_id)
    letter = letter_to(sender, consultation, Occasion.INVITATION)(organisation, code)
    db.session.rollback()  # the setting takes a while: no connection is held meanwhile
    pdf = in_thread(lambda: set_letters(sheet, [letter]))
    with transaction():
        _check(consultation_id, organisation_id, Channel.LETTER)
        enter_codes(consultation_id, {organisation_id: code})
        sending = _sending(consultation_id, organisation_id, Channel.LETTER)
        sending.access_code_id = _valid_code(consultation_id, organisation_id)
        record(Event.LETTER_REISSUED, by=by, organisation_id=organisation_id, consultation_id=consultation_id)
    return pdf


def send_mail(consultation_id: int, organisation_id: int, sender_id: int, by: int) -> None:
    """Send the invitation to the stored address of one organisation; the code that it had ends."""
    with transaction():
        _check(consultation_id, organisation_id, Channel.MAIL)
        sending = _sending(consultation_id, organisation_id, Channel.MAIL)
        consultation = db.session.get_one(Consultation, consultation_id)
        sender = db.session.get_one(Organisation, sender_id)
        organisation = db.session.get_one(Organisation, organisation_id)
        if organisation.contact_email and not may_cause_mail(
            "invitations", organisation.contact_email, db.session.get_one(Account, by)
        ):
            raise Refused(ENOUGH_MAILS)
        going = [(sending.id, organisation)]
        queue_mails(sender, consultation, Occasion.INVITATION, going)
        record(Event.MAIL_REISSUED, by=by, organisation_id=organisation_id, consultation_id=consultation_id)


def mark_undeliverable(consultation_id: int, organisation_id: int, channel: Channel, by: int) -> None:
    """Note that a letter or mail came back: the address takes nothing any more, and the code that it carried ends."""
    with transaction():
        organisation = db.session.get_one(Organisation, organisation_id)
        if channel == Channel.LETTER:
            address = db.session.scalar(select(audience.POSTAL).where(Organisation.id == organisation_id))
            noted = {"address": address, "noted_at": clock()}
            row = insert(UndeliverableAddress).values(organisation_id=organisation_id, **noted)
            db.session.execute(row.on_conflict_do_update(index_elements=["organisation_id"], set_=noted))
        elif organisation.contact_email:
            note_refused(organisation.contact_email.lower(), CAME_BACK)
        else:
            raise Refused(_l("No e-mail address is stored for this organisation."))
        carried = exists().where(audience.has_valid_code(consultation_id, channel), Organisation.id == organisation_id)
        if db.session.scalar(select(carried)):
            revoke_codes(consultation_id, [organisation_id])
        record(
            Event.MARKED_UNDELIVERABLE,
            by=by,
            organisation_id=organisation_id,
            consultation_id=consultation_id,
            channel=channel,
        )


def mark_returned(mail_id: int, by: int) -> None:
    """Note that a mail which was sent came back: its address takes none any more, and a code that it carried ends."""
    with transaction() as session:
        mail = session.get(Mail, mail_id, with_for_update=True)
        if mail is None or mail.state != MailState.SENT:
            raise Conflict(_l("This mail is not among those that were sent any more."))
        mail.state = MailState.RETURNED
        note_refused(mail.recipient.lower(), CAME_BACK)
        invites = mail.purpose in (Purpose.INVITATION, Purpose.REMINDER) and mail.object_id
        sending = session.get(Sending, mail.object_id) if invites else None
        code = session.get(AccessCode, sending.access_code_id) if sending and sending.access_code_id else None
        if code is not None and code.revoked_at is None:
            revoke_codes(code.consultation_id, [code.organisation_id])
        record(
            Event.MARKED_UNDELIVERABLE,
            by=by,
            organisation_id=sending.organisation_id if sending else None,
            consultation_id=sending.consultation_id if sending else None,
            object_id=mail_id,
            channel=Channel.MAIL,
        )


def change_address(organisation_id: int, by: int, *, street: str, postcode: str, town: str) -> None:
    """Correct a postal address; one from which letters came back is then another one."""
    with transaction():
        set_details(organisation_id, {"street": street, "postcode": postcode, "town": town})
        record(Event.ADDRESS_CHANGED, by=by, organisation_id=organisation_id)


def _check(consultation_id: int, organisation_id: int, channel: Channel) -> None:
    """Refuse what cannot be sent, saying what to do instead."""
    shared = {"read": True}
    consultation = db.session.get_one(Consultation, consultation_id, with_for_update=shared, populate_existing=True)
    if not may_send(consultation, channel, Occasion.INVITATION):
        raise Conflict(NOT_NOW)
    here = select(Organisation.id).where(Organisation.id == organisation_id)
    if db.session.scalar(here.where(audience.on_roll(consultation))) is None:
        raise Refused(_l("This organisation is not on the roll."))
    if db.session.scalar(here.where(audience.can_be_sent(channel, Occasion.INVITATION))) is None:
        raise Refused(
            _l("The postal address is incomplete, or letters to it came back. Correct it first.")
            if channel == Channel.LETTER
            else _l("No e-mail address is stored for this organisation, or it takes no mail.")
        )


def _sending(consultation_id: int, organisation_id: int, channel: Channel) -> Sending:
    sending = Sending(
        consultation_id=consultation_id,
        organisation_id=organisation_id,
        channel=channel,
        occasion=Occasion.INVITATION,
        made_at=clock(),
    )
    db.session.add(sending)
    db.session.flush()
    return sending


def _valid_code(consultation_id: int, organisation_id: int) -> int | None:
    return db.session.scalar(
        select(AccessCode.id).where(
            AccessCode.consultation_id == consultation_id,
            AccessCode.organisation_id == organisation_id,
            AccessCode.revoked_at.is_(None),
        )
    )
