"""Checking a file: each row is read, compared with the register, and staged or named as faulty."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import func, insert, literal, select

from ruhrvote.accounts.matching import Places
from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.db import clock, db
from ruhrvote.files import read_xlsx
from ruhrvote.files.read import open_table
from ruhrvote.files.read_xlsx import Unreadable
from ruhrvote.jobs.actions import Claim
from ruhrvote.members.duplicates import count_doubles, find_doubles
from ruhrvote.members.importing import uploads
from ruhrvote.members.importing.models import (
    UNATTENDED,
    ImportFault,
    ImportGone,
    ImportJob,
    ImportRow,
    Outside,
    State,
)
from ruhrvote.members.importing.run import AT_A_TIME, clear

LONGEST = {
    "member_number": 40,
    "name": 200,
    "street": 200,
    "postcode": 10,
    "town": 100,
    "contact_email": 254,
    "register_number": 60,
    "sector": 60,
}
SIZE_CLASSES = ((1, 9), (10, 49), (50, 249), (250, 10_000_000))
DETAILS = ("name", "street", "postcode", "town", "contact_email", "register_number", "sector", "size_class")
OUTSIDE = 0  # the municipality of a firm outside the region; None: the file does not say where the firm is
# Most addresses match this. Only the others go to the library, which takes twenty times as long.
_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9_+-]|\.(?=[A-Za-z0-9_+-])){0,62}@(?:[a-z0-9][a-z0-9-]{0,30}\.)+[a-z]{2,20}"
)
_RANGE = re.compile(r"(\d+)\s*(?:-|–|bis|to)\s*(\d+)")
_POSTCODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{2,9}")

SHOWN_CHANGES = 20
FIELDS = (*DETAILS, "municipality_id")


def check(claim: Claim) -> Iterator[None]:
    """Read each row, compare it with the register, and keep what is to be done or what is wrong."""
    yield from clear(claim, (ImportRow, ImportFault, ImportGone))
    job_id = claim.subject_id
    found = db.session.get_one(ImportJob, job_id)
    places = Places((place.id, place.key, place.name) for place in organisations_of_kind(Kind.MUNICIPALITY))
    fields = [column["field"] for column in found.columns]
    reader = RowReader(fields, places, refuse_outside=found.outside == Outside.REFUSE)
    chamber_id, header, path = found.chamber_id, found.header_line, uploads.path_of(found.stored_as)
    yield from find_doubles()
    table = open_table(path)
    seen: dict[str, int] = {}
    total = dict.fromkeys(("rows", "added", "changed", "unchanged", "faulty", "outside_rows", "doubles"), 0)
    try:
        rows = ((line, row) for line, row in table.rows() if line > header)
        while some := list(islice(rows, AT_A_TIME)):
            if total["rows"] + len(some) > read_xlsx.MOST_ROWS:
                raise Unreadable("too_many_rows", read_xlsx.MOST_ROWS)
            good, faults = _read(some, reader, seen)
            _compare(chamber_id, good, total["changed"])
            total["rows"] += len(some)
            total["faulty"] += len({fault["line"] for fault in faults})
            total["doubles"] += count_doubles(chamber_id, [row for row in good if row["verdict"] == "added"])
            for row in good:
                total[row["verdict"]] += 1
                total["outside_rows"] += not row["municipality_id"]
            with claim.transaction() as job:
                connection = db.session.connection()
                if good:
                    connection.execute(insert(ImportRow), [{"job_id": job_id, **row} for row in good])
                if faults:
                    connection.execute(insert(ImportFault), [{"job_id": job_id, **fault} for fault in faults])
                job.done = int(95 * table.progress)
            yield
    finally:
        table.close()
    with claim.transaction() as job:
        found = db.session.get_one(ImportJob, job_id)
        named = select(ImportRow.line).where(
            ImportRow.job_id == job_id, ImportRow.member_number == Membership.member_number
        )
        missing = select(literal(job_id), Membership.organisation_id, Membership.member_number).where(
            Membership.chamber_id == chamber_id, Membership.member_number.is_not(None), ~named.exists()
        )
        if not total["faulty"]:  # else a faulty row's member would count as gone
            db.session.execute(insert(ImportGone).from_select(["job_id", "organisation_id", "member_number"], missing))
        found.gone = db.session.scalar(select(func.count()).where(ImportGone.job_id == job_id)) or 0
        for name, count in total.items():
            setattr(found, name, count)
        found.state, job.keep_until = State.CHECKED, clock() + UNATTENDED


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


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: the field, the reason's name in texts.FAULTS, and what stands there."""

    field: str
    reason: str
    found: str = ""


