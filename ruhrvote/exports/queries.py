"""Reads of ordered files and of their content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from ruhrvote.accounts.models import Account, Role
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import database_now, db
from ruhrvote.exports.catalogue import Form, Order
from ruhrvote.exports.models import ExportFile, ExportPart, FileState
from ruhrvote.exports.tables.scope import Asked

KEPT = timedelta(hours=24)


def asked_by(account: Account, consultation: Consultation, order: Order) -> Asked:
    """What of a consultation somebody gets: a consultation admin all, others what is in their chamber's reach."""
    chamber_id = None if account.role == Role.CONSULTATION_ADMIN else account.organisation_id
    return Asked(consultation, chamber_id, order.theme, order.idea)


def order_of(file: ExportFile) -> Order:
    """What was ordered with this file."""
    return Order(file.export, Form(file.form), file.theme, file.idea)


def files_of(account_id: int, consultation_id: int) -> Sequence[ExportFile]:
    """The files that somebody ordered and that have not expired, the newest first."""
    return db.session.scalars(
        select(ExportFile)
        .where(
            ExportFile.account_id == account_id,
            ExportFile.consultation_id == consultation_id,
            ExportFile.expires_at > database_now(),
        )
        .order_by(ExportFile.id.desc())
    ).all()


def next_file() -> ExportFile | None:
    """The file whose turn it is: the oldest that nobody is making."""
    return db.session.scalar(
        select(ExportFile)
        .where(
            ExportFile.state == FileState.ORDERED,
            (ExportFile.claimed_until.is_(None)) | (ExportFile.claimed_until < database_now()),
        )
        .order_by(ExportFile.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def content_of(app: Flask, file_id: int, parts: int) -> Iterator[bytes]:
    """The content of a file, part by part; between the parts it holds no connection, however slow the reader is."""
    for number in range(parts):
        with app.app_context():
            content = db.session.scalar(
                select(ExportPart.content).where(ExportPart.file_id == file_id, ExportPart.number == number)
            )
        if content is None:
            raise LookupError(
                f"part {number} of file {file_id} is gone"
            )  # the browser sees that the file is incomplete
        yield content
