"""Tables of the files that take long to make: who ordered them, how far they are, and their content."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.consultations.models import Consultation
from ruhrvote.db import Model, UtcDateTime


class FileState(StrEnum):
    """Where a file stands: it is being made, can be downloaded once, was downloaded, or could not be made."""

    ORDERED = "ordered"
    READY = "ready"
    TAKEN = "taken"
    FAILED = "failed"


class ExportFile(Model):
    """A file that somebody ordered, for this person alone and one download; made by the worker, in parts."""

    __tablename__ = "export_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    export: Mapped[str] = mapped_column(String(20))
    form: Mapped[str] = mapped_column(String(10))
    theme: Mapped[str] = mapped_column(String(40))
    idea: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(10), default=FileState.ORDERED, index=True)
    rows: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    # A worker that dies leaves a claim that runs out; `tries` tells its late writes from those of the next one.
    tries: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    parts: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    ordered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    consultation: Mapped[Consultation] = relationship()

    @property
    def percent(self) -> int:
        """How far it is, in per cent."""
        return min(100, 100 * self.rows_done // self.rows) if self.rows else 0


class ExportPart(Model):
    """A piece of a file's content. In the database, because that is all that two hosts share."""

    __tablename__ = "export_part"

    file_id: Mapped[int] = mapped_column(ForeignKey("export_file.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)
