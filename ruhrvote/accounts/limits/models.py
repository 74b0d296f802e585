"""The table of counted attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model, UtcDateTime


class AttemptCount(Model):
    """How often something was tried, by or against one subject: an account's name, a network address, a browser.

    The subject is an HMAC under the server's key: the table names nobody.
    """

    __tablename__ = "attempt_count"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # then it counts from the beginning again
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)
