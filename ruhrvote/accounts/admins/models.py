"""The table of proposed consultation admins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.db import Model, UtcDateTime


class AdminProposal(Model):
    """A person whom one consultation admin has proposed as another; deleted once it is accepted or withdrawn.

    confirmed_by: the second admin, upon whose confirmation the person is invited. The invitation's secrets are stored
    as hashes only.
    """

    __tablename__ = "admin_proposal"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    person: Mapped[str] = mapped_column(String(120))
    proposed_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64), unique=True)

    organisation: Mapped[Organisation] = relationship()
    proposer: Mapped[Account] = relationship(foreign_keys=[proposed_by])
