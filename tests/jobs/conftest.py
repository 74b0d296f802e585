"""A kind of work that tests watch: its steps, and what becomes of its subjects."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import pytest
from flask import Flask

from ruhrvote.db import transaction
from ruhrvote.jobs.actions import Claim, Work, enqueue

STEPS = 4
KIND = "trial"


@dataclass
class Trial:
    """Work of four steps, each of which writes how far the job is; `before` is called ahead of each step's write."""

    before: Callable[[Claim, int], object] = lambda claim, step: None
    begun: list[tuple[int, int]] = field(default_factory=list)  # subject and step
    failed: list[int] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    again: datetime | None = None

    def steps(self, claim: Claim) -> Iterator[None]:
        with claim.transaction() as job:
            done, job.total = job.done, STEPS
        for step in range(done, STEPS):
            self.begun.append((claim.subject_id, step))
            self.before(claim, step)
            with claim.transaction() as job:
                job.done = step + 1
            yield

    def forget(self, subject_id: int) -> datetime | None:
        self.forgotten.append(subject_id)
        return self.again

    @property
    def work(self) -> Work:
        return Work(KIND, self.steps, lambda job: self.failed.append(job.subject_id), self.forget)


@pytest.fixture
def trial() -> Trial:
    """A work that has done nothing yet."""
    return Trial()


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    """Jobs are done outside of any request."""
    with app.app_context():
        yield


def wait_for_a_worker(*subjects: int) -> None:
    """Enqueue a job about each of these subjects."""
    with transaction():
        for subject_id in subjects or (1,):
            enqueue(KIND, subject_id)
