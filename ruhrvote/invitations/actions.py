"""Writes of mailings: start, download, hand over, take back, forget.

A change of state is one short transaction. What has to be deleted then goes bit by bit: 400,000 letters are 1.3 GB, and
ballots would wait for all of it. If that is interrupted, the worker goes on.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update

from ruhrvote.accounts.codes.actions import revoke_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.invitations.models import KIND, UNFINISHED, Channel, Mailing, MailingState, Occasion, Sending
from ruhrvote.invitations.queries import NO_SUCH, files_of, place_of, preview
from ruhrvote.jobs.actions import delete_content, enqueue, forget, lock
from ruhrvote.jobs.models import Job, JobFile, JobState
from ruhrvote.jobs.queries import content_of
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to

KEPT = timedelta(days=30)  # files that nobody confirms as handed over
WARNED = timedelta(days=23)
AT_A_TIME = 1_000  # sendings in one transaction
NOT_NOW = _l("Nothing can be sent for this consultation now: mails need it to be open, letters not closed.")
FILE_DELETED = _l("This file is deleted.")


def may_send(consultation: Consultation, channel: Channel, occasion: Occasion) -> bool:
    """Whether letters or mails may go out: letters from the draft on, since printing takes time; mails once open."""
    early = channel == Channel.LETTER and occasion == Occasion.INVITATION
    return consultation.is_open or (early and consultation.status == Status.DRAFT)


def start_mailing(mailing: Mailing, consultation: Consultation, confirmed: int, by: int) -> int:
    """Order letters or mails and return the mailing's number; the worker makes them.

    Refused without recipients, Conflict unless exactly so many valid codes end by it as were confirmed.
    """
    if not may_send(consultation, Channel(mailing.channel), Occasion(mailing.occasion)):
        raise Conflict(NOT_NOW)
    expected = preview(mailing, consultation)
    if not expected.total:
        raise Refused(_l("Nobody is meant by this. Change the choice."))
    if expected.kills != confirmed:
        raise Conflict(_l("The number of valid codes that would end is another one now. Look at it and confirm it."))
    with transaction() as session:
        mailing.kills, mailing.ordered_by, mailing.ordered_at = confirmed, by, clock()
        session.add(mailing)
        session.flush()
        enqueue(KIND, mailing.id)
        record(
            Event.INVITATIONS_ORDERED,
            by=by,
            organisation_id=mailing.members_of_id,
            consultation_id=mailing.consultation_id,
            object_id=mailing.id,
            number=expected.total,
            codes_ended=confirmed,
        )
        return mailing.id


def download(mailing: Mailing, file: JobFile, by: int) -> bytes:
    """The content of a file, noting who fetched it and when.

    Raises Unknown once it is deleted, Unreadable if it was sealed under another key.
    """
    if mailing.state not in (MailingState.PRODUCING, MailingState.READY):
        raise Unknown(FILE_DELETED)
    file_id, name = file.id, file.name
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # behind the proxy
    try:
        content = b"".join(content_of(app, file_id, file.pieces, place_of(mailing.id, name)))
    except LookupError as error:
        raise Unknown(FILE_DELETED) from error
    with transaction() as session:
        session.execute(update(JobFile).where(JobFile.id == file_id).values(downloaded_at=clock()))
        record(
            Event.LETTERS_DOWNLOADED,
            by=by,
            organisation_id=mailing.members_of_id,
            consultation_id=mailing.consultation_id,
            object_id=mailing.id,
            file=name,
        )
    return content


def hand_over(mailing_id: int, by: int) -> None:
    """Confirm that the print shop has the letters: their files are deleted at once."""
    with transaction():
        mailing, job = locked(mailing_id)
        if mailing.channel != Channel.LETTER or mailing.state != MailingState.READY:
            raise Conflict(_l("These letters are not waiting to be handed over."))
        end(mailing, job, MailingState.HANDED_OVER)
        _record(Event.LETTERS_HANDED_OVER, mailing, by, letters=job.total)
    forget(KIND, mailing_id, forget_mailing)


def discard(mailing_id: int, by: int | None) -> int:
    """Take a mailing back: its letters' codes end and its files are deleted; returns how many codes end.

    Mails that the outbox has been given stay there.
    """
    with transaction() as session:
        mailing, job = locked(mailing_id)
        letters = mailing.channel == Channel.LETTER
        can_be = (*UNFINISHED, MailingState.FAILED, *((MailingState.READY,) if letters else ()))
        if mailing.state not in can_be:
            raise Conflict(_l("This order cannot be taken back any more."))
        valid = select(func.count()).select_from(Sending).join(AccessCode, AccessCode.id == Sending.access_code_id)
        mine = (Sending.mailing_id == mailing_id, AccessCode.revoked_at.is_(None))
        ended = (session.scalar(valid.where(*mine)) or 0) if letters else 0
        end(mailing, job, MailingState.DISCARDED)
        _record(Event.INVITATIONS_DISCARDED, mailing, by, codes_ended=ended)
    forget(KIND, mailing_id, forget_mailing)
    return ended


def forget_mailing(mailing_id: int) -> datetime | None:
    """Do what is due about a mailing: delete what has ended leaves, warn of forgotten letters, let them expire.

    Letters of which nobody fetched a file cannot have been printed: their codes end too.
    """
    mailing = db.session.get_one(Mailing, mailing_id)
    if mailing.state == MailingState.FAILED:
        discard(mailing_id, None)
    elif mailing.state == MailingState.READY and mailing.channel == Channel.LETTER and mailing.ready_at is not None:
        if mailing.ready_at + KEPT > clock():
            until = mailing.ready_at + KEPT
            _warn(mailing_id)
            return until
        fetched = any(file.file.downloaded_at for file in files_of(mailing_id))
        _expire(mailing_id) if fetched else discard(mailing_id, None)
    _delete_what_is_left(mailing_id)
    return None


def _delete_what_is_left(mailing_id: int) -> None:
    """Delete the files of a mailing that is over, bit by bit; where it was taken back, codes and sendings end too."""
    mailing = db.session.get_one(Mailing, mailing_id, populate_existing=True)
    if mailing.job is None or mailing.state in (*UNFINISHED, MailingState.READY):
        return
    job_id, consultation_id, letters = mailing.job.id, mailing.consultation_id, mailing.channel == Channel.LETTER
    if mailing.state == MailingState.DISCARDED:
        made = [] if letters else [Sending.made_at.is_(None)]
        mine = select(Sending.id).where(Sending.mailing_id == mailing_id, *made).limit(AT_A_TIME)
        while some := db.session.scalars(mine).all():
            with transaction() as session:
                if letters:
                    valid = select(Sending.organisation_id).join(AccessCode, AccessCode.id == Sending.access_code_id)
                    valid = valid.where(Sending.id.in_(some), AccessCode.revoked_at.is_(None))
                    revoke_codes(consultation_id, session.scalars(valid).all())
                session.execute(delete(Sending).where(Sending.id.in_(some)))
    delete_content(job_id)


def _expire(mailing_id: int) -> None:
    with transaction():
        mailing, job = locked(mailing_id)
        if mailing.state != MailingState.READY:
            return
        end(mailing, job, MailingState.EXPIRED)
        _record(Event.LETTERS_EXPIRED, mailing, None, letters=job.total)


def _warn(mailing_id: int) -> None:
    with transaction():
        mailing, job = locked(mailing_id)
        if mailing.state != MailingState.READY or mailing.warned_at is not None or mailing.ready_at is None:
            return
        mailing.warned_at = clock()
        person = mailing.account
        if person.email:
            queue(
                Purpose.LETTERS_FORGOTTEN,
                person.email,
                person.language,
                person=person.person,
                letters=job.total,
                until=mailing.ready_at + KEPT,
                link=link_to("invitations.mailing", key=mailing.consultation.key, mailing_id=mailing.id),
            )


def locked(mailing_id: int) -> tuple[Mailing, Job]:
    """A mailing and its job, which nobody changes until the caller's transaction ends."""
    job = lock(KIND, mailing_id)
    if job is None:
        raise Unknown(NO_SUCH)
    return db.session.get_one(Mailing, mailing_id, populate_existing=True), job


def end(mailing: Mailing, job: Job, state: MailingState) -> None:
    """End a mailing; what it leaves is deleted next, bit by bit. Part of the caller's transaction."""
    mailing.state, mailing.ended_at = state, clock()
    job.end(JobState.DONE, keep_until=mailing.ended_at)


def _record(event: Event, mailing: Mailing, by: int | None, **details: int) -> None:
    record(
        event,
        by=by,
        organisation_id=mailing.members_of_id,
        consultation_id=mailing.consultation_id,
        object_id=mailing.id,
        **details,
    )
