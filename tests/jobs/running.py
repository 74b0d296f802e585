"""Letting a worker do jobs in tests, step by step or to their end, and letting time pass for them."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from ruhrvote.db import clock, db, transaction
from ruhrvote.jobs.actions import Work
from ruhrvote.jobs.lanes import Lane
from ruhrvote.jobs.models import Job
from ruhrvote.worker import WORKS, forget_jobs


def do_jobs(*works: Work, steps: int | None = None) -> bool:
    """Do all that waits, or so many steps, and leave the rest to the next worker; whether there was anything."""
    lane, taken = Lane(works or WORKS), 0
    try:
        while taken != steps and lane.run(0):
            taken += 1
    finally:
        lane.stop()
    forget_jobs(10)
    return taken > 0


def the_job(kind: str, subject_id: int = 1) -> Job:
    """The job about a subject as it is now."""
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.kind == kind, Job.subject_id == subject_id)).one()


def let_claims_run_out() -> None:
    """Let the time pass after which another run may begin."""
    with transaction() as session:
        session.execute(
            update(Job).where(Job.claimed_until.is_not(None)).values(claimed_until=clock() - timedelta(seconds=1))
        )


def let_pass(kind: str, time: timedelta) -> None:
    """Let time pass for what is kept of jobs."""
    with transaction() as session:
        for job in session.scalars(select(Job).where(Job.kind == kind, Job.keep_until.is_not(None))):
            assert job.keep_until is not None
            job.keep_until -= time
