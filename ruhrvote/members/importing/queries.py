"""Reads of imports and of likely doubles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.access import reach_of
from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.db import Page, db, page_of
from ruhrvote.errors import Unknown
from ruhrvote.members.importing.models import OPEN, ImportFault, ImportGone, ImportJob, ImportRow

NO_SUCH = _l("There is no such import in your reach.")


def get_job(job_id: int, account: Account) -> ImportJob:
    """An import in this admin's reach; raises Unknown for any other."""
    job = db.session.scalar(
        select(ImportJob)
        .where(ImportJob.id == job_id)
        .options(joinedload(ImportJob.chamber), joinedload(ImportJob.job))
    )
    if job is None or not reach_of(account).includes_chamber(job.chamber_id):
        raise Unknown(NO_SUCH)
    return job


def earlier_jobs(account: Account, number: int, size: int) -> Page[ImportJob]:
    """One page of the imports in this admin's reach, the newest first."""
    reach = reach_of(account)
    query = select(ImportJob)
    if reach.chamber_id is not None:
        query = query.where(ImportJob.chamber_id == reach.chamber_id)
    return page_of(query.options(joinedload(ImportJob.chamber)).order_by(ImportJob.id.desc()), number, size)


def open_job_of(chamber_id: int) -> int | None:
    """The import of this chamber that is not over yet."""
    return db.session.scalar(
        select(ImportJob.id).where(ImportJob.chamber_id == chamber_id, ImportJob.state.in_(OPEN)).limit(1)
    )


def faults_of(job_id: int, number: int, size: int) -> Page[ImportFault]:
    """One page of what is wrong with a file, by line."""
    query = select(ImportFault).where(ImportFault.job_id == job_id)
    return page_of(query.order_by(ImportFault.line, ImportFault.id), number, size)


def every_fault_of(job_id: int) -> Iterator[ImportFault]:
    """All that is wrong with a file, by line, without holding it all."""
    query = select(ImportFault).where(ImportFault.job_id == job_id).order_by(ImportFault.line, ImportFault.id)
    yield from db.session.scalars(query.execution_options(yield_per=1000))


def sample_of_changes(job_id: int) -> Sequence[ImportRow]:
    """The first rows that change something, with what they change."""
    return db.session.scalars(
        select(ImportRow).where(ImportRow.job_id == job_id, ImportRow.changes.is_not(None)).order_by(ImportRow.line)
    ).all()


def gone_of(job_id: int, most: int | None = None) -> Sequence[tuple[str, str]]:
    """Number and name of the members that the register has and the file has not."""
    query = (
        select(ImportGone.member_number, Organisation.name)
        .join(Organisation, Organisation.id == ImportGone.organisation_id)
        .where(ImportGone.job_id == job_id)
        .order_by(ImportGone.member_number)
    )
    return [(number, name) for number, name in db.session.execute(query.limit(most) if most else query)]
