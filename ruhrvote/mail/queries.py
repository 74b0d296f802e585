"""Reads of the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from ruhrvote.db import Page, database_now, db, page_of
from ruhrvote.mail.models import Mail, MailState, RefusedAddress


def due_mails(limit: int) -> Sequence[int]:
    """The ids of mails whose time has come, those that wait longest first."""
    due = (Mail.state == MailState.WAITING) & (Mail.next_try_at <= database_now())
    return db.session.scalars(select(Mail.id).where(due).order_by(Mail.next_try_at, Mail.id).limit(limit)).all()


def count_states() -> dict[str, int]:
    """How many mails are in each state; a state without any is not named."""
    counts = db.session.execute(select(Mail.state, func.count()).group_by(Mail.state))
    return {state: count for state, count in counts}


def count_refused() -> int:
    """How many addresses take no mail."""
    return db.session.scalar(select(func.count()).select_from(RefusedAddress)) or 0


def latest_mails(state: str, number: int, size: int) -> Page[Mail]:
    """One page of the mails in a state, or of all for "", the newest first."""
    query = select(Mail).order_by(Mail.id.desc())
    return page_of(query.where(Mail.state == state) if state else query, number, size)
