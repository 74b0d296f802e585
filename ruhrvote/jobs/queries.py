"""Reads of jobs, and of the content of their files."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flask import Flask
from sqlalchemy import func, or_, select

from ruhrvote.db import database_now, db
from ruhrvote.jobs.models import UNFINISHED, Job, JobPiece
from ruhrvote.sealing import unseal

CLAIMABLE = Job.state.in_(UNFINISHED) & or_(Job.claimed_until.is_(None), Job.claimed_until < database_now())


def next_jobs(kinds: Collection[str]) -> dict[str, int]:
    """The oldest job of each kind that a run may begin with."""
    oldest = select(Job.kind, func.min(Job.id)).where(Job.kind.in_(kinds), CLAIMABLE).group_by(Job.kind)
    return {kind: job_id for kind, job_id in db.session.execute(oldest)}


def next_to_forget(kinds: Collection[str]) -> tuple[str, int] | None:
    """Kind and subject of the job that has waited longest to be forgotten."""
    over = select(Job.kind, Job.subject_id).where(Job.keep_until <= database_now(), Job.kind.in_(kinds))
    found = db.session.execute(over.order_by(Job.keep_until).limit(1)).first()
    return (found.kind, found.subject_id) if found else None


def content_of(app: Flask, file_id: int, pieces: int, place: str = "") -> Iterator[bytes]:
    """The content of a file, piece by piece; between them it holds no connection, however slow the reader is.

    `place` is what sealed pieces were sealed for. Raises LookupError where a piece is deleted, and Unreadable if one
    was sealed under another key or for another place.
    """
    for number in range(pieces):
        with app.app_context():
            content = db.session.scalar(
                select(JobPiece.content).where(JobPiece.file_id == file_id, JobPiece.number == number)
            )
            if content is None:
                raise LookupError(f"piece {number} of file {file_id} is gone")
            if place:
                content = unseal(content, f"{place}/{number}")
        yield content
