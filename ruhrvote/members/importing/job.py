"""The long work on imports, in short steps: the worker does other things in between, and votes go on.

Whatever a run leaves behind, the next one can begin again. What is read is staged in rows of the import; only the last
transaction of applying makes a chamber's members out of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select, update

from ruhrvote.accounts.models import Membership, Organisation
from ruhrvote.db import clock, db, delete_bit_by_bit, transaction
from ruhrvote.files.read import open_table
from ruhrvote.files.read_xlsx import Unreadable
from ruhrvote.jobs.actions import Claim, Work, lock, remove
from ruhrvote.jobs.models import Job
from ruhrvote.members.duplicates import find_doubles
from ruhrvote.members.importing import uploads
from ruhrvote.members.importing.apply import apply
from ruhrvote.members.importing.check import check
from ruhrvote.members.importing.columns import HEADER_WITHIN, find_header, guess
from ruhrvote.members.importing.models import (
    KIND,
    OPEN,
    UNATTENDED,
    WORKING,
    ImportFault,
    ImportGone,
    ImportJob,
    ImportRow,
    State,
)
from ruhrvote.members.importing.run import clear, end, note_end

CACHE = 100_000  # kibibytes of SQLite's pages: indexes are filled in random order
REPORT_KEPT = timedelta(days=90)


def tidy_uploads() -> None:
    """Delete the uploads that no open import names."""
    uploads.drop_others(db.session.scalars(select(ImportJob.stored_as).where(ImportJob.state.in_(OPEN))).all())


def _steps(claim: Claim) -> Iterator[None]:
    """Go on with an import until it is over or a person's turn."""
    try:
        while (state := _state(claim.subject_id)) in WORKING:
            for _ in STEPS[state](claim):
                yield
                if db.engine.dialect.name == "sqlite":
                    db.session.connection().exec_driver_sql(f"PRAGMA cache_size = -{CACHE}")
    except Unreadable as refused:
        end(claim, State.REFUSED, refused.problem, refused.detail)


def _state(import_id: int) -> State:
    return State(db.session.scalars(select(ImportJob.state).where(ImportJob.id == import_id)).one())


def _look(claim: Claim) -> Iterator[None]:
    """Find encoding, separator and columns, and show them to a person."""
    table = open_table(uploads.path_of(db.session.get_one(ImportJob, claim.subject_id).stored_as))
    try:
        first = list(islice(table.rows(), HEADER_WITHIN + 1))
    finally:
        table.close()
    if not first:
        raise Unreadable("empty")
    header = find_header(first)
    names = next((row for line, row in first if line == header), [])
    example = next((row for line, row in first if line > header), [])
    width = len(names) or max(len(row) for _, row in first)
    fields = guess(names) + [""] * (width - len(names))
    cells = [(row + [""] * width)[:width] for row in (names, example)]
    columns = [
        {"name": name[:80], "field": field, "example": shown[:80]}
        for name, field, shown in zip(cells[0], fields, cells[1], strict=True)
    ]
    with claim.transaction() as job:
        found = db.session.get_one(ImportJob, claim.subject_id)
        found.encoding, found.delimiter, found.header_line = table.encoding, table.delimiter, header
        found.layout, found.state = json.dumps({"columns": columns}), State.COLUMNS
        job.keep_until = clock() + UNATTENDED
    yield


def _match(claim: Claim) -> Iterator[None]:
    """Propose likely duplicates, and delete the staged rows."""
    yield from find_doubles()
    yield from clear(claim, (ImportRow,))
    end(claim, State.DONE)


STEPS: Mapping[State, Callable[[Claim], Iterator[None]]] = {
    State.UPLOADED: _look,
    State.CHECKING: check,
    State.APPLYING: apply,
    State.MATCHING: _match,
}


def _fail(job: Job) -> None:
    note_end(job, State.FAILED, "failed")


def _forget(import_id: int) -> datetime | None:
    """Give up what nobody has attended to; delete what an import leaves behind, and its report after a quarter."""
    if db.session.get(ImportJob, import_id) is None:
        remove(KIND, import_id)
        return None
    with transaction():
        job = lock(KIND, import_id)
        found = db.session.get_one(ImportJob, import_id)
        if job is not None and job.keep_until is not None and job.keep_until <= clock() and found.state in OPEN:
            note_end(job, State.ABANDONED, "unattended")
        if found.ended_at is None:
            return None  # somebody has gone on with it at this moment
        ended_at, state, stored_as = found.ended_at, found.state, found.stored_as
    uploads.drop(stored_as)
    if state != State.DONE:  # organisations that it had entered belong to nobody
        entered = select(ImportRow.organisation_id).where(ImportRow.job_id == import_id, ImportRow.verdict == "added")
        belongs = select(Membership.organisation_id).where(Membership.organisation_id == Organisation.id)
        delete_bit_by_bit(Organisation.id, Organisation.id.in_(entered), ~belongs.exists())
    if clock() < ended_at + REPORT_KEPT:
        return ended_at + REPORT_KEPT
    delete_bit_by_bit(ImportFault.id, ImportFault.job_id == import_id)
    delete_bit_by_bit(ImportGone.organisation_id, ImportGone.job_id == import_id)
    delete_bit_by_bit(ImportRow.line, ImportRow.job_id == import_id)
    with transaction() as session:  # which holds the first values of the columns
        session.execute(update(ImportJob).where(ImportJob.id == import_id).values(layout="{}"))
    return None


IMPORTS = Work(KIND, steps=_steps, failed=_fail, forget=_forget)
