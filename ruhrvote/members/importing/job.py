"""The long work on imports, in short steps: the worker does other things in between, and votes go on.

A step that ends leaves nothing that the next run could not begin again. What is read goes into rows that wait; only
the last transaction of applying makes a chamber's members out of them.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from flask import current_app
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from ruhrvote.db import clock, db, delete_bit_by_bit, transaction
from ruhrvote.files.read import open_table
from ruhrvote.files.read_xlsx import Unreadable
from ruhrvote.members.duplicates import find_doubles
from ruhrvote.members.importing import uploads
from ruhrvote.members.importing.apply import apply
from ruhrvote.members.importing.check import check
from ruhrvote.members.importing.columns import HEADER_WITHIN, find_header, guess
from ruhrvote.members.importing.models import (
    OPEN,
    WORKING,
    ImportFault,
    ImportGone,
    ImportJob,
    ImportRow,
    State,
)
from ruhrvote.members.importing.run import Overtaken, clear, end, mine

CACHE = 100_000  # kibibytes of SQLite's pages: indexes are filled in random order
UNATTENDED = timedelta(days=1)
REPORT_KEPT = timedelta(days=90)


def advance(seconds: float) -> bool:
    """Work on the oldest import for about so long; whether there is more to do."""
    running = current_app.extensions.setdefault("ruhrvote_import_steps", {})
    found = db.session.execute(
        select(ImportJob.id, ImportJob.state).where(ImportJob.state.in_(WORKING)).order_by(ImportJob.id).limit(1)
    ).first()
    if found is None:
        running.clear()
        return False
    job_id, state = key = (found.id, found.state)
    if key not in running:
        running.clear()
        running[key] = _steps(job_id, State(state))
    if db.engine.dialect.name == "sqlite":
        db.session.connection().exec_driver_sql(f"PRAGMA cache_size = -{CACHE}")
    until = time.monotonic() + seconds
    try:
        while time.monotonic() < until:
            next(running[key])
        return True
    except (StopIteration, Overtaken):
        pass
    except Unreadable as refused:
        end(job_id, State.REFUSED, refused.problem, refused.detail)
    except OperationalError:  # the database was busy: begin again
        current_app.logger.exception("import %s is begun again", job_id)
    except Exception:
        current_app.logger.exception("import %s failed", job_id)
        end(job_id, State.FAILED, "failed")
    running.clear()
    return True


def forget_old_imports() -> None:
    """Give up what nobody has attended to for a day, and forget the reports of a quarter ago."""
    now = clock()
    idle = select(ImportJob.id).where(ImportJob.state.in_((State.COLUMNS, State.CHECKED)))
    for job_id in db.session.scalars(idle.where(ImportJob.touched_at < now - UNATTENDED)).all():
        end(job_id, State.ABANDONED, "unattended")
    told = ImportJob.layout != "{}"  # emptied last, so it says that there is something left to delete
    old = db.session.scalars(
        select(ImportJob.id).where(ImportJob.state.not_in(OPEN), ImportJob.touched_at < now - REPORT_KEPT, told)
    ).all()
    for job_id in old:
        delete_bit_by_bit(ImportFault.id, ImportFault.job_id == job_id)
        delete_bit_by_bit(ImportGone.organisation_id, ImportGone.job_id == job_id)
        delete_bit_by_bit(ImportRow.line, ImportRow.job_id == job_id)
        with transaction() as session:
            session.execute(update(ImportJob).where(ImportJob.id == job_id).values(layout="{}"))
    uploads.drop_others(db.session.scalars(select(ImportJob.stored_as).where(ImportJob.state.in_(OPEN))).all())


def _steps(job_id: int, state: State) -> Iterator[None]:
    run = secrets.token_hex(16)
    with transaction() as session:
        session.execute(update(ImportJob).where(ImportJob.id == job_id).values(run=run))
    match state:
        case State.UPLOADED:
            return _look(job_id, run)
        case State.CHECKING:
            return check(job_id, run)
        case State.APPLYING:
            return apply(job_id, run)
        case _:
            return _match(job_id, run)


def _look(job_id: int, run: str) -> Iterator[None]:
    """Find encoding, separator and columns, and show them to a person."""
    yield
    table = open_table(uploads.path_of(db.session.get_one(ImportJob, job_id).stored_as))
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
    with transaction():
        job = mine(job_id, run)
        job.encoding, job.delimiter, job.header_line = table.encoding, table.delimiter, header
        job.layout, job.state, job.touched_at = json.dumps({"columns": columns}), State.COLUMNS, clock()


def _match(job_id: int, run: str) -> Iterator[None]:
    """Propose likely doubles, and clear away what has waited."""
    yield from find_doubles()
    yield from clear(job_id, run, (ImportRow,))
    end(job_id, State.DONE)
