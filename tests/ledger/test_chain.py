"""The chain: append-only by the database, gapless under concurrency, and every change is found."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from ruhrvote.db import db, transaction
from ruhrvote.ledger.actions import append, lock_head, start_chain
from ruhrvote.ledger.chain import first_fault
from ruhrvote.ledger.models import ChainHead, EntryKind, LedgerEntry
from ruhrvote.ledger.queries import entries, head_of


@pytest.fixture(autouse=True)
def chain(app: Flask):
    with app.app_context():
        with transaction():
            start_chain(7)
        yield


def add(number: int) -> None:
    for i in range(number):
        with transaction():
            append(lock_head(7), EntryKind.CAST, {"ballot": i, "ü": "ß"})


def test_entries_follow_each_other() -> None:
    add(5)
    found = list(entries(7))
    assert first_fault(found) is None
    assert [entry.seq for entry in found] == [1, 2, 3, 4, 5]
    assert head_of(7) == (5, found[-1].hash)
    assert [entry.seq for entry in entries(7, after=3)] == [4, 5]


@pytest.mark.parametrize("statement", [update(LedgerEntry).values(payload="{}"), delete(LedgerEntry)])
def test_the_database_refuses_to_change_or_delete(statement) -> None:
    add(1)
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(statement)
    assert first_fault(entries(7)) is None


def test_an_entry_of_a_rolled_back_change_never_was() -> None:
    def fail_after_appending() -> None:
        with transaction():
            append(lock_head(7), EntryKind.CAST, {})
            raise RuntimeError

    add(1)
    with pytest.raises(RuntimeError):
        fail_after_appending()
    add(1)
    assert first_fault(entries(7)) is None
    assert head_of(7)[0] == 2


def test_the_same_predecessor_cannot_be_followed_twice() -> None:
    add(2)
    with pytest.raises(IntegrityError), transaction() as session:
        append(ChainHead(consultation_id=7, seq=2, hash=session.scalars(select(LedgerEntry.hash)).first()), "cast", {})


def test_concurrent_writers_make_one_gapless_chain(app: Flask) -> None:
    def write(_: int) -> None:
        with app.app_context():
            add(1)
            db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(60)))
    assert first_fault(entries(7)) is None
    assert head_of(7)[0] == 60


def test_every_edit_deletion_and_swap_is_found() -> None:
    add(30)
    chance = random.Random(1)
    for _ in range(200):
        found = [
            LedgerEntry(**{c.key: getattr(e, c.key) for c in LedgerEntry.__table__.columns if c.key != "id"})
            for e in entries(7)
        ]
        at = chance.randrange(len(found) - 1)
        match chance.choice(["payload", "kind", "seq", "delete", "swap", "forge"]):
            case "payload":
                found[at].payload = found[at].payload.replace("ballot", "bollat")
            case "kind":
                found[at].kind = EntryKind.WITHDRAWN
            case "seq":
                found[at].seq += 1
            case "delete":
                del found[at]
            case "swap":
                found[at], found[at + 1] = found[at + 1], found[at]
            case "forge":
                found[at].hash = "f" * 64
        assert first_fault(found) is not None


def test_a_chain_needs_a_start() -> None:
    with pytest.raises(LookupError), transaction():
        lock_head(8)
