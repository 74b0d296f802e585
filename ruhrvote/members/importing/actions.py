"""What people do with an import; each public function is one use case and one commit. work.py has the long work."""

from __future__ import annotations

import json
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, tuple_
from werkzeug.datastructures import FileStorage

from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.models import Membership
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.members.importing import uploads
from ruhrvote.members.importing.columns import FIELDS, NEEDED
from ruhrvote.members.importing.models import ImportGone, ImportJob, Outside, State
from ruhrvote.members.importing.queries import NO_SUCH, open_job_of


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
        job = _locked(job_id, State.UPLOADED, State.COLUMNS, State.CHECKING, State.CHECKED)
        _go(job, State.ABANDONED)
        stored_as = job.stored_as
    uploads.drop(stored_as)


def end_gone(job_id: int, by: int) -> int:
    """End the memberships of those whom the applied file does not name any more, and return how many that were."""
    with transaction() as session:
        job = _locked(job_id, State.DONE)
        if job.gone_ended_at is not None:
            raise Conflict(_l("These memberships were ended already."))
        gone = select(ImportGone.organisation_id, ImportGone.member_number).where(ImportGone.job_id == job_id)
        ended = session.execute(
            delete(Membership).where(
                Membership.chamber_id == job.chamber_id,
                tuple_(Membership.organisation_id, Membership.member_number).in_(gone),
            ),
            execution_options={"synchronize_session": False},
        ).rowcount  # type: ignore[attr-defined]
        job.gone_ended_at = clock()
        record(Event.MEMBERSHIPS_ENDED, by=by, organisation_id=job.chamber_id, object_id=job.id, ended=ended)
        return int(ended)


def _only_one(chamber_id: int) -> None:
    lock_organisation(chamber_id)
    if open_job_of(chamber_id) is not None:
        raise Conflict(_l("Another import of this chamber is not over yet. Finish it or give it up first."))


def _locked(job_id: int, *states: State) -> ImportJob:
    job = db.session.get(ImportJob, job_id, with_for_update=True)
    if job is None:
        raise Unknown(NO_SUCH)
    if job.state not in states:
        raise Conflict(_l("The import has gone on in the meantime. Look at where it stands now."))
    return job


def _go(job: ImportJob, state: State) -> None:
    job.state, job.progress, job.run, job.touched_at = state, 0, "", clock()
