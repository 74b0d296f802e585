"""bin/bench import: importing 400,000 members on SQLite while another process writes as voters do."""

from __future__ import annotations

import argparse
import csv
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import event, select
from werkzeug.datastructures import FileStorage

from bench.electorate import settings_for
from ruhrvote.accounts.actions import mark_installation
from ruhrvote.accounts.models import Account, Kind, Organisation, Role
from ruhrvote.app import create_app
from ruhrvote.db import clock, db, transaction
from ruhrvote.jobs.lanes import Lane
from ruhrvote.members.importing.actions import start_applying, start_check, upload
from ruhrvote.members.importing.columns import TEMPLATE
from ruhrvote.members.importing.job import IMPORTS
from ruhrvote.members.importing.models import ImportJob, Outside
from ruhrvote.seeding import migrate_database, seed_region
from ruhrvote.worker import take_lease

ROWS = 400_000
RESULTS = Path(__file__).parent / "results" / "import.json"
TOWNS = ("Essen", "Duisburg", "Bochum", "Dortmund", "Hagen", "Gelsenkirchen", "Moers", "Unna", "Köln")


def row(number: int, changed: bool = False) -> tuple[str, ...]:
    """The row of an invented member; with `changed`, every twentieth has other data."""
    return (
        f"{100_000 + number}",
        f"Betrieb {number * 7919 % 1_000_003} Müller & Söhne GmbH",
        f"Beispielstraße {number % 977}{' b' if changed and number % 20 == 0 else ''}",
        f"{44_000 + number % 3_000}",
        TOWNS[number % len(TOWNS)],
        f"post{number}@betrieb.example",
        f"HRB {number * 31 % 1_000_003}",
        "Handwerk",
        "1-9",
        "",
    )


def write_csv(path: Path, rows: int, changed: bool = False) -> None:
    """Write the list as CSV, as a chamber's program does."""
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(TEMPLATE)
        writer.writerows(row(number, changed) for number in range(rows))


def write_xlsx(path: Path, rows: int) -> None:
    """Write the list as XLSX with inline strings."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TEMPLATE)
        for number in range(rows):
            sheet.write_row(number + 1, 0, row(number))


@contextmanager
def locks() -> Iterator[list[float]]:
    """A list to which is added how long each write transaction of this process holds SQLite's lock, in seconds."""
    held: list[float] = []
    since: dict[int, float] = {}

    def begin(connection: Any) -> None:
        if connection.get_execution_options().get("ruhrvote_write"):
            since[id(connection.connection.dbapi_connection)] = time.perf_counter()

    def end(dbapi_connection: Any, *_: object) -> None:
        start = since.pop(id(dbapi_connection), None)
        if start is not None:
            held.append(time.perf_counter() - start)

    event.listen(db.engine, "begin", begin)
    # After the commit the connection returns to the pool: then the lock is surely released.
    event.listen(db.engine, "checkin", end)
    try:
        yield held
    finally:
        event.remove(db.engine, "begin", begin)
        event.remove(db.engine, "checkin", end)


def write_as_voters_do(folder: Path, stop: Any, waits: Any) -> None:
    """Run in another process: a small write every twentieth of a second; puts how long each took into `waits`."""
    app = create_app(settings_for(folder))
    with app.app_context():
        while not stop.is_set():
            before = time.perf_counter()
            with transaction() as session:
                session.add(Organisation(kind=Kind.MUNICIPALITY, name="wait"))
            waits.append(time.perf_counter() - before)
            time.sleep(0.05)


def bring_in(path: Path, chamber: int, account: int) -> dict[str, float]:
    """Upload, check and apply one file as the web process and the worker do; the seconds of each."""
    taken: dict[str, float] = {}
    lane = Lane([IMPORTS])
    before = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal before
        taken[name] = round(time.perf_counter() - before, 2)
        before = time.perf_counter()

    def work() -> None:
        while lane.run(1.0):
            take_lease("bench")

    with path.open("rb") as file:
        job_id = upload(chamber, FileStorage(file, path.name), account)
    work()
    lap("upload and columns")
    job = db.session.get_one(ImportJob, job_id)
    start_check(job_id, [column["field"] for column in job.columns], Outside.TAKE_IN, account)
    work()
    lap("check")
    start_applying(job_id, account)
    work()
    lap("apply and find doubles")
    job = db.session.get_one(ImportJob, job_id, populate_existing=True)
    counts = ("rows", "added", "changed", "unchanged", "gone", "faulty")
    print(path.name, job.state, job.problem, {name: getattr(job, name) for name in counts}, taken, flush=True)
    return taken


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(prog="bin/bench import", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="20,000 rows")
    parser.add_argument("--xlsx", action="store_true", help="the first file as XLSX")
    asked = parser.parse_args()
    rows = ROWS // 20 if asked.quick else ROWS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.xlsx:
            first = folder / "first.xlsx"
            write_xlsx(first, rows)
        else:
            first = folder / "first.csv"
            write_csv(first, rows)
        write_csv(folder / "again.csv", rows, changed=True)
        app = create_app(settings_for(folder))
        result: dict[str, Any] = {"rows": rows, "first file": first.suffix[1:]}
        with app.app_context():
            migrate_database()
            mark_installation(False)
            seed_region()
            chamber = db.session.scalars(select(Organisation.id).where(Organisation.kind == Kind.CHAMBER)).first()
            assert chamber is not None
            with transaction() as session:
                account = Account(organisation_id=chamber, person="Bench", role=Role.CHAMBER_ADMIN, created_at=clock())
                session.add(account)
                session.flush()
                account_id = account.id
            context = multiprocessing.get_context("spawn")
            with context.Manager() as shared:
                stop, waits = shared.Event(), shared.list()
                voter = context.Process(target=write_as_voters_do, args=(folder, stop, waits))
                voter.start()
                for title, path in (("first import", first), ("again, every twentieth changed", folder / "again.csv")):
                    with locks() as held:
                        taken = bring_in(path, chamber, account_id)
                    result[title] = {
                        "seconds": taken,
                        "longest write lock, s": round(max(held), 3),
                        "second longest, s": round(sorted(held)[-2], 3),
                    }
                stop.set()
                voter.join()
                slowest = sorted(waits)
                result["other process's writes"] = {
                    "number": len(slowest),
                    "median, s": round(slowest[len(slowest) // 2], 4),
                    "99th percentile, s": round(slowest[int(len(slowest) * 0.99)], 3),
                    "longest, s": round(slowest[-1], 3),
                }
        result["peak memory of the importing process, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(result, indent=2))
    if not asked.quick:
        known = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        known[first.suffix[1:]] = result
        RESULTS.write_text(json.dumps(known, indent=2) + "\n")


if __name__ == "__main__":
    main()
