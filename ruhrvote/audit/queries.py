"""Reads of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select

from ruhrvote.audit.models import AuditEntry
from ruhrvote.db import Page, page_of


def entries(
    *,
    within: Sequence[ColumnElement[bool]] = (),
    event: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    number: int = 1,
    size: int = 50,
) -> Page[AuditEntry]:
    """One page of the entries, newest first, and the number of all.

    within: conditions that restrict the entries to what the reader may see; since, until: bounds of the time.
    """
    wanted = list(within)
    if event:
        wanted.append(AuditEntry.event == event)
    if since:
        wanted.append(AuditEntry.recorded_at >= since)
    if until:
        wanted.append(AuditEntry.recorded_at < until)
    return page_of(select(AuditEntry).where(*wanted).order_by(AuditEntry.id.desc()), number, size)
