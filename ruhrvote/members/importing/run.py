"""What each run of a worker on an import needs: ending it, and clearing what it has staged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, select

from ruhrvote.db import clock, db
from ruhrvote.jobs.actions import Claim
from ruhrvote.jobs.models import Job, JobState
from ruhrvote.members.importing.models import ImportFault, ImportGone, ImportJob, ImportRow, State

AT_A_TIME = 1_000  # rows in one transaction: some hundredths of a second


def clear(claim: Claim, tables: Sequence[type[ImportRow | ImportFault | ImportGone]]) -> Iterator[None]:
    """Delete what an import has staged, in small pieces; the shown examples of an applied one stay."""
    for table in tables:
        key = ImportGone.organisation_id if table is ImportGone else getattr(table, "line")  # noqa: B009
        keep = [ImportRow.changes.is_(None)] if tables == (ImportRow,) else []
        mine = (table.job_id == claim.subject_id, *keep)
        while last := db.session.scalars(select(key).where(*mine).order_by(key).limit(AT_A_TIME * 5)).all():
            with claim.transaction():
                gone = delete(table).where(*mine, key <= last[-1])
                db.session.execute(gone, execution_options={"synchronize_session": False})
            yield


def end(claim: Claim, state: State, problem: str = "", detail: str = "") -> None:
    """End an import; what it leaves behind is forgotten next."""
    with claim.transaction() as job:
        note_end(job, state, problem, detail)


def note_end(job: Job, state: State, problem: str = "", detail: str = "") -> None:
    """End an import whose job is locked, and let no run go on with it; part of the caller's transaction."""
    ended = db.session.get_one(ImportJob, job.subject_id, populate_existing=True)
    ended.state, ended.problem, ended.problem_detail, ended.ended_at = state, problem, detail, clock()
    job.end(JobState.FAILED if state == State.FAILED else JobState.DONE, keep_until=ended.ended_at)
