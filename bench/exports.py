"""Exports of 400,000 organisations: how long they take and how much memory, beside those of a tenth of them.

    bin/bench exports [--quick]

Each export is made in a process of its own as by the worker: ordered, written, stored in the database in parts, and
then read back part by part as for a download. Memory is the peak of the process, and it must not be much higher than
that of a process that exports a tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.timing import Line, machine, write

RESULTS = Path(__file__).parent / "results" / "exports.json"
ALL, QUICK, PART = 400_000, 40_000, 10
FORMS = ("csv", "xlsx", "json")
MOST_GROWTH = 25.0  # MB from a tenth to all; a list of all rows would take some hundred
MOST_MEMORY = 200.0  # MB


def make_database(folder: Path, firms: int) -> None:
    """The product's tables with nine chambers, 53 municipalities, so many firms and an open consultation."""
    from bench.electorate import make_electorate

    make_electorate(folder, 1)
    with sqlite3.connect(folder / "bench.sqlite3") as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.executemany(
            "INSERT INTO organisation (id, kind, name, key, created_at) VALUES (?, ?, ?, ?, '2026-11-26 06:00:00')",
            [(n, "chamber", f"Kammer {n}", f"kammer-{n}") for n in range(101, 110)]
            + [(n, "municipality", f"Stadt {n}", f"05{n}000") for n in range(201, 254)],
        )
        connection.execute(
            "WITH RECURSIVE number(n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM number WHERE n < ?)"
            " INSERT INTO organisation (id, kind, name, district, municipality_id, sector, size_class, street,"
            " postcode, town, contact_email, register_number, created_at)"
            " SELECT n, 'firm', 'Maschinenbau und Anlagentechnik Nr. ' || n || ' GmbH & Co. KG', 'Ruhr',"
            " 201 + n % 53, 'Verarbeitendes Gewerbe', '10-49', 'Industriestraße ' || n % 300, 44000 + n % 6000,"
            " 'Stadt ' || n % 53, 'post@firma-' || n || '.example', 'HRB ' || n, '2026-11-26 06:00:00' FROM number",
            (999 + firms,),
        )
        connection.execute(
            "INSERT INTO membership (organisation_id, chamber_id, member_number)"
            " SELECT id, 101 + id % 9, 'M' || id FROM organisation WHERE id >= 1000"
        )
    connection.close()


def export(folder: Path, form: str) -> None:
    """Make one file as the worker does, read it as a download does, and print time and memory."""
    from bench.electorate import settings_for
    from ruhrvote.accounts.models import Account
    from ruhrvote.app import create_app
    from ruhrvote.consultations.queries import consultations
    from ruhrvote.db import db, transaction
    from ruhrvote.exports.actions import EXPORTS, request_file
    from ruhrvote.exports.catalogue import ExportRequest, Form
    from ruhrvote.jobs.lanes import Lane
    from ruhrvote.jobs.models import Job, JobFile
    from ruhrvote.jobs.queries import content_of

    app = create_app(settings_for(folder))
    with app.app_context():
        with transaction() as session:
            account = session.query(Account).order_by(Account.id).limit(1).one()
            account.role = "consultation_admin"
        request_file(ExportRequest("organisations", Form(form)), consultations()[0].id, 0, "de", by=account)
        begun = time.perf_counter()
        lane = Lane([EXPORTS])
        while lane.run(1.0):
            pass
        seconds = time.perf_counter() - begun
        file = db.session.query(JobFile).order_by(JobFile.id.desc()).limit(1).one()
        file_id, pieces, size = file.id, file.pieces, file.size
        rows = db.session.get_one(Job, file.job_id).total
        db.session.remove()
    read = sum(map(len, content_of(app, file_id, pieces)))
    if read != size or not size:
        raise AssertionError(f"{read} bytes were read of {size}")
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "megabytes": size / 1e6, "memory": most, "rows": rows}))


def measured(folder: Path, form: str) -> dict[str, float]:
    """Time and memory of one export in a process of its own."""
    command = [sys.executable, "-m", "bench.exports", "--export", str(folder), form]
    done = subprocess.run(  # noqa: S603  our own program
        command, capture_output=True, text=True, check=True, env=os.environ
    )
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Measure, print, write the file; the exit code is 1 if memory grows with the organisations."""
    parser = argparse.ArgumentParser(prog="bin/bench exports", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} organisations, and no file")
    parser.add_argument("--export", nargs=2, metavar=("FOLDER", "FORM"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.export:
        export(Path(given.export[0]), given.export[1])
        return 0
    firms = QUICK if given.quick else ALL
    found: dict[str, dict[str, dict[str, float]]] = {}
    for number in (firms // PART, firms):
        with tempfile.TemporaryDirectory(prefix="rv") as name:
            make_database(Path(name), number)
            for form in FORMS:
                took = found.setdefault(form, {})[str(number)] = measured(Path(name), form)
                print(
                    f"{number:>8,} organisations, {form:<5} {took['seconds']:6.1f} s {took['megabytes']:7.1f} MB file"
                    f" {took['memory']:7.1f} MB memory",
                    flush=True,
                )
    lines = []
    for form, runs in found.items():
        few, many = runs[str(firms // PART)]["memory"], runs[str(firms)]["memory"]
        lines.append(Line(f"Memory of the {form} export of {firms:,} organisations", many, MOST_MEMORY, True, "MB"))
        lines.append(Line("  more than for a tenth of them", many - few, MOST_GROWTH, True, "MB"))
    print("\n".join(map(str, lines)))
    print(f"Load average at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    if not given.quick:
        write(RESULTS, {"machine": machine(), "exports": found}, lines)
    return 0 if all(line.met for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
