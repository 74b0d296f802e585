"""Writes of jobs: enqueue, claim, get further, fail, keep files, forget.

A worker claims a job by a random token, which every transaction of its run looks for and renews. So a run that was
cancelled, or that another worker took over, writes nothing any more. A worker that dies leaves a claim that runs out;
the next run then begins, three times in all.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO

from flask import current_app
from sqlalchemy import delete, insert, select, update

from ruhrvote.db import clock, database_now, db, delete_bit_by_bit, transaction
from ruhrvote.db import insert as insert_or_update
from ruhrvote.jobs.models import Job, JobFile, JobPiece, JobState
from ruhrvote.jobs.queries import CLAIMABLE, next_to_forget
from ruhrvote.sealing import seal

MOST_TRIES = 3  # runs that end badly before a job is given up
CLAIM = timedelta(minutes=1)  # after its last write another run may begin
PAUSE = timedelta(seconds=10)  # after a run that failed
SAY_EVERY = 1.0  # seconds between two writes of how far a job is
PIECE = 256 * 1024  # bytes
PIECES_AT_ONCE = 20  # deleted in one transaction: 5 MB, some hundredths of a second
STUCK = timedelta(hours=1)  # what cannot be forgotten waits so long and lets others go first


class Overtaken(Exception):
    """The job was cancelled, or another run has it."""


@dataclass(frozen=True)
class Work:
    """What a feature declares of its jobs, at one place.

    steps: does a job from wherever it stands, in short steps, and writes in `claim.transaction()` only.
    failed: notes at the subject that the job was given up; part of the transaction that gives it up.
    forget: deletes what is over of a subject, bit by bit, and says when there is more to forget; None: never again.
    """

    kind: str
    steps: Callable[[Claim], Iterator[None]]
    failed: Callable[[Job], None]
    forget: Callable[[int], datetime | None]


class Claim:
    """The right of one run to go on with a job."""

    def __init__(self, job_id: int, subject_id: int, token: str):
        self.job_id, self.subject_id, self.token = job_id, subject_id, token
        self._done, self._said = 0, time.monotonic()

    @contextmanager
    def transaction(self) -> Iterator[Job]:
        """Write in one transaction that keeps the claim, and change the job; raises Overtaken if the claim is lost."""
        with transaction() as session:
            job = session.get(Job, self.job_id, with_for_update=True, populate_existing=True)
            if job is None or job.claim != self.token:
                raise Overtaken
            job.claimed_until = clock() + CLAIM
            yield job

    def advance(self, more: int) -> None:
        """Note that a long write has got further by so much; written down at most once a second."""
        self._done += more
        if time.monotonic() - self._said >= SAY_EVERY:
            self._said = time.monotonic()
            with self.transaction() as job:
                job.done = self._done


def enqueue(kind: str, subject_id: int, *, total: int = 0, keep_until: datetime | None = None) -> None:
    """Let a worker do a job, from the beginning if it was done before; part of the caller's transaction."""
    fresh: dict[str, object] = {
        "state": JobState.WAITING, "tries": 0, "claim": "", "claimed_until": None, "done": 0, "total": total,
        "keep_until": keep_until,
    }  # fmt: skip
    row = insert_or_update(Job).values(kind=kind, subject_id=subject_id, **fresh)
    db.session.execute(row.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=fresh))


def lock(kind: str, subject_id: int) -> Job | None:
    """The job about a subject, which no run changes until the caller's transaction ends.

    Whoever needs both locks the job before its subject, as each run does: then nobody waits for somebody who waits.
    """
    job = select(Job).where(Job.kind == kind, Job.subject_id == subject_id)
    return db.session.scalar(job.with_for_update().execution_options(populate_existing=True))


def take(work: Work, job_id: int) -> Claim | None:
    """Claim a job; None if another worker was faster, or if so many runs of it have ended badly that it is given up."""
    with transaction() as session:
        job = session.scalar(select(Job).where(Job.id == job_id, CLAIMABLE).with_for_update(skip_locked=True))
        if job is None:
            return None
        if job.tries >= MOST_TRIES:
            _give_up(work, job)
            return None
        job.tries += 1
        job.state, job.claim, job.claimed_until = JobState.RUNNING, secrets.token_hex(16), clock() + CLAIM
        return Claim(job.id, job.subject_id, job.claim)


def finish(claim: Claim) -> None:
    """Note that all steps of a job are done."""
    with claim.transaction() as job:
        job.end(JobState.DONE, job.keep_until)


