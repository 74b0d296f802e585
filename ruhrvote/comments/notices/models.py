"""The table of who wants to be told what by e-mail; without a row, nothing is sent."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model


class NoticeChoice(Model):
    """What a person wants to be told about: replies to the own comments, and chambers' official replies to them."""

    __tablename__ = "notice_choice"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    replies: Mapped[bool]
    official: Mapped[bool]
