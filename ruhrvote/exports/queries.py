"""Reads of requested files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.access import reach_of
from ruhrvote.accounts.models import Account
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import database_now, db
from ruhrvote.exports.catalogue import ExportRequest, Form
from ruhrvote.exports.models import ExportFile
from ruhrvote.exports.tables.scope import Asked

KEPT = timedelta(hours=24)


def asked_by(account: Account, consultation: Consultation, request: ExportRequest) -> Asked:
    """What of a consultation somebody gets: a consultation admin all, others what is in their chamber's reach."""
    return Asked(consultation, reach_of(account), request.theme, request.idea)


def request_of(file: ExportFile) -> ExportRequest:
    """What was asked for with this file."""
    return ExportRequest(file.export, Form(file.form), file.theme, file.idea)


def files_of(account_id: int, consultation_id: int) -> Sequence[ExportFile]:
    """The files that somebody has requested and that have not expired, the newest first."""
    return db.session.scalars(
        select(ExportFile)
        .where(
            ExportFile.account_id == account_id,
            ExportFile.consultation_id == consultation_id,
            ExportFile.expires_at > database_now(),
        )
        .options(joinedload(ExportFile.job), joinedload(ExportFile.file))
        .order_by(ExportFile.id.desc())
    ).all()
