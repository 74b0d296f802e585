"""The table of access codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.db import Model, UtcDateTime

VALID = text("revoked_at IS NULL")


class AccessCode(Model):
    """An access code of an organisation for one consultation, stored as an HMAC with the server's key.

    An organisation has at most one valid code for a consultation: issuing another one revokes it.
    """

    __tablename__ = "access_code"
    __table_args__ = (
        Index(
            "uq_access_code_valid",
            "consultation_id",
            "organisation_id",
            unique=True,
            sqlite_where=VALID,
            postgresql_where=VALID,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    # By the table's name, since accounts must not import consultations.
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # first use; a code lets in again and again
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # The account that it logs in; created at the first use.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)

    organisation: Mapped[Organisation] = relationship()
    account: Mapped[Account | None] = relationship()
