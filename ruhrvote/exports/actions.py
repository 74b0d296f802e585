"""Writes of the exports: note a download, order a file, make the next one, hand it out once, forget it.

Making a file takes minutes, so it happens outside of any transaction. A worker that dies leaves a claim that runs
out; the next one then begins the file again.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection
from datetime import timedelta
from typing import BinaryIO

from flask import current_app
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from ruhrvote.accounts.models import Account
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, database_now, db, transaction
from ruhrvote.errors import Conflict, Gone, Refused, Unknown
from ruhrvote.exports.catalogue import Order
from ruhrvote.exports.models import ExportFile, ExportPart, FileState
from ruhrvote.exports.queries import KEPT, asked_by, next_file, order_of
from ruhrvote.exports.writing import prepare

MOST_FILES = 5  # of one person that wait or can be downloaded
MOST_TRIES = 3
CLAIM = timedelta(minutes=1)
SAY_EVERY = 1.0  # seconds
PART = 512 * 1024  # bytes: one write, during which ballots wait
GONE_AT_A_TIME = 50  # parts


class _ClaimLostError(Exception):
    """Somebody else makes this file by now, or nobody wants it any more."""


def note_download(order: Order, consultation_id: int, *, by: Account) -> None:
    """Record that somebody downloads something that is made at once."""
    with transaction():
        record(
            Event.EXPORT_DOWNLOADED,
            by=by.id,
            organisation_id=by.organisation_id,
            consultation_id=consultation_id,
            export=order.export,
            form=str(order.form),
        )


def order_file(order: Order, consultation_id: int, rows: int, language: str, *, by: Account) -> None:
    """Order a file that takes long; ordered twice, it is made once. Raises Conflict if this person has many already."""
    account_id, organisation_id = by.id, by.organisation_id
    with transaction() as session:
        # Its own row first, so that two clicks come one after the other.
        session.get_one(Account, account_id, with_for_update=True)
        kept = session.scalars(
            select(ExportFile).where(
                ExportFile.account_id == account_id,
                ExportFile.state.in_((FileState.ORDERED, FileState.READY)),
                ExportFile.expires_at > database_now(),
            )
        ).all()
        if any(
            file.state == FileState.ORDERED
            and (file.consultation_id, file.language, order_of(file)) == (consultation_id, language, order)
            for file in kept
        ):
            return
        if len(kept) >= MOST_FILES:
            raise Conflict(_l("You have five files already. Download one of them, or wait until it expires."))
        now = clock()
        file = ExportFile(
            account_id=account_id,
            consultation_id=consultation_id,
            export=order.export,
            form=order.form,
            theme=order.theme,
            idea=order.idea,
            language=language,
            rows=rows,
            ordered_at=now,
            expires_at=now + KEPT,
        )
        session.add(file)
        session.flush()
        record(
            Event.EXPORT_ORDERED,
            by=account_id,
            organisation_id=organisation_id,
            consultation_id=consultation_id,
            object_id=file.id,
            export=order.export,
            form=str(order.form),
        )


def make_next() -> bool:
    """Make the file whose turn it is; False if none waits."""
    with transaction():
        file = next_file()
        if file is None:
            return False
        file.tries += 1
        if file.tries > MOST_TRIES:
            file.state = FileState.FAILED
            return True
        file.claimed_until, file.rows_done = clock() + CLAIM, 0
        file_id, tries = file.id, file.tries
    try:
        _make(file_id, tries)
    except _ClaimLostError:
        current_app.logger.warning("file %s is made by another worker", file_id)
    except Refused:  # what was there when it was ordered is there no more
        _settle(file_id, tries, state=FileState.FAILED)
    return True


def take_file(file_id: int, allowed: Collection[str], *, by: Account) -> ExportFile:
    """Hand a file out, once and only to whom it was made for; raises Unknown or Gone with what to do instead.

    allowed: the exports that this person may have now, whatever it was when the file was ordered.
    """
    account_id, organisation_id = by.id, by.organisation_id
    with transaction() as session:
        file = session.scalar(
            select(ExportFile)
            .where(
                ExportFile.id == file_id,
                ExportFile.account_id == account_id,
                ExportFile.export.in_(allowed),
                ExportFile.expires_at > database_now(),
                ExportFile.state.in_((FileState.READY, FileState.TAKEN)),
            )
            .with_for_update()
        )
        if file is None:
            raise Unknown(_l("There is no such file for you, or it has expired. Order it again if you need it."))
        if file.state == FileState.TAKEN:
            raise Gone(
                _l("This file was downloaded already; each can be downloaded once. Order it again if you need it.")
            )
        file.state = FileState.TAKEN
        record(
            Event.EXPORT_DOWNLOADED,
            by=account_id,
            organisation_id=organisation_id,
            consultation_id=file.consultation_id,
            object_id=file.id,
            export=file.export,
            form=file.form,
        )
    session.refresh(file)
    return file


def forget_old_files() -> None:
    """Delete what has expired and the content of what was downloaded, an hour later: a slow download goes on."""
    with transaction() as session:
        over = session.scalars(select(ExportFile.id).where(ExportFile.expires_at < database_now())).all()
        taken = session.scalars(
            select(ExportFile.id).where(
                ExportFile.state == FileState.TAKEN, ExportFile.expires_at < clock() + KEPT - timedelta(hours=1)
            )
        ).all()
    for file_id in {*over, *taken}:
        _delete_parts(file_id)
    with transaction() as session:
        session.execute(delete(ExportFile).where(ExportFile.id.in_(over)))


def _make(file_id: int, tries: int) -> None:
    file = db.session.get_one(ExportFile, file_id)
    account = db.session.get_one(Account, file.account_id)
    consultation = db.session.get_one(Consultation, file.consultation_id)
    order, language = order_of(file), file.language
    _delete_parts(file_id)
    # A nameless file, which only this process can read, in the system's folder for such files.
    with tempfile.TemporaryFile() as target:
        with force_locale(language):
            prepared = prepare(order, asked_by(account, consultation, order))
            _settle(file_id, tries, rows=prepared.total)
            prepared.write(target, _Progress(file_id, tries))
        parts, size = _keep(file_id, tries, target)
    _settle(file_id, tries, state=FileState.READY, parts=parts, size=size)


class _Progress:
    """Says at most once a second how many rows are written, and keeps the claim by that."""

    def __init__(self, file_id: int, tries: int) -> None:
        self._claim = file_id, tries
        self._done, self._said = 0, time.monotonic()

    def __call__(self, rows: int) -> None:
        self._done += rows
        if time.monotonic() - self._said > SAY_EVERY:
            self._said = time.monotonic()
            _settle(*self._claim, rows_done=self._done)


def _keep(file_id: int, tries: int, target: BinaryIO) -> tuple[int, int]:
    """Put a written file into the database; how many parts and bytes it has."""
    size, number = target.tell(), 0
    target.seek(0)
    while content := target.read(PART):
        with transaction() as session:
            _claimed(file_id, tries).claimed_until = clock() + CLAIM
            session.add(ExportPart(file_id=file_id, number=number, content=content))
        number += 1
    return number, size


def _settle(file_id: int, tries: int, **values: object) -> None:
    """Write down how far a file is, and keep the claim on it."""
    with transaction():
        file = _claimed(file_id, tries)
        file.claimed_until = clock() + CLAIM
        if values.get("state") == FileState.READY:
            file.expires_at, file.rows_done = clock() + KEPT, file.rows
        for name, value in values.items():
            setattr(file, name, value)


def _claimed(file_id: int, tries: int) -> ExportFile:
    file = db.session.get(ExportFile, file_id, with_for_update=True)
    if file is None or file.tries != tries or file.state != FileState.ORDERED:
        raise _ClaimLostError
    return file


def _delete_parts(file_id: int) -> None:
    """Delete a file's content a little at a time, so that no ballot waits long."""
    while True:
        with transaction() as session:
            last = session.scalar(select(func.max(ExportPart.number)).where(ExportPart.file_id == file_id))
            if last is None:
                return
            session.execute(
                delete(ExportPart).where(ExportPart.file_id == file_id, ExportPart.number > last - GONE_AT_A_TIME)
            )
