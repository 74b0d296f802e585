"""Making a database as after many submissions through the product, by bulk inserts."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from hashlib import sha256
from pathlib import Path

from bench.ballots import IDEAS, Ballots, cell_names
from ruhrvote.app import create_app
from ruhrvote.config import Settings
from ruhrvote.consultations.actions import create_consultation
from ruhrvote.db import db
from ruhrvote.ideas.lists import add_list
from ruhrvote.ledger.models import EntryKind
from ruhrvote.seeding import migrate_database, read_ideas

REPLACED_EVERY = 20  # one ballot in so many was submitted a second time
WHEN = "2026-11-23 06:00:00.000000"


def settings_for(folder: Path) -> Settings:
    """The product's settings for a database in this folder."""
    return Settings(
        data_dir=folder, database_url=f"sqlite:///{folder / 'bench.sqlite3'}", secret_key="only for benchmarks" * 3
    )


def make_database(folder: Path, ballots: Ballots) -> None:
    """Create the database: the product's tables, one open consultation, its submissions and their ledger.

    The chain's hashes are invented, since no benchmark verifies them.
    """
    app = create_app(settings_for(folder))
    with app.app_context():
        migrate_database()
        seed = read_ideas()
        texts = {f"{name}_{language}": "Benchmark" for name in ("title", "intro") for language in ("de", "en")}
        consultation_id = create_consultation(key="bench", source="-", **texts)
        add_list(consultation_id, seed["theme"], seed["idea"][:IDEAS])
        db.session.remove()
        db.engine.dispose()
    with sqlite3.connect(folder / "bench.sqlite3") as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")  # kibibytes: the indexes are filled in random order
        _fill(connection, consultation_id, ballots)
    connection.close()


def _fill(connection: sqlite3.Connection, consultation_id: int, ballots: Ballots) -> None:
    names, rankings = cell_names(), ballots.rankings()
    groups = Counter(names[number].partition("/")[0] for number in ballots.cell.tolist())
    entries: list[tuple[object, ...]] = []
    versions: list[tuple[object, ...]] = []

    def append(kind: EntryKind, payload: dict[str, object]) -> int:
        seq = len(entries) + 1
        text = json.dumps(payload, sort_keys=True, separators=(",", ":"))
        entries.append((consultation_id, seq, str(kind), WHEN, text, _hash("entry", seq - 1), _hash("entry", seq)))
        return seq

    def submit(ballot: int, version: int, ranking: str) -> None:
        committed, receipt = _hash("commitment", ballot, version), _hash("receipt", ballot, version)[:26]
        payload: dict[str, object] = {"ballot": ballot, "commitment": committed, "receipt": receipt, "version": version}
        seq = append(EntryKind.CAST if version == 1 else EntryKind.REPLACED, payload)
        cell, salt, key = names[ballots.cell[ballot - 1]], _hash("salt", ballot, version), f"{version:032x}"
        versions.append((ballot, version, consultation_id, seq, cell, ranking, salt, receipt, committed, key, WHEN))

    append(EntryKind.OPENED, {"roll": {"organisations": len(ballots), "groups": groups}})
    for ballot in range(1, len(ballots) + 1):
        if ballot % REPLACED_EVERY == 0:
            submit(ballot, 1, rankings[ballot - 2])
        submit(ballot, 1 + (ballot % REPLACED_EVERY == 0), rankings[ballot - 1])
    connection.executemany(
        "INSERT INTO ballot (id, consultation_id, organisation_id, current_version, counting_version)"
        " VALUES (?, ?, ?, ?, ?)",
        ((n, consultation_id, n, *(2 * [1 + (n % REPLACED_EVERY == 0)])) for n in range(1, len(ballots) + 1)),
    )
    connection.executemany(
        "INSERT INTO ballot_version (ballot_id, version, consultation_id, seq, cell, ranking, salt, receipt_id,"
        " commitment, idempotency_key, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        versions,
    )
    connection.executemany(
        "INSERT INTO ledger_entry (consultation_id, seq, kind, recorded_at, payload, previous_hash, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        entries,
    )
    connection.execute("UPDATE chain_head SET seq = ?, hash = ?", (len(entries), _hash("entry", len(entries))))


def _hash(*what: object) -> str:
    return sha256(" ".join(map(str, what)).encode()).hexdigest()
