"""Recording in the audit trail, inside the transaction of what is recorded."""

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
    """Record what an account did; it is kept if and only if the transaction that it belongs to commits.

    `by` is the account's number, None for the program itself. `details` are short values such as a role or a
    date: never what somebody wrote, never a secret.
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
