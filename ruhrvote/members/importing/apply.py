"""Applying a file: new organisations first, which belong to nobody yet; then all members in one moment."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, case, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts.models import Kind, Match, Membership, Organisation
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db
from ruhrvote.jobs.actions import Claim
from ruhrvote.members.importing.check import DETAILS, OUTSIDE
from ruhrvote.members.importing.models import ImportJob, ImportRow, State
from ruhrvote.members.importing.run import AT_A_TIME, end


def apply(claim: Claim) -> Iterator[None]:
    """Enter the new organisations, which belong to nobody yet, and then make members of all in one moment."""
    job_id = claim.subject_id
    found = db.session.get_one(ImportJob, job_id)
    chamber_id, added, done = found.chamber_id, found.added, 0
    waiting = (
        select(ImportRow.line, ImportRow.municipality_id, *[getattr(ImportRow, field) for field in DETAILS])
        .where(ImportRow.job_id == job_id, ImportRow.verdict == "added", ImportRow.organisation_id.is_(None))
        .order_by(ImportRow.line)
        .limit(AT_A_TIME)
    )
    line = 0
    while rows := db.session.execute(waiting.where(ImportRow.line > line)).mappings().all():
        line = rows[-1]["line"]
        values = [
            {**{field: row[field] for field in DETAILS}, "municipality_id": row["municipality_id"] or None}
            | {"kind": Kind.FIRM}
            for row in rows
        ]
        with claim.transaction() as job:
            numbers = _free_numbers(len(rows))
            made = clock()
            connection = db.session.connection()  # the session would handle each row on its own
            connection.execute(
                insert(Organisation),
                [{"id": number, "created_at": made, **value} for number, value in zip(numbers, values, strict=True)],
            )
            connection.execute(
                update(ImportRow)
                .where(ImportRow.job_id == job_id, ImportRow.line == bindparam("at_line"))
                .values(organisation_id=bindparam("number")),
                [{"at_line": row["line"], "number": number} for row, number in zip(rows, numbers, strict=True)],
            )
            done += len(rows)
            job.done = int(90 * done / max(1, added))
        yield
    try:
        _switch(claim, chamber_id)
    except IntegrityError:  # somebody gave out one of the member numbers meanwhile
        end(claim, State.FAILED, "register_changed")


def _free_numbers(count: int) -> list[int]:
    """`count` numbers for new organisations that nobody else gets; part of the caller's transaction."""
    session = db.session
    if session.get_bind().dialect.name == "sqlite":  # nobody else writes at this moment
        last = session.scalar(select(func.max(Organisation.id))) or 0
        return list(range(last + 1, last + 1 + count))
    sequence = func.nextval(func.pg_get_serial_sequence("organisation", "id"))
    return sorted(session.scalars(select(sequence).select_from(func.generate_series(1, count))))


def _switch(claim: Claim, chamber_id: int) -> None:
    """Make members of the rows that wait and change those who are: seen by all others at once, or not at all."""
    job_id, session = claim.subject_id, db.session
    changed = (ImportRow.job_id == job_id, ImportRow.verdict == "changed")
    with claim.transaction() as job:
        found = session.get_one(ImportJob, job_id)
        session.execute(
            insert(Membership).from_select(
                ["organisation_id", "chamber_id", "member_number"],
                select(ImportRow.organisation_id, literal(chamber_id), ImportRow.member_number)
                .where(ImportRow.job_id == job_id, ImportRow.verdict == "added")
                .order_by(ImportRow.line),
            )
        )
        if found.changed:
            still = (Membership.chamber_id == chamber_id) & (Membership.member_number == ImportRow.member_number)
            standing = session.scalar(
                select(func.count())
                .select_from(ImportRow)
                .join(Membership, still & (Membership.organisation_id == ImportRow.organisation_id))
                .where(*changed)
            )
            if standing != found.changed:
                raise IntegrityError("members have changed", None, Exception("members have changed"))
            new = {
                getattr(Organisation, field): func.coalesce(getattr(ImportRow, field), getattr(Organisation, field))
                for field in DETAILS
            }
            place = case(
                (ImportRow.municipality_id.is_(None), Organisation.municipality_id),
                (ImportRow.municipality_id == OUTSIDE, None),
                else_=ImportRow.municipality_id,
            )
            session.execute(
                update(Organisation)
                .where(Organisation.id == ImportRow.organisation_id, *changed)
                .values({**new, Organisation.municipality_id: place}),
                execution_options={"synchronize_session": False},
            )
            session.execute(
                delete(Match).where(Match.organisation_id.in_(select(ImportRow.organisation_id).where(*changed))),
                execution_options={"synchronize_session": False},
            )
        found.state, job.done = State.MATCHING, 92
        record(
            Event.MEMBERS_IMPORTED,
            by=found.account_id,
            organisation_id=chamber_id,
            object_id=found.id,
            added=found.added,
            changed=found.changed,
            gone=found.gone,
        )
