"""The table of the outbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model, UtcDateTime
from ruhrvote.sealing import SealedText


class MailState(StrEnum):
    """Where a mail stands: it waits for its (next) attempt, was accepted by the mail server, or was given up.

    Dropped is one whose reason had gone when its time came; returned is one that the mail server accepted and somebody
    later found in the sender's mailbox as undeliverable.
    """

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    RETURNED = "returned"


class Mail(Model):
    """One mail to one person; its text is sealed, and blank once it is sent: it may hold a link that logs in."""

    __tablename__ = "mail"
    __table_args__ = (
        Index("ix_mail_state_next_try_at", "state", "next_try_at"),
        Index("ix_mail_object_id", "object_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Fixed when the mail is queued: whoever gets it twice after a crash gets the same mail twice.
    message_id: Mapped[str] = mapped_column(String(200), unique=True)
    purpose: Mapped[str] = mapped_column(String(40))
    recipient: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str | None] = mapped_column(SealedText, nullable=False)  # None if the server's key is another one now
    object_id: Mapped[int | None]  # what the mail is about, where its purpose asks before sending; see actions.Wanted
    unsubscribe: Mapped[str] = mapped_column(String(300), default="")  # where one POST ends mail like this (RFC 8058)
    state: Mapped[str] = mapped_column(String(10), default=MailState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str] = mapped_column(String(300), default="")

    @property
    def masked_recipient(self) -> str:
        """The recipient as pages and logs show it."""
        return masked(self.recipient)


CAME_BACK = "came back"


class RefusedAddress(Model):
    """An address to which no mail gets through: a mail server refused it, or a mail came back.

    It ends when a refusing server accepts a mail, or, where accepting proves nothing, when somebody uses a mailed link.
    """

    __tablename__ = "refused_address"

    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    reason: Mapped[str] = mapped_column(String(300))
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


def masked(address: str) -> str:
    """An address of which the person is not shown: kim@firma.example becomes k…@firma.example."""
    person, _, host = address.rpartition("@")
    return f"{person[:1]}…@{host}"
