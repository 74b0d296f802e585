"""Reads of the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from ruhrvote.audit.models import AuditEntry
from ruhrvote.db import db


def entries(
    *,
    within: Sequence[ColumnElement[bool]] = (),
    event: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    page: int = 1,
    per_page: int = 50,
) -> tuple[Sequence[AuditEntry], int]:
    """One page of the entries, the newest first, and how many there are; `within` is what the reader may see."""
    wanted = list(within)
    if event:
        wanted.append(AuditEntry.event == event)
    if since:
        wanted.append(AuditEntry.recorded_at >= since)
    if until:
        wanted.append(AuditEntry.recorded_at < until)
    total = db.session.scalar(select(func.count()).select_from(AuditEntry).where(*wanted)) or 0
    query = select(AuditEntry).where(*wanted).order_by(AuditEntry.id.desc())
    return db.session.scalars(query.limit(per_page).offset((page - 1) * per_page)).all(), total
