"""Tables of imports: the uploaded file, its staged rows, its faults, and the members that it no longer names."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Organisation
from ruhrvote.db import Model, UtcDateTime, database_now
from ruhrvote.jobs.models import Job, job_of

KIND = "import"  # of job
UNATTENDED = timedelta(days=1)


class State(StrEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"  # the worker looks at columns and encoding
    COLUMNS = "columns"  # a person looks at what was found
    CHECKING = "checking"
    CHECKED = "checked"
    APPLYING = "applying"
    MATCHING = "matching"  # applied; likely duplicates are looked for
    DONE = "done"
    REFUSED = "refused"  # the file cannot be read
    FAILED = "failed"  # something went wrong on our side; nothing was applied
    ABANDONED = "abandoned"


WORKING = (State.UPLOADED, State.CHECKING, State.APPLYING, State.MATCHING)
OPEN = (*WORKING, State.COLUMNS, State.CHECKED)


class Outside(StrEnum):
    """What becomes of firms outside the region's municipalities."""

    TAKE_IN = "take_in"
    REFUSE = "refuse"


class ImportJob(Model):
    """One file that somebody uploaded for a chamber."""

    __tablename__ = "import_job"

    id: Mapped[int] = mapped_column(primary_key=True)
    chamber_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int]  # who uploaded it
    state: Mapped[str] = mapped_column(String(20), index=True, default=State.UPLOADED)
    file_name: Mapped[str] = mapped_column(String(200))  # as the person calls it
    stored_as: Mapped[str] = mapped_column(String(40))  # in the folder of uploads
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    encoding: Mapped[str] = mapped_column(String(20), default="")
    delimiter: Mapped[str] = mapped_column(String(1), default="")
    header_line: Mapped[int] = mapped_column(default=0)  # 0: the file does not name its columns
    layout: Mapped[str] = mapped_column(Text, default="{}")  # JSON: names, fields and first values of the columns
    outside: Mapped[str] = mapped_column(String(20), default=Outside.TAKE_IN)
    rows: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    gone: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    outside_rows: Mapped[int] = mapped_column(default=0)
    doubles: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(40), default="")
    problem_detail: Mapped[str] = mapped_column(String(100), default="")
    gone_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    chamber: Mapped[Organisation] = relationship()
    job: Mapped[Job | None] = job_of("ImportJob", KIND)

    @property
    def progress(self) -> int:
        """How far what is being done is, in per cent."""
        return self.job.percent if self.job else 0

    @property
    def columns(self) -> list[dict[str, str]]:
        """The columns of the file: `name`, `field` and `example` of each."""
        found: list[dict[str, str]] = json.loads(self.layout).get("columns", [])
        return found


class ImportRow(Model):
    """A row without a fault, until the import is over; None means that the file does not say."""

    __tablename__ = "import_row"
    __table_args__ = (
        Index("ix_import_row_member_number", "job_id", "member_number", unique=True),
        Index("ix_import_row_verdict", "job_id", "verdict", "line"),
    )

    job_id: Mapped[int] = mapped_column(ForeignKey("import_job.id"), primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    verdict: Mapped[str] = mapped_column(String(10))  # added, changed or unchanged
    organisation_id: Mapped[int | None]  # no foreign key: a row must never hinder a change elsewhere
    member_number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    street: Mapped[str | None] = mapped_column(String(200))
    postcode: Mapped[str | None] = mapped_column(String(10))
    town: Mapped[str | None] = mapped_column(String(100))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    register_number: Mapped[str | None] = mapped_column(String(60))
    sector: Mapped[str | None] = mapped_column(String(60))
    size_class: Mapped[str | None] = mapped_column(String(20))
    municipality_id: Mapped[int | None]
    changes: Mapped[str | None] = mapped_column(Text)  # JSON: before and after of each field, for the first rows

    @property
    def differences(self) -> list[tuple[str, object, object]]:
        """What the row changes: field, before and after."""
        return [(field, before, after) for field, (before, after) in json.loads(self.changes or "{}").items()]


class ImportFault(Model):
    """One thing that is wrong with one row."""

    __tablename__ = "import_fault"
    __table_args__ = (Index("ix_import_fault_job_id_line", "job_id", "line"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("import_job.id"))
    line: Mapped[int]
    field: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str] = mapped_column(String(30))
    found: Mapped[str] = mapped_column(String(80))


class ImportGone(Model):
    """A member that the register has and the file has not."""

    __tablename__ = "import_gone"

    job_id: Mapped[int] = mapped_column(ForeignKey("import_job.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(primary_key=True)
    member_number: Mapped[str] = mapped_column(String(40))
