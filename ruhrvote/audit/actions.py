"""Writes of the audit trail, in the same transaction as the recorded action."""

from __future__ import annotations

import json

from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.db import clock, db


def record(
    event: Event,
    *,
    by: int | None,
    organisation_id: int | None = None,
    consultation_id: int | None = None,
    object_id: int | None = None,
    **details: str | int | bool | None,
) -> None:
    """Record what an account did, as part of the caller's transaction.

    by: the account's id, None for the program itself; organisation_id: the organisation that it concerns; object_id:
    the account, comment or other object of the event; details: short values such as a role or a date, never a text
    that somebody wrote, never a secret.
    """
    db.session.add(
        AuditEntry(
            recorded_at=clock(),
            account_id=by,
            event=event,
            organisation_id=organisation_id,
            consultation_id=consultation_id,
            object_id=object_id,
            details=json.dumps(details, sort_keys=True, ensure_ascii=False),
        )
    )
