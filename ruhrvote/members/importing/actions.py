"""What people do with an import; each public function is one use case. job.py has the long work."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, tuple_
from werkzeug.datastructures import FileStorage

from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.models import Membership
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, delete_bit_by_bit, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.jobs.actions import enqueue, forget, lock
from ruhrvote.jobs.models import Job, JobState
from ruhrvote.members.importing import uploads
from ruhrvote.members.importing.columns import FIELDS, NEEDED
from ruhrvote.members.importing.job import IMPORTS
from ruhrvote.members.importing.models import (
    KIND,
    UNATTENDED,
    WORKING,
    ImportGone,
    ImportJob,
    Outside,
    State,
)
from ruhrvote.members.importing.queries import NO_SUCH, open_job_of
from ruhrvote.members.importing.run import note_end


def upload(chamber_id: int, file: FileStorage, by: int) -> int:
    """Keep a file for a chamber and let the worker look at it; Conflict while another one is not over."""
    stored_as = uploads.keep(file)
    try:
        with transaction() as session:
            _only_one(chamber_id)
            name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
            name = "".join(mark for mark in name if mark.isprintable())[-200:]
            job = ImportJob(chamber_id=chamber_id, account_id=by, file_name=name or "-", stored_as=stored_as)
            session.add(job)
            session.flush()
            enqueue(KIND, job.id, total=100)
            return job.id
    except BaseException:
        uploads.drop(stored_as)
        raise


def start_check(job_id: int, fields: Sequence[str], outside: str, by: int) -> None:
    """Check the file with these fields for its columns; Refused if one is used twice or a needed one is missing."""
    used = [field for field in fields if field]
    if outside not in tuple(Outside):
        raise Refused(_l("Choose what becomes of firms outside the region's municipalities."))
    if set(used) - FIELDS.keys():
        raise Refused(_l("Choose for each column what it holds."))
    if len(used) != len(set(used)):
        raise Refused(_l("Two columns hold the same. Choose “not used” for one of them."))
    if not set(NEEDED) <= set(used):
        raise Refused(_l("Choose the columns with the member number and with the name."))
    with transaction():
        job = _locked(job_id, State.COLUMNS, State.CHECKED)
        columns = job.columns
        if len(fields) != len(columns):
            raise Refused(_l("Choose for each column what it holds."))
        for column, field in zip(columns, fields, strict=True):
            column["field"] = field
        job.layout = json.dumps({"columns": columns})
        job.outside, job.account_id = outside, by
        _go(job, State.CHECKING)


def choose_columns(job_id: int) -> None:
    """Go back to the columns of a file that was checked."""
    with transaction():
        _go(_locked(job_id, State.CHECKED), State.COLUMNS)


def start_applying(job_id: int, by: int) -> None:
    """Apply a file that was checked; Refused while a row is faulty: all of it or nothing."""
    with transaction():
        job = _locked(job_id, State.CHECKED)
        if job.faulty:
            raise Refused(_l("There are faulty rows. Correct them in the file and upload it again."))
        if not job.rows:
            raise Refused(_l("The file holds no members."))
        job.account_id = by
        _go(job, State.APPLYING)


def abandon(job_id: int) -> None:
    """Give an import up; nothing of it was applied."""
    with transaction():
        _locked(job_id, State.UPLOADED, State.COLUMNS, State.CHECKING, State.CHECKED)
        note_end(_job(job_id), State.ABANDONED)
    forget(KIND, job_id, IMPORTS.forget)


def end_gone(job_id: int, by: int) -> int:
    """End the memberships of those whom the applied file does not name any more, and return how many that were.

    They end a few at a time. If that is interrupted, those that are left can be ended again.
    """
    with transaction():
        chamber_id = _gone_not_ended(job_id).chamber_id
    gone = select(ImportGone.organisation_id, ImportGone.member_number).where(ImportGone.job_id == job_id)
    ended = delete_bit_by_bit(
        Membership.organisation_id,
        Membership.chamber_id == chamber_id,
        tuple_(Membership.organisation_id, Membership.member_number).in_(gone),
    )
    with transaction():
        job = _gone_not_ended(job_id)
        job.gone_ended_at = clock()
        record(Event.MEMBERSHIPS_ENDED, by=by, organisation_id=chamber_id, object_id=job_id, ended=ended)
    return ended


def _gone_not_ended(job_id: int) -> ImportJob:
    job = _locked(job_id, State.DONE)
    if job.gone_ended_at is not None:
        raise Conflict(_l("These memberships were ended already."))
    return job


def _only_one(chamber_id: int) -> None:
    lock_organisation(chamber_id)
    if open_job_of(chamber_id) is not None:
        raise Conflict(_l("Another import of this chamber is not over yet. Finish it or give it up first."))


def _locked(job_id: int, *states: State) -> ImportJob:
    """The import in one of these states, which stays so until the transaction ends: its job is locked."""
    _job(job_id)
    found = db.session.get_one(ImportJob, job_id, populate_existing=True)
    if found.state not in states:
        raise Conflict(_l("The import has gone on in the meantime. Look at where it stands now."))
    return found


def _job(job_id: int) -> Job:
    job = lock(KIND, job_id)
    if job is None:
        raise Unknown(NO_SUCH)
    return job


def _go(found: ImportJob, state: State) -> None:
    found.state = state
    if state in WORKING:
        enqueue(KIND, found.id, total=100)
    else:
        _job(found.id).end(JobState.DONE, keep_until=clock() + UNATTENDED)
