"""The tables of links by e-mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account
from ruhrvote.db import Model, UtcDateTime

KIND = "link"  # of job


class LinkPurpose(StrEnum):
    """What pressing the button behind a link does."""

    LOG_IN = "log in"
    CONFIRM = "confirm"


class LinkRequest(Model):
    """Somebody has asked for a link. A job finds out whose address it is, so that the answer to asking tells nothing.

    With an account, the address is to become that account's; without one, the link logs in.
    """

    __tablename__ = "link_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    target: Mapped[str] = mapped_column(String(300), default="")  # where to go after the login
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account | None] = relationship()


class MailedLink(Model):
    """A link that is good until its button is pressed or its time is over; its token is kept as a hash only."""

    __tablename__ = "mailed_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(String(254))  # where it was sent
    target: Mapped[str] = mapped_column(String(300), default="")
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()
