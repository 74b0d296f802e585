"""What jobs keep: files in pieces, sealed ones for their place only, and when what is over is deleted."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.db import clock, db, transaction
from ruhrvote.jobs.actions import (
    PIECE,
    STUCK,
    Overtaken,
    add_file,
    delete_content,
    enqueue,
    forget,
    forget_over,
    keep_file,
    lock,
    remove,
    sealed_pieces,
    take,
)
from ruhrvote.jobs.models import Job, JobFile, JobPiece, JobState
from ruhrvote.jobs.queries import content_of, next_jobs
from ruhrvote.sealing import Unreadable
from tests.jobs.conftest import KIND, Trial, wait_for_a_worker
from tests.jobs.running import the_job
from tests.statements import deleted_in_each_commit

pytestmark = pytest.mark.alike


def rows(table: type[JobFile | JobPiece | Job]) -> int:
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def keep_something(trial: Trial, content: bytes = b"x" * (2 * PIECE + 5)) -> JobFile:
    claim = take(trial.work, next_jobs([KIND])[KIND])
    assert claim is not None
    for _ in keep_file(claim, "a.csv", "text/csv", io.BytesIO(content)):
        pass
    return db.session.scalars(select(JobFile)).one()


def test_a_file_comes_out_as_it_went_in(app: Flask, trial: Trial) -> None:
    wait_for_a_worker()
    content = bytes(range(256)) * 1024 * 2 + b"the end"
    file = keep_something(trial, content)
    assert (file.size, file.pieces, file.name) == (len(content), 3, "a.csv")
    assert b"".join(content_of(app, file.id, file.pieces)) == content


def test_a_run_that_is_overtaken_keeps_no_further_piece(trial: Trial) -> None:
    wait_for_a_worker()
    claim = take(trial.work, next_jobs([KIND])[KIND])
    assert claim is not None
    steps = keep_file(claim, "a.csv", "text/csv", io.BytesIO(b"x" * 3 * PIECE))
    next(steps)
    with transaction():
        job = lock(KIND, 1)
        assert job is not None
        job.end(JobState.DONE)
    with pytest.raises(Overtaken):
        next(steps)
    assert rows(JobPiece) == 1


def test_sealed_pieces_open_at_their_place_only(app: Flask) -> None:
    wait_for_a_worker()
    content = b"a code that lets in" * 20_000
    with transaction():
        pieces = sealed_pieces(content, "letters 1/a.pdf")
        file = add_file(the_job(KIND).id, "a.pdf", "application/pdf", len(content), pieces)
        number, count = file.id, file.pieces
    assert count > 1
    assert b"lets in" not in b"".join(db.session.scalars(select(JobPiece.content)))
    assert b"".join(content_of(app, number, count, "letters 1/a.pdf")) == content
    with pytest.raises(Unreadable):
        list(content_of(app, number, count, "letters 2/a.pdf"))
    with transaction() as session:
        session.execute(update(JobPiece).where(JobPiece.number == 1).values(content=pieces[0]))
    with pytest.raises(Unreadable):
        list(content_of(app, number, count, "letters 1/a.pdf"))


def test_content_is_deleted_bit_by_bit_and_what_the_file_was_stays(
    app: Flask, trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ruhrvote.jobs.actions.PIECE", 10)
    monkeypatch.setattr("ruhrvote.jobs.actions.PIECES_AT_ONCE", 2)
    wait_for_a_worker()
    file = keep_something(trial, b"x" * 65)
    assert file.pieces == rows(JobPiece) == 7
    number = file.id
    with deleted_in_each_commit(app) as deleted:
        delete_content(file.job_id)
    assert deleted == [2, 2, 2, 1]
    assert (rows(JobPiece), rows(JobFile)) == (0, 1)
    with pytest.raises(LookupError):
        list(content_of(app, number, 7))


def test_a_removed_job_leaves_nothing_and_others_alone(trial: Trial) -> None:
    wait_for_a_worker()
    keep_something(trial)
    wait_for_a_worker(2)
    remove(KIND, 1)
    assert (rows(JobPiece), rows(JobFile), rows(Job)) == (0, 0, 1)


def keep_until(subject_id: int, hours: float | None) -> None:
    with transaction():
        enqueue(KIND, subject_id, keep_until=None if hours is None else clock() + timedelta(hours=hours))


def test_what_is_over_is_forgotten_in_its_order_and_nothing_else(trial: Trial) -> None:
    for subject_id, hours in ((1, -1), (2, 1), (3, None), (4, -2)):
        keep_until(subject_id, hours)
    assert not forget_over([trial.work], 10)
    assert trial.forgotten == [4, 1]
    assert the_job(KIND, 1).keep_until is None, "it need not be looked at again"
    forget_over([trial.work], 10)
    assert trial.forgotten == [4, 1]


def test_forgetting_can_have_a_next_time(trial: Trial) -> None:
    keep_until(1, -1)
    trial.again = clock() + timedelta(days=7)
    forget_over([trial.work], 10)
    assert trial.forgotten == [1]
    assert the_job(KIND).keep_until == trial.again


def test_what_somebody_sets_meanwhile_stays(trial: Trial) -> None:
    keep_until(1, -1)

    def taken_up_again(subject_id: int) -> None:
        keep_until(subject_id, 5)

    forget(KIND, 1, taken_up_again)
    later = the_job(KIND).keep_until
    assert later is not None
    assert later > clock()


def test_forgetting_that_is_interrupted_is_gone_on_with(trial: Trial) -> None:
    keep_until(1, -1)

    def dies(_subject_id: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forget(KIND, 1, dies)
    forget_over([trial.work], 10)
    assert trial.forgotten == [1]


def test_what_cannot_be_forgotten_keeps_no_other(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_until(1, -2)
    keep_until(2, -1)
    plain = trial.forget

    def breaks(subject_id: int) -> object:
        if subject_id == 1:
            raise RuntimeError("locked in")
        return plain(subject_id)

    monkeypatch.setattr(trial, "forget", breaks)
    forget_over([trial.work], 10)
    assert trial.forgotten == [2]
    waits = the_job(KIND, 1).keep_until
    assert waits is not None
    assert clock() < waits <= clock() + STUCK, "it is tried again later"
