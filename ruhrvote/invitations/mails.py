"""Invitations and reminders by e-mail: put into the outbox, and checked again before they leave."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select

from ruhrvote.accounts.codes.actions import issue_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db
from ruhrvote.invitations.audience import REACHABLE_ACCOUNT, ever_submitted
from ruhrvote.invitations.letter_pdf import code_link
from ruhrvote.invitations.letterhead.actions import wordings_of, words_for
from ruhrvote.invitations.letterhead.texts import LANGUAGES, Wording
from ruhrvote.invitations.models import REMINDERS, Channel, Occasion, Sending
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to

PURPOSES = {
    Occasion.INVITATION: Purpose.INVITATION,
    Occasion.NOT_BEGUN: Purpose.REMINDER,
    Occasion.DRAFT: Purpose.REMINDER,
}


def queue_mails(
    sender: Organisation,
    consultation: Consultation,
    occasion: Occasion,
    going: Sequence[tuple[int, Organisation]],
) -> None:
    """Queue the mails of these sendings in the caller's transaction.

    A reminder goes to the people who have a login, each in the own language. Everybody else is written to at the
    organisation's address, in German, with a new code; the code that there was ends.
    """
    people = _people(organisation.id for _, organisation in going) if occasion in REMINDERS else {}
    by_code = [(sending_id, organisation) for sending_id, organisation in going if organisation.id not in people]
    codes = issue_codes(consultation.id, [organisation.id for _, organisation in by_code])
    _note_codes(consultation.id, {organisation.id: sending_id for sending_id, organisation in by_code})
    write = _writer(sender, consultation, occasion)
    ballot = link_to("drafts.overview", key=consultation.key)
    for sending_id, organisation in going:
        if organisation.id in codes:
            page = code_link(link_to("codes.show"), codes[organisation.id])
            write(sending_id, organisation, organisation.contact_email or "", "de", page)
        for person in people.get(organisation.id, ()):
            write(sending_id, organisation, person.email or "", person.language, ballot)


def still_wanted(sending_id: int) -> bool:
    """Whether a mail is still to be sent: code valid, consultation open, and nobody reminded who has submitted."""
    sending = db.session.get(Sending, sending_id)
    if sending is None:
        return False
    if not db.session.get_one(Consultation, sending.consultation_id).is_open:
        return False
    if sending.access_code_id and db.session.get_one(AccessCode, sending.access_code_id).revoked_at is not None:
        return False
    submitted = select(Organisation.id).where(
        Organisation.id == sending.organisation_id, ever_submitted(sending.consultation_id)
    )
    return sending.occasion not in REMINDERS or db.session.scalar(submitted) is None


# What the outbox asks before it sends; see Services.mail_wanted.
WANTED: Mapping[str, Callable[[int], bool]] = {
    Purpose.INVITATION: still_wanted,
    Purpose.REMINDER: still_wanted,
}


def _people(organisation_ids) -> dict[int, list[Account]]:  # type: ignore[no-untyped-def]
    """Those who have a login and an address, by organisation."""
    found: dict[int, list[Account]] = {}
    rows = db.session.scalars(
        select(Account)
        .join(Organisation, Organisation.id == Account.organisation_id)
        .where(Organisation.id.in_(list(organisation_ids)), REACHABLE_ACCOUNT)
        .order_by(Account.id)
    )
    for person in rows:
        found.setdefault(person.organisation_id, []).append(person)
    return found


def _note_codes(consultation_id: int, sendings: Mapping[int, int]) -> None:
    rows = db.session.execute(
        select(AccessCode.organisation_id, AccessCode.id).where(
            AccessCode.consultation_id == consultation_id,
            AccessCode.organisation_id.in_(list(sendings)),
            AccessCode.revoked_at.is_(None),
        )
    )
    code = {organisation_id: code_id for organisation_id, code_id in rows}
    for sending in db.session.scalars(select(Sending).where(Sending.id.in_(list(sendings.values())))):
        sending.access_code_id = code[sending.organisation_id]


def _writer(
    sender: Organisation, consultation: Consultation, occasion: Occasion
) -> Callable[[int, Organisation, str, str, str], None]:
    wordings = wordings_of(sender.id)
    common = {language: words_for(consultation, sender, language) for language in LANGUAGES[Channel.MAIL]}

    def write(sending_id: int, organisation: Organisation, address: str, language: str, page: str) -> None:
        wording = wordings[Channel.MAIL, occasion, language]
        if "{link}" not in wording.body:
            wording = Wording(wording.subject, f"{wording.body}\n\n{{link}}")
        text = wording.filled(common[language] | {"organisation": organisation.name, "link": page})
        purpose = PURPOSES[occasion]
        queue(purpose, address, language, object_id=sending_id, written_subject=text.subject, written_body=text.body)

    return write
