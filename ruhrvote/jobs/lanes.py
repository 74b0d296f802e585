"""Running jobs: a lane is what one thread of a worker does, kind by kind in turns."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from flask import current_app

from ruhrvote.db import db
from ruhrvote.errors import Refused
from ruhrvote.jobs.actions import Claim, Overtaken, Work, fail, finish, give_back, take
from ruhrvote.jobs.queries import next_jobs

END = object()


class Lane:
    """Works on one job of each of its kinds at a time, in turns, so that no kind waits for the jobs of another."""

    def __init__(self, works: Sequence[Work]):
        self._works = {work.kind: work for work in works}
        self._running: dict[str, tuple[Claim, Iterator[None]]] = {}
        self._stopped = False

    def run(self, seconds: float) -> bool:
        """Work on each kind for about so long, a step at least; whether there is more to do."""
        waiting = next_jobs(self._works)
        for kind in self._works:
            if kind in waiting or kind in self._running:
                self._work_on(kind, seconds)
        return bool(waiting or self._running)

    def stop(self) -> None:
        """Begin nothing more and leave what is running to the next worker, which goes on at once."""
        self._stopped = True
        claims = [claim for claim, _ in [*self._running.values()]]  # the lane's own thread may be at it
        if claims:
            give_back(claims)

    def _work_on(self, kind: str, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._step(self._works[kind]) and time.monotonic() < until:
            pass

    def _step(self, work: Work) -> bool:
        """Do one step; False if no job of this kind can be taken."""
        if self._stopped:
            return False
        if work.kind not in self._running:
            job_id = next_jobs([work.kind]).get(work.kind)
            claim = None if job_id is None else take(work, job_id)
            if claim is None:
                return False
            self._running[work.kind] = claim, work.steps(claim)
        claim, steps = self._running[work.kind]
        try:
            if next(steps, END) is not END:
                return True
            finish(claim)
        except Overtaken:
            pass
        except Refused:
            self._fail(work, claim, for_good=True)
        except Exception:  # whatever it is: the other jobs must not wait for one that cannot be done
            current_app.logger.exception("%s %d could not be done", work.kind, claim.subject_id)
            self._fail(work, claim, for_good=False)
        self._running.pop(work.kind, None)
        return True

    def _fail(self, work: Work, claim: Claim, *, for_good: bool) -> None:
        try:
            fail(work, claim, for_good=for_good)
        except Overtaken:
            pass
        except Exception:  # the claim runs out, and the next run begins then
            current_app.logger.exception("%s %d is left to the next run", work.kind, claim.subject_id)
            db.session.rollback()