def fail(work: Work, claim: Claim, *, for_good: bool) -> None:
    """End a run that failed: another one follows after a pause, unless it is for good or was the last of three."""
    with claim.transaction() as job:
        if for_good or job.tries >= MOST_TRIES:
            _give_up(work, job)
        else:
            job.state, job.claim, job.claimed_until = JobState.WAITING, "", clock() + PAUSE


def give_back(claims: Collection[Claim]) -> None:
    """Let the next worker go on at once with what this one leaves; its run does not count."""
    mine = Job.claim.in_([claim.token for claim in claims])
    free = {"state": JobState.WAITING, "claim": "", "claimed_until": None, "tries": Job.tries - 1}
    with transaction() as session:
        session.execute(update(Job).where(mine).values(free), execution_options={"synchronize_session": False})


def _give_up(work: Work, job: Job) -> None:
    job.end(JobState.FAILED, job.keep_until)
    work.failed(job)


def sealed_pieces(content: bytes, place: str) -> list[bytes]:
    """A content in sealed pieces, which open for this place only."""
    starts = range(0, len(content), PIECE)
    return [seal(content[start : start + PIECE], f"{place}/{number}") for number, start in enumerate(starts)]


def add_file(job_id: int, name: str, media_type: str, size: int, pieces: Sequence[bytes]) -> JobFile:
    """Keep a file whose content is in hand; part of the caller's transaction."""
    file = JobFile(job_id=job_id, name=name, media_type=media_type, size=size, pieces=len(pieces))
    db.session.add(file)
    db.session.flush()
    rows = [{"file_id": file.id, "number": number, "content": piece} for number, piece in enumerate(pieces)]
    if rows:
        db.session.execute(insert(JobPiece), rows)
    return file


def keep_file(claim: Claim, name: str, media_type: str, content: BinaryIO) -> Iterator[None]:
    """Keep a file of any size, each piece in a transaction and step of its own."""
    with claim.transaction() as job:
        file = add_file(job.id, name, media_type, 0, [])
        file_id = file.id
    number = size = 0
    content.seek(0)
    while piece := content.read(PIECE):
        with claim.transaction():
            db.session.add(JobPiece(file_id=file_id, number=number, content=piece))
            number, size = number + 1, size + len(piece)
            db.session.execute(update(JobFile).where(JobFile.id == file_id).values(pieces=number, size=size))
        yield


def delete_content(job_id: int) -> None:
    """Delete the content of a job's files bit by bit, so that no ballot waits for all of it; what they were stays."""
    files = select(JobFile.id).where(JobFile.job_id == job_id)
    delete_bit_by_bit((JobPiece.file_id, JobPiece.number), JobPiece.file_id.in_(files), at_once=PIECES_AT_ONCE)


def delete_files(job_id: int) -> None:
    """Delete all files of a job, their content bit by bit before."""
    delete_content(job_id)
    delete_bit_by_bit(JobFile.id, JobFile.job_id == job_id)


def remove(kind: str, subject_id: int) -> None:
    """Delete a job with all its files."""
    job_id = db.session.scalar(select(Job.id).where(Job.kind == kind, Job.subject_id == subject_id))
    if job_id is not None:
        delete_files(job_id)
        with transaction() as session:
            session.execute(delete(Job).where(Job.id == job_id))


def forget(kind: str, subject_id: int, how: Callable[[int], datetime | None]) -> None:
    """Forget now what is over of a subject, and note when there is more to forget."""
    again = how(subject_id)
    with transaction() as session:  # what somebody has set for later meanwhile stays
        over = (Job.kind == kind) & (Job.subject_id == subject_id) & (Job.keep_until <= database_now())
        session.execute(update(Job).where(over).values(keep_until=again))


def forget_over(works: Sequence[Work], seconds: float = 1.0) -> bool:
    """Forget what is over for about so long; whether there is more of that."""
    by_kind, until = {work.kind: work for work in works}, time.monotonic() + seconds
    while found := next_to_forget(by_kind):
        kind, subject_id = found
        try:
            forget(kind, subject_id, by_kind[kind].forget)
        except Exception:  # one subject that cannot be forgotten must not keep all others
            current_app.logger.exception("%s %d could not be forgotten", kind, subject_id)
            with transaction() as session:
                stuck = (Job.kind == kind) & (Job.subject_id == subject_id)
                session.execute(update(Job).where(stuck).values(keep_until=clock() + STUCK))
        if time.monotonic() > until:
            return True
    return False
