"""Checking a file: each row is read, compared with the register, and staged or named as faulty."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, literal, select

from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.administration.importing import limits, uploads
from ruhrvote.administration.importing.finding import count_doubles, find_doubles
from ruhrvote.administration.importing.limits import Unreadable
from ruhrvote.administration.importing.matching import Places
from ruhrvote.administration.importing.models import (
    ImportFault,
    ImportGone,
    ImportJob,
    ImportRow,
    Outside,
    State,
)
from ruhrvote.administration.importing.rows import DETAILS, Fault, RowReader
from ruhrvote.administration.importing.runs import AT_A_TIME, clear, mine
from ruhrvote.administration.importing.tables import open_table
from ruhrvote.db import clock, db, transaction

SHOWN_CHANGES = 20
FIELDS = (*DETAILS, "municipality_id")


def check(job_id: int, run: str) -> Iterator[None]:
    """Read each row, compare it with the register, and keep what is to be done or what is wrong."""
    yield from clear(job_id, run, (ImportRow, ImportFault, ImportGone))
    job = db.session.get_one(ImportJob, job_id)
    places = Places((place.id, place.key, place.name) for place in organisations_of_kind(Kind.MUNICIPALITY))
    fields = [column["field"] for column in job.columns]
    reader = RowReader(fields, places, refuse_outside=job.outside == Outside.REFUSE)
    chamber_id, header, path = job.chamber_id, job.header_line, uploads.path_of(job.stored_as)
    yield from find_doubles()
    table = open_table(path)
    seen: dict[str, int] = {}
    total = dict.fromkeys(("rows", "added", "changed", "unchanged", "faulty", "outside_rows", "doubles"), 0)
    try:
        rows = ((line, row) for line, row in table.rows() if line > header)
        while some := list(islice(rows, AT_A_TIME)):
            if total["rows"] + len(some) > limits.MOST_ROWS:
                raise Unreadable("too_many_rows", limits.MOST_ROWS)
            good, faults = _read(some, reader, seen)
            _compare(chamber_id, good, total["changed"])
            total["rows"] += len(some)
            total["faulty"] += len({fault["line"] for fault in faults})
            total["doubles"] += count_doubles(chamber_id, [row for row in good if row["verdict"] == "added"])
            for row in good:
                total[row["verdict"]] += 1
                total["outside_rows"] += not row["municipality_id"]
            with transaction() as session:
                job = mine(job_id, run)
                if good:
                    session.connection().execute(insert(ImportRow), [{"job_id": job_id, **row} for row in good])
                if faults:
                    session.connection().execute(insert(ImportFault), [{"job_id": job_id, **fault} for fault in faults])
                job.progress = int(95 * table.progress)
            yield
    finally:
        table.close()
    with transaction() as session:
        job = mine(job_id, run)
        named = select(ImportRow.line).where(
            ImportRow.job_id == job_id, ImportRow.member_number == Membership.member_number
        )
        missing = select(literal(job_id), Membership.organisation_id, Membership.member_number).where(
            Membership.chamber_id == chamber_id, Membership.member_number.is_not(None), ~named.exists()
        )
        if not total["faulty"]:  # else a faulty row's member would count as gone
            session.execute(insert(ImportGone).from_select(["job_id", "organisation_id", "member_number"], missing))
        job.gone = session.scalar(select(func.count()).where(ImportGone.job_id == job_id)) or 0
        for name, count in total.items():
            setattr(job, name, count)
        job.state, job.touched_at = State.CHECKED, clock()


def _read(
    some: Sequence[tuple[int, list[str]]], reader: RowReader, seen: dict[str, int]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows that can be used, and the faults of the others."""
    good: list[dict[str, Any]] = []
    faulty: list[dict[str, Any]] = []
    for line, cells in some:
        values, faults = reader.read(cells)
        number = str(values["member_number"] or "")
        if number and seen.setdefault(number, line) != line:
            faults.append(Fault("member_number", "twice", f"{seen[number]}: {number}"))
        if faults:
            faulty += [
                {"line": line, "field": fault.field, "reason": fault.reason, "found": _shown(fault.found)}
                for fault in faults
            ]
        else:
            good.append({"line": line, "organisation_id": None, "changes": None, "verdict": "added", **values})
    return good, faulty


def _shown(text: str) -> str:
    return "".join(mark if mark.isprintable() else "\ufffd" for mark in text)[:80]


def _compare(chamber_id: int, rows: list[dict[str, Any]], shown: int) -> None:
    """Mark which rows are known already, and which of them change something."""
    columns = [getattr(Organisation, field) for field in FIELDS]
    known = {
        found.member_number: found
        for found in db.session.execute(
            select(Membership.member_number, Organisation.id, *columns)
            .join(Organisation, Organisation.id == Membership.organisation_id)
            .where(
                Membership.chamber_id == chamber_id,
                Membership.member_number.in_([row["member_number"] for row in rows]),
            )
        )
    }
    for row in rows:
        found = known.get(row["member_number"])
        if found is None:
            continue
        row["organisation_id"] = found.id
        differ = {
            field: (getattr(found, field), row[field])
            for field in FIELDS
            if row[field] is not None and (row[field] or None) != getattr(found, field)
        }
        row["verdict"] = "changed" if differ else "unchanged"
        if differ and shown < SHOWN_CHANGES:
            shown += 1
            row["changes"] = json.dumps(differ)
