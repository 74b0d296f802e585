"""The table of files that take long to make: who asked for which."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.consultations.models import Consultation
from ruhrvote.db import Model, UtcDateTime
from ruhrvote.jobs.models import Job, JobFile, JobState, job_of

KIND = "export"  # of job


class FileState(StrEnum):
    """Where a file stands: it is being made, can be downloaded once, was downloaded, or could not be made."""

    REQUESTED = "requested"
    READY = "ready"
    TAKEN = "taken"
    FAILED = "failed"


class ExportFile(Model):
    """A file that somebody has asked for, for this person alone and one download; a job makes it."""

    __tablename__ = "export_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    export: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(10))
    theme: Mapped[str] = mapped_column(String(40))
    idea: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(2))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    consultation: Mapped[Consultation] = relationship()
    job: Mapped[Job | None] = job_of("ExportFile", KIND)
    file: Mapped[JobFile | None] = relationship(
        secondary="job",
        primaryjoin=f"and_(Job.kind == '{KIND}', Job.subject_id == ExportFile.id)",
        secondaryjoin="JobFile.job_id == Job.id",
        foreign_keys="[Job.subject_id, JobFile.job_id]",
        uselist=False,
        viewonly=True,
    )

    @property
    def state(self) -> FileState:
        """Where the file stands."""
        if self.file and self.file.downloaded_at:
            return FileState.TAKEN
        match self.job.state if self.job else JobState.FAILED:
            case JobState.DONE:
                return FileState.READY
            case JobState.FAILED:
                return FileState.FAILED
            case _:
                return FileState.REQUESTED
