"""The one rule of jobs: one run at a time, a crash is gone on from, three tries, and a cancelled run writes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.jobs import actions
from ruhrvote.jobs.actions import CLAIM, MOST_TRIES, PAUSE, Claim, Overtaken, enqueue, finish, lock, take
from ruhrvote.jobs.lanes import Lane
from ruhrvote.jobs.models import Job, JobState
from ruhrvote.jobs.queries import next_jobs
from tests.jobs.conftest import KIND, STEPS, Trial, wait_for_a_worker
from tests.jobs.running import let_claims_run_out, the_job
from tests.statements import counted

pytestmark = pytest.mark.alike


def job(subject_id: int = 1) -> Job:
    return the_job(KIND, subject_id)


def run_to_the_end(trial: Trial) -> None:
    lane = Lane([trial.work])
    while lane.run(0):
        pass


def claim_of(trial: Trial) -> Claim | None:
    return take(trial.work, next_jobs([KIND])[KIND])


def test_a_job_is_done_step_by_step_and_once(app: Flask, trial: Trial) -> None:
    wait_for_a_worker()
    lane = Lane([trial.work])
    assert lane.run(0)
    assert (job().state, job().done, job().percent) == (JobState.RUNNING, 1, 25)
    run = job()
    assert run.claim
    assert run.claimed_until is not None
    assert CLAIM - timedelta(seconds=30) < run.claimed_until - clock() <= CLAIM
    while lane.run(0):
        pass
    assert (job().state, job().percent, job().claim, job().claimed_until) == (JobState.DONE, 100, "", None)
    assert trial.begun == [(1, step) for step in range(STEPS)]
    run_to_the_end(trial)
    assert len(trial.begun) == STEPS, "what is done is not begun again"
    with counted(app) as statements:
        Lane([trial.work]).run(0)
    assert (len(statements), statements.writing) == (1, []), "looking for work costs one read"


def test_of_many_workers_one_gets_the_job(app: Flask, trial: Trial) -> None:
    rounds, workers = 8, 4
    wait_for_a_worker(*range(1, rounds + 1))
    barrier = Barrier(workers)

    def try_to_take(job_id: int) -> str | None:
        with app.app_context():
            barrier.wait(10)
            try:
                claim = take(trial.work, job_id)
                return claim.token if claim else None
            finally:
                db.session.remove()

    with ThreadPoolExecutor(workers) as pool:
        for subject_id in range(1, rounds + 1):
            here = job(subject_id)
            tokens = [token for token in pool.map(try_to_take, [here.id] * workers) if token]
            assert tokens == [job(subject_id).claim], "exactly one, and the row says which"
            assert job(subject_id).tries == 1


def test_while_one_worker_is_at_it_another_takes_the_next(trial: Trial) -> None:
    wait_for_a_worker(1, 2)
    one, other = Lane([trial.work]), Lane([trial.work])
    one.run(0)
    other.run(0)
    assert trial.begun == [(1, 0), (2, 0)]
    assert not Lane([trial.work]).run(0), "nothing is left for a third"


def test_a_worker_that_dies_is_followed_when_its_claim_has_run_out(trial: Trial) -> None:
    wait_for_a_worker()

    def dies(claim: Claim, step: int) -> None:
        if step == 2:
            raise KeyboardInterrupt

    trial.before = dies
    with pytest.raises(KeyboardInterrupt):
        run_to_the_end(trial)
    trial.before = lambda claim, step: None
    run_to_the_end(trial)
    assert (job().state, job().done) == (JobState.RUNNING, 2), "its claim still holds"
    let_claims_run_out()
    run_to_the_end(trial)
    assert (job().state, job().tries) == (JobState.DONE, 2)
    assert trial.begun == [(1, 0), (1, 1), (1, 2), (1, 2), (1, 3)], "the next one goes on where it stood"


def test_what_comes_back_from_the_dead_writes_nothing(trial: Trial) -> None:
    wait_for_a_worker()
    late = Lane([trial.work])
    late.run(0)
    let_claims_run_out()
    run_to_the_end(trial)
    before = job().done, job().state
    begun = len(trial.begun)
    late.run(0)
    assert (job().done, job().state) == before == (STEPS, JobState.DONE)
    assert len(trial.begun) <= begun + 1, "it notices at its next write"
    assert trial.failed == [], "being overtaken is no failure"


def test_every_write_of_a_run_keeps_its_claim(trial: Trial) -> None:
    wait_for_a_worker()
    claim = claim_of(trial)
    assert claim is not None
    with transaction() as session:
        session.execute(update(Job).values(claimed_until=clock() + timedelta(seconds=5)))
    with claim.transaction():
        pass
    held = job().claimed_until
    assert held is not None
    assert held > clock() + CLAIM / 2


def test_what_a_cancelled_run_writes_is_rolled_back(trial: Trial) -> None:
    wait_for_a_worker(1, 2)
    claim = claim_of(trial)
    assert claim is not None
    with transaction():
        mine = lock(KIND, 1)
        assert mine is not None
        mine.end(JobState.DONE)
    with pytest.raises(Overtaken), claim.transaction():
        enqueue(KIND, 3)
    assert db.session.scalar(select(func.count()).select_from(Job)) == 2
    with pytest.raises(Overtaken):
        finish(claim)


def test_cancelling_in_the_middle_ends_the_run_and_the_lane_goes_on(trial: Trial) -> None:
    wait_for_a_worker(1, 2)

    def cancel(claim: Claim, step: int) -> None:
        if (claim.subject_id, step) == (1, 1):
            with transaction():
                mine = lock(KIND, 1)
                assert mine is not None
                mine.end(JobState.DONE)

    trial.before = cancel
    run_to_the_end(trial)
    assert (job(1).done, job(1).state) == (1, JobState.DONE)
    assert (job(2).done, job(2).state) == (STEPS, JobState.DONE)
    assert trial.failed == []


def test_taken_up_again_in_the_middle_it_begins_anew(trial: Trial) -> None:
    wait_for_a_worker()
    old = Lane([trial.work])
    old.run(0)
    wait_for_a_worker()
    assert (job().state, job().done, job().claim) == (JobState.WAITING, 0, "")
    while old.run(0):
        pass
    assert (job().state, job().done, job().tries) == (JobState.DONE, STEPS, 1)
    assert trial.begun[-STEPS:] == [(1, step) for step in range(STEPS)]


def test_three_tries_and_then_it_has_failed(trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
    wait_for_a_worker()

    def breaks(claim: Claim, step: int) -> None:
        raise RuntimeError("the printer is on fire")

    trial.before = breaks
    for tries in range(1, MOST_TRIES + 1):
        run_to_the_end(trial)
        assert (job().tries, trial.failed) == (tries, [1] if tries == MOST_TRIES else [])
        if tries < MOST_TRIES:
            assert job().state == JobState.WAITING
            waits = job().claimed_until
            assert waits is not None
            assert timedelta(0) < waits - clock() <= PAUSE, "not at once: what is in the way may pass"
            let_claims_run_out()
    assert job().state == JobState.FAILED
    assert "the printer is on fire" in caplog.text
    let_claims_run_out()
    run_to_the_end(trial)
    assert len(trial.begun) == MOST_TRIES
    wait_for_a_worker()
    assert (job().state, job().tries) == (JobState.WAITING, 0), "asked for again it has all its tries"


def test_three_crashes_and_then_it_has_failed(trial: Trial) -> None:
    wait_for_a_worker()
    for _ in range(MOST_TRIES):
        assert Lane([trial.work]).run(0)  # which is never heard of again
        let_claims_run_out()
    assert trial.failed == []
    run_to_the_end(trial)
    assert (job().state, trial.failed) == (JobState.FAILED, [1])


def test_a_refusal_is_final_at_once(trial: Trial) -> None:
    wait_for_a_worker()

    def refuses(claim: Claim, step: int) -> None:
        raise Conflict("there is nothing to make")

    trial.before = refuses
    run_to_the_end(trial)
    assert (job().state, job().tries, trial.failed) == (JobState.FAILED, 1, [1])


def test_a_job_that_fails_holds_up_no_other(trial: Trial) -> None:
    wait_for_a_worker(1, 2)
    with transaction():
        enqueue("other", 1)
    other = Trial()

    def breaks(claim: Claim, step: int) -> None:
        if claim.subject_id == 1:
            raise RuntimeError("the printer is on fire")

    trial.before = breaks
    lane = Lane([trial.work, replace(other.work, kind="other")])
    lane.run(0)
    assert other.begun == [(1, 0)], "kinds take turns"
    while lane.run(0):
        pass
    assert job(2).state == the_job("other").state == JobState.DONE
    assert job(1).state == JobState.WAITING


def test_a_worker_that_ends_leaves_its_job_to_the_next_at_once(trial: Trial) -> None:
    wait_for_a_worker()
    for _ in range(MOST_TRIES + 1):  # ending is no failure, however often
        lane = Lane([trial.work])
        lane.run(0)
        lane.stop()
        assert (job().state, job().claim, job().claimed_until, job().tries) == (JobState.WAITING, "", None, 0)
        begun = len(trial.begun)
        lane.run(0)
        assert len(trial.begun) == begun, "it takes nothing more"
    run_to_the_end(trial)
    assert (job().state, trial.failed) == (JobState.DONE, [])


def test_progress_is_written_at_most_once_a_second(app: Flask, trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [100.0]
    monkeypatch.setattr(actions.time, "monotonic", lambda: seconds[0])
    wait_for_a_worker()
    claim = claim_of(trial)
    assert claim is not None
    with counted(app) as statements:
        for _ in range(100):
            claim.advance(10)
    assert statements == []
    seconds[0] += 1
    with counted(app) as statements:
        for _ in range(100):
            claim.advance(10)
    assert len(statements.writing) == 1
    assert job().done == 1_010


def test_progress_ends_with_the_claim(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "SAY_EVERY", 0.0)
    wait_for_a_worker()
    claim = claim_of(trial)
    assert claim is not None
    wait_for_a_worker()
    with pytest.raises(Overtaken):
        claim.advance(1)
    assert job().done == 0
