"""What the worker does about a mailing, part by part.

A part's letters are set on paper outside of any transaction. Then one transaction makes their codes valid and stores
the files: a code that is on paper is valid, and a crash in between leaves neither. No part holds the write lock for
longer than its own rows take.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, literal, null, select, update

from ruhrvote.accounts.codes.actions import enter_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Organisation
from ruhrvote.accounts.typed_codes import new_code
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db
from ruhrvote.invitations.actions import KEPT, WARNED, end, forget_mailing, may_send
from ruhrvote.invitations.audience import recipients
from ruhrvote.invitations.letter import CSV, PDF, letter_to, merge_table, parts_list, sheet_of
from ruhrvote.invitations.letter_pdf import TooLong, set_letters
from ruhrvote.invitations.mails import queue_mails
from ruhrvote.invitations.models import (
    KIND,
    UNFINISHED,
    Channel,
    LetterFile,
    Mailing,
    MailingState,
    Occasion,
    Sending,
)
from ruhrvote.invitations.queries import files_of, place_of, preview
from ruhrvote.jobs.actions import Claim, Work, add_file, sealed_pieces
from ruhrvote.jobs.models import Job

MAILS = 200  # in one transaction


def _steps(claim: Claim) -> Iterator[None]:
    """Go on with a mailing until it is ready; each part is a step."""
    while True:
        mailing = db.session.get_one(Mailing, claim.subject_id, populate_existing=True)
        if mailing.state not in UNFINISHED:
            return
        if mailing.state == MailingState.WAITING:
            _choose(claim)
        elif mailing.channel == Channel.MAIL:
            _mail_part(claim)
        elif mailing.done < mailing.total:
            _print_part(claim, mailing)
        else:
            _finish(claim, mailing)
        yield


def _choose(claim: Claim) -> None:
    """Fix who gets something and in which order, unless more codes would end than was confirmed."""
    with claim.transaction() as job:
        mailing, consultation = _locked(claim)
        if preview(mailing, consultation).kills > mailing.kills or not _may_go_on(mailing, consultation):
            end(mailing, job, MailingState.REFUSED)
            return
        by_postcode = (Organisation.postcode, Organisation.town, Organisation.street, Organisation.name)
        place = func.row_number().over(order_by=(*by_postcode, Organisation.id))
        chosen = select(
            literal(mailing.id),
            literal(mailing.consultation_id),
            Organisation.id,
            literal(mailing.channel),
            literal(mailing.occasion),
            place,
            null(),
            null(),
        ).where(recipients(mailing, consultation))
        columns = (
            "mailing_id", "consultation_id", "organisation_id", "channel", "occasion", "position", "access_code_id",
            "made_at",
        )  # fmt: skip
        db.session.execute(insert(Sending).from_select(columns, chosen))
        mine = select(func.count()).select_from(Sending).where(Sending.mailing_id == mailing.id)
        job.total, mailing.state = db.session.scalar(mine) or 0, MailingState.PRODUCING


@dataclass(frozen=True)
class _Printed:
    """A file of a part that is set and sealed, and not stored yet."""

    name: str
    media_type: str
    size: int
    pieces: Sequence[bytes]


def _print_part(claim: Claim, mailing: Mailing) -> None:
    """Set the next part on paper, then make its codes valid and store its files."""
    start, consultation = mailing.done, mailing.consultation
    part = start // mailing.split + 1
    rows = _rows(mailing, start, mailing.split)
    still = _still_recipients(mailing, consultation, rows)
    going = [organisation for _, organisation in rows if organisation.id in still]
    codes = {organisation.id: new_code() for organisation in going}
    made: list[_Printed] = []
    if going:
        mailing_id, write = mailing.id, letter_to(mailing.sender, consultation, Occasion(mailing.occasion))
        letters = [write(organisation, codes[organisation.id]) for organisation in going]
        sheet = sheet_of(mailing.sender)
        table = merge_table(going, codes, sheet.page)
        first_postcode, last_postcode = going[0].postcode or "", going[-1].postcode or ""
        db.session.rollback()  # no connection is held while the letters are set
        try:
            printed = set_letters(sheet, letters)
        except TooLong:
            with claim.transaction() as job:
                mailing, _consultation = _locked(claim)
                end(mailing, job, MailingState.REFUSED)
            return
        name = f"letters-{mailing_id}-{part:03d}"
        made = [
            _sealed(mailing_id, f"{name}.pdf", PDF, printed),
            _sealed(mailing_id, f"{name}.csv", CSV, table.encode()),
        ]
    with claim.transaction() as job:
        mailing, consultation = _locked(claim)
        if not _may_go_on(mailing, consultation):
            end(mailing, job, MailingState.REFUSED)
            return
        if _still_recipients(mailing, consultation, rows) != still:
            return  # somebody has submitted or was sent a letter meanwhile: the part is made anew
        enter_codes(mailing.consultation_id, codes)
        _note_made(mailing, [sending_id for sending_id, organisation in rows if organisation.id in still])
        gone = [sending_id for sending_id, organisation in rows if organisation.id not in still]
        db.session.execute(delete(Sending).where(Sending.id.in_(gone)))
        for file in made:
            _store(mailing, job, file, part, len(going), first_postcode, last_postcode)
        job.done = min(start + mailing.split, job.total)
        job.tries = 1  # this part is stored, so a run that fails later has not failed at this one


def _finish(claim: Claim, mailing: Mailing) -> None:
    """Add the list of the parts, and offer the letters."""
    files = [file for file in files_of(mailing.id) if file.file.media_type == PDF]
    letters = sum(file.letters for file in files)
    first_postcode = files[0].first_postcode if files else ""
    last_postcode = files[-1].last_postcode if files else ""
    made = _sealed(mailing.id, f"letters-{mailing.id}-list.pdf", PDF, parts_list(mailing, files))
    with claim.transaction() as job:
        mailing, _consultation = _locked(claim)
        if letters:
            _store(mailing, job, made, 0, letters, first_postcode, last_postcode)
        job.total = job.done = letters
        mailing.state, mailing.ready_at = MailingState.READY, clock()
        job.keep_until = mailing.ready_at + WARNED


def _mail_part(claim: Claim) -> None:
    """Give the outbox the next mails, with their codes, in one transaction."""
    with claim.transaction() as job:
        mailing, consultation = _locked(claim)
        if not _may_go_on(mailing, consultation):
            end(mailing, job, MailingState.REFUSED)
            return
        rows = _rows(mailing, job.done, MAILS)
        still = _still_recipients(mailing, consultation, rows)
        going = [(sending_id, organisation) for sending_id, organisation in rows if organisation.id in still]
        queue_mails(mailing.sender, consultation, Occasion(mailing.occasion), going)
        _note_made(mailing, [sending_id for sending_id, _organisation in going])
        gone = [sending_id for sending_id, organisation in rows if organisation.id not in still]
        db.session.execute(delete(Sending).where(Sending.id.in_(gone)))
        job.done, job.tries = min(job.done + MAILS, job.total), 1
        if job.done == job.total:
            mailing.state, mailing.ready_at = MailingState.READY, clock()


def _locked(claim: Claim) -> tuple[Mailing, Consultation]:
    """The mailing and its consultation as they are now; closing waits until this transaction is over."""
    mailing = db.session.get_one(Mailing, claim.subject_id, populate_existing=True)
    shared = {"read": True}
    return mailing, db.session.get_one(Consultation, mailing.consultation_id, with_for_update=shared)


def _fail(job: Job) -> None:
    mailing = db.session.get_one(Mailing, job.subject_id, populate_existing=True)
    mailing.state, mailing.ended_at = MailingState.FAILED, clock()
    job.keep_until = mailing.ended_at + KEPT  # then it is taken back


def _may_go_on(mailing: Mailing, consultation: Consultation) -> bool:
    return may_send(consultation, Channel(mailing.channel), Occasion(mailing.occasion))


def _rows(mailing: Mailing, done: int, number: int) -> Sequence[tuple[int, Organisation]]:
    """The next sendings with their organisations, by postcode."""
    rows = db.session.execute(
        select(Sending.id, Organisation)
        .join(Organisation, Organisation.id == Sending.organisation_id)
        .where(Sending.mailing_id == mailing.id, Sending.position.between(done + 1, done + number))
        .order_by(Sending.position)
    )
    return [(sending_id, organisation) for sending_id, organisation in rows]


def _still_recipients(
    mailing: Mailing, consultation: Consultation, rows: Sequence[tuple[int, Organisation]]
) -> set[int]:
    ids = [organisation.id for _, organisation in rows]
    still = select(Organisation.id).where(Organisation.id.in_(ids), recipients(mailing, consultation))
    return set(db.session.scalars(still))


def _note_made(mailing: Mailing, sending_ids: Sequence[int]) -> None:
    """Note which code is in each letter or mail, and when it was made."""
    if not sending_ids:
        return
    code = (
        select(AccessCode.id)
        .where(
            AccessCode.consultation_id == Sending.consultation_id,
            AccessCode.organisation_id == Sending.organisation_id,
            AccessCode.revoked_at.is_(None),
        )
        .scalar_subquery()
    )
    values: dict[str, Any] = {"made_at": clock()}
    if mailing.channel == Channel.LETTER:
        values["access_code_id"] = code
    db.session.execute(
        update(Sending).where(Sending.id.in_(sending_ids)).values(**values).execution_options(synchronize_session=False)
    )


def _sealed(mailing_id: int, name: str, media_type: str, content: bytes) -> _Printed:
    return _Printed(name, media_type, len(content), sealed_pieces(content, place_of(mailing_id, name)))


def _store(mailing: Mailing, job: Job, made: _Printed, part: int, letters: int, first: str, last: str) -> None:
    file = add_file(job.id, made.name, made.media_type, made.size, made.pieces)
    db.session.add(
        LetterFile(
            file_id=file.id,
            mailing_id=mailing.id,
            part=part,
            letters=letters,
            first_postcode=first,
            last_postcode=last,
        )
    )


MAILINGS = Work(KIND, steps=_steps, failed=_fail, forget=forget_mailing)
