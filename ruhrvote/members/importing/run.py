"""What each run of a worker on an import needs: whether it still has it, and ending it cleanly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import delete, select

from ruhrvote.accounts.models import Membership, Organisation
from ruhrvote.db import clock, db, transaction
from ruhrvote.members.importing import uploads
from ruhrvote.members.importing.models import ImportFault, ImportGone, ImportJob, ImportRow, State

AT_A_TIME = 1_000  # rows in one transaction: some hundredths of a second


class Overtaken(Exception):
    """Somebody gave the import up, or another worker has taken it over."""


def mine(job_id: int, run: str) -> ImportJob:
    """The import inside a transaction, if this run still has it."""
    job = db.session.get_one(ImportJob, job_id, with_for_update=True, populate_existing=True)
    if job.run != run:
        raise Overtaken
    return job


def clear(job_id: int, run: str, tables: Sequence[type[ImportRow | ImportFault | ImportGone]]) -> Iterator[None]:
    """Delete what an import has staged, in small pieces; the shown examples of an applied one stay."""
    for table in tables:
        key = ImportGone.organisation_id if table is ImportGone else getattr(table, "line")  # noqa: B009
        keep = [ImportRow.changes.is_(None)] if tables == (ImportRow,) else []
        while True:
            last = db.session.scalars(
                select(key).where(table.job_id == job_id, *keep).order_by(key).limit(AT_A_TIME * 5)
            ).all()
            if not last:
                break
            with transaction() as session:
                mine(job_id, run)
                session.execute(
                    delete(table).where(table.job_id == job_id, key <= last[-1], *keep),
                    execution_options={"synchronize_session": False},
                )
            yield


def end(job_id: int, state: State, problem: str = "", detail: str = "") -> None:
    """End an import; organisations that it had entered and that belong to nobody go with it."""
    db.session.rollback()
    if state != State.DONE:
        entered = select(ImportRow.organisation_id).where(ImportRow.job_id == job_id, ImportRow.verdict == "added")
        belongs = select(Membership.organisation_id).where(Membership.organisation_id == Organisation.id)
        while numbers := db.session.scalars(
            select(Organisation.id).where(Organisation.id.in_(entered), ~belongs.exists()).limit(AT_A_TIME)
        ).all():
            with transaction() as session:
                session.execute(delete(Organisation).where(Organisation.id.in_(numbers)))
    with transaction() as session:
        job = session.get_one(ImportJob, job_id, with_for_update=True)
        job.state, job.problem, job.problem_detail, job.progress = state, problem, detail, 100
        job.run, job.touched_at = "", clock()
        stored_as = job.stored_as
    uploads.drop(stored_as)
