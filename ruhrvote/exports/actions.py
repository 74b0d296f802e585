"""Writes of the exports: note a download, request a file, make it, hand it out once, forget it.

Making a file takes minutes, so it happens outside of any transaction, beside the worker's rounds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.models import Account
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, database_now, db, transaction
from ruhrvote.errors import Conflict, Gone, Unknown
from ruhrvote.exports.catalogue import ExportRequest
from ruhrvote.exports.models import KIND, ExportFile, FileState
from ruhrvote.exports.queries import KEPT, asked_by, request_of
from ruhrvote.exports.writing import prepare
from ruhrvote.jobs.actions import Claim, Work, delete_content, delete_files, enqueue, keep_file, lock, remove
from ruhrvote.jobs.models import Job, JobFile

MOST_FILES = 5  # of one person that wait or can be downloaded
SLOWEST_DOWNLOAD = timedelta(hours=1)
NO_SUCH = _l("There is no such file for you, or it has expired. Order it again if you need it.")


def note_download(request: ExportRequest, consultation_id: int, *, by: Account) -> None:
    """Record that somebody downloads something that is made at once."""
    with transaction():
        record(
            Event.EXPORT_DOWNLOADED,
            by=by.id,
            organisation_id=by.organisation_id,
            consultation_id=consultation_id,
            export=request.export,
            form=str(request.form),
        )


def request_file(request: ExportRequest, consultation_id: int, rows: int, language: str, *, by: Account) -> None:
    """Request a file that takes long; asked twice, it is made once. Raises Conflict if this person has many already."""
    account_id, organisation_id = by.id, by.organisation_id
    with transaction() as session:
        # Its own row first, so that two clicks come one after the other.
        session.get_one(Account, account_id, with_for_update=True)
        kept = [
            file
            for file in session.scalars(
                select(ExportFile)
                .where(ExportFile.account_id == account_id, ExportFile.expires_at > database_now())
                .options(joinedload(ExportFile.job), joinedload(ExportFile.file))
            )
            if file.state in (FileState.REQUESTED, FileState.READY)
        ]
        if any(
            file.state == FileState.REQUESTED
            and (file.consultation_id, file.language, request_of(file)) == (consultation_id, language, request)
            for file in kept
        ):
            return
        if len(kept) >= MOST_FILES:
            raise Conflict(_l("You have five files already. Download one of them, or wait until it expires."))
        now = clock()
        file = ExportFile(
            account_id=account_id,
            consultation_id=consultation_id,
            export=request.export,
            form=request.form,
            theme=request.theme,
            idea=request.idea,
            language=language,
            requested_at=now,
            expires_at=now + KEPT,
        )
        session.add(file)
        session.flush()
        enqueue(KIND, file.id, total=rows, keep_until=file.expires_at)
        record(
            Event.EXPORT_ORDERED,
            by=account_id,
            organisation_id=organisation_id,
            consultation_id=consultation_id,
            object_id=file.id,
            export=request.export,
            form=str(request.form),
        )


def take_file(file_id: int, allowed: Collection[str], *, by: Account) -> tuple[ExportFile, JobFile]:
    """Hand a file and its content out, once and only to whom it was made for; else Unknown or Gone say what to do.

    allowed: the exports that this person may have now, whatever it was when the file was requested.
    """
    account_id, organisation_id = by.id, by.organisation_id
    with transaction() as session:
        job = lock(KIND, file_id)
        file = session.scalar(
            select(ExportFile).where(
                ExportFile.id == file_id,
                ExportFile.account_id == account_id,
                ExportFile.export.in_(allowed),
                ExportFile.expires_at > database_now(),
            )
        )
        content = file.file if file is not None else None
        if job is None or file is None or content is None or file.state not in (FileState.READY, FileState.TAKEN):
            raise Unknown(NO_SUCH)
        if file.state == FileState.TAKEN:
            raise Gone(
                _l("This file was downloaded already; each can be downloaded once. Order it again if you need it.")
            )
        now = clock()
        content.downloaded_at = now
        job.keep_until = min(file.expires_at, now + SLOWEST_DOWNLOAD)
        record(
            Event.EXPORT_DOWNLOADED,
            by=account_id,
            organisation_id=organisation_id,
            consultation_id=file.consultation_id,
            object_id=file.id,
            export=file.export,
            form=file.form,
        )
    return file, content


def delete_files_of(account_id: int) -> None:
    """Delete all files that somebody has requested, whoever is making them."""
    for file_id in db.session.scalars(select(ExportFile.id).where(ExportFile.account_id == account_id)).all():
        _delete(file_id)


def _make(claim: Claim) -> Iterator[None]:
    delete_files(claim.job_id)  # what an earlier run has left
    file = db.session.get(ExportFile, claim.subject_id)
    if file is None:  # its person was erased at this moment
        remove(KIND, claim.subject_id)
        return
    account = db.session.get_one(Account, file.account_id)
    consultation = db.session.get_one(Consultation, file.consultation_id)
    request, language = request_of(file), file.language
    # A nameless file, which only this process can read, in the system's folder for such files.
    with tempfile.TemporaryFile() as target:
        with force_locale(language):
            prepared = prepare(request, asked_by(account, consultation, request))
            with claim.transaction() as job:
                job.done, job.total = 0, prepared.total
            prepared.write(target, claim.advance)
        yield from keep_file(claim, request.file_name, request.form.mimetype, target)
    with claim.transaction() as job:
        job.done, job.keep_until = job.total, clock() + KEPT
        db.session.get_one(ExportFile, claim.subject_id).expires_at = job.keep_until


def _fail(_job: Job) -> None:
    """The page says so until the request expires."""


def _forget(file_id: int) -> datetime | None:
    """Delete the content of what was downloaded, an hour later, and everything of what has expired."""
    file = db.session.get(ExportFile, file_id)
    if file is None or file.job is None or file.expires_at <= clock():
        _delete(file_id)
        return None
    if file.state == FileState.TAKEN:
        expires_at = file.expires_at
        delete_content(file.job.id)
        return expires_at
    return file.expires_at


def _delete(file_id: int) -> None:
    remove(KIND, file_id)
    with transaction() as session:
        session.execute(delete(ExportFile).where(ExportFile.id == file_id))


EXPORTS = Work(KIND, steps=_make, failed=_fail, forget=_forget)
