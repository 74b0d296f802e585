"""Tables of jobs and of the files that they make."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.db import Model, UtcDateTime


class JobState(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (JobState.WAITING, JobState.RUNNING)


class Job(Model):
    """One piece of work about one row of a feature, its subject; done again, it is the same row."""

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("kind", "subject_id"), Index("ix_job_state_kind", "state", "kind"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]  # no foreign key: each kind has a table of its own
    state: Mapped[str] = mapped_column(String(10), default=JobState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)  # runs that have begun; see actions.MOST_TRIES
    claim: Mapped[str] = mapped_column(String(32), default="")  # the token of the run that is at it
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # until then no other run begins
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    keep_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # then Work.forget is called

    @property
    def percent(self) -> int:
        """How far the job is, in per cent."""
        return min(100, 100 * self.done // self.total) if self.total else 0

    def end(self, state: JobState, keep_until: datetime | None = None) -> None:
        """Let no run go on with the job; part of the caller's transaction, which has locked it."""
        self.state, self.keep_until = state, keep_until
        self.claim, self.claimed_until = "", None


class JobFile(Model):
    """A file that a job has made. In the database, because that is all that two hosts share."""

    __tablename__ = "job_file"
    __table_args__ = (UniqueConstraint("job_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int] = mapped_column(default=0)  # bytes
    pieces: Mapped[int] = mapped_column(default=0)  # how many there were, also once they are deleted
    downloaded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # the last time


class JobPiece(Model):
    """A piece of a file's content; sealed, if the job seals its files."""

    __tablename__ = "job_piece"

    file_id: Mapped[int] = mapped_column(ForeignKey("job_file.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


def job_of(subject: str, kind: str) -> Any:
    """A read-only relationship from the class of this name to the job of this kind about each row."""
    return relationship(
        Job,
        primaryjoin=f"and_(Job.kind == '{kind}', foreign(Job.subject_id) == {subject}.id)",
        uselist=False,
        viewonly=True,
    )