class RowReader:
    """Reads rows whose columns have these fields; `refuse_outside` makes a firm outside the region faulty."""

    def __init__(self, fields: Sequence[str], places: Places, *, refuse_outside: bool):
        self._columns = [(column, field) for column, field in enumerate(fields) if field]
        self._width = len(fields)
        self._places = places
        self._refuse_outside = refuse_outside

    def read(self, row: Sequence[str]) -> tuple[dict[str, str | int | None], list[Fault]]:
        """The details, None where nothing is said, and what is wrong with them."""
        values: dict[str, str | int | None] = dict.fromkeys((*DETAILS, "member_number", "municipality_id"))
        faults = [Fault("", "too_many_cells", cell) for cell in row[self._width :] if cell.strip()][:1]
        texts = {field: " ".join(row[column].split()) for column, field in self._columns if column < len(row)}
        for field, text in texts.items():
            if not text:
                continue
            if not text.isprintable() or "\ufffd" in text:
                faults.append(Fault(field, "unreadable", text))
            elif len(text) > LONGEST.get(field, 200):
                faults.append(Fault(field, "too_long", text))
            else:
                values[field] = text
        for field in ("member_number", "name"):
            if not texts.get(field):
                faults.append(Fault(field, "missing"))
        self._read_name(values, faults)
        self._read_size(values, faults)
        self._read_contact(values, faults)
        self._read_place(values, faults)
        return values, faults

    def _read_name(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        name = str(values["name"] or "")
        if name and (len(name) < 2 or not any(mark.isalnum() for mark in name)):
            faults.append(Fault("name", "no_name", name))
        elif name.startswith("="):
            faults.append(Fault("name", "formula", name))

    def _read_size(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        text = str(values["size_class"] or "")
        if not text:
            return
        bounds = _RANGE.fullmatch(text)
        if bounds:
            low, high = int(bounds[1]), int(bounds[2])
        elif text.isdecimal() and len(text) <= 7:
            low = high = int(text)
        elif text.rstrip("+ ").removeprefix("ab ").isdecimal() and len(text) <= 12:
            low = high = int(text.rstrip("+ ").removeprefix("ab "))
        else:
            faults.append(Fault("size_class", "no_size", text))
            return
        for least, most in SIZE_CLASSES:
            if least <= max(low, 1) and high <= most:
                values["size_class"] = f"{least}-{most}" if most < 1000 else "250+"
                return
        faults.append(Fault("size_class", "no_size", text))

    def _read_contact(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        address = str(values["contact_email"] or "")
        if address and not _PLAIN_ADDRESS.fullmatch(address):
            try:
                validate_email(address, check_deliverability=False, test_environment=True)
            except EmailNotValidError:
                faults.append(Fault("contact_email", "no_address", address))
        postcode = str(values["postcode"] or "")
        if postcode and not _POSTCODE.fullmatch(postcode):
            faults.append(Fault("postcode", "no_postcode", postcode))

    def _read_place(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        key = str(values.pop("municipality_key", None) or "")
        town, postcode = str(values["town"] or ""), str(values["postcode"] or "")
        if key and not (key.isdecimal() and 7 <= len(key) <= 8):
            faults.append(Fault("municipality_key", "no_key", key))
            return
        found = self._places.find(key, town, postcode)
        values["municipality_id"] = found if found is not None else OUTSIDE if key or town else None
        if found is None and self._refuse_outside:
            reason = "outside" if key or town else "no_place"
            faults.append(Fault("municipality_key" if key else "town", reason, key or f"{postcode} {town}".strip()))
