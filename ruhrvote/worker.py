"""The worker: what happens by the clock and what takes long, beside the web processes; one is active at a time."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask, current_app
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote import demo
from ruhrvote.accounts.actions import forget_expired_logins
from ruhrvote.accounts.admins.actions import forget_expired_proposals
from ruhrvote.accounts.limits.actions import forget_counts
from ruhrvote.accounts.links.actions import LINKS, forget_expired_links
from ruhrvote.accounts.queries import is_demo
from ruhrvote.accounts.team.actions import forget_expired_invitations
from ruhrvote.consultations.actions import close_consultation, miss_opening
from ruhrvote.consultations.pauses import resume_consultation
from ruhrvote.consultations.queries import due, over_pauses
from ruhrvote.control.actions import carry_out_confirmed, open_consultation
from ruhrvote.db import Model, UtcDateTime, clock, db, insert, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.exports.actions import EXPORTS
from ruhrvote.invitations.produce import MAILINGS
from ruhrvote.jobs.actions import forget_over
from ruhrvote.jobs.lanes import Lane
from ruhrvote.mail.actions import forget_old_mails, send_due
from ruhrvote.members.importing.job import IMPORTS, tidy_uploads
from ruhrvote.privacy.actions import forget_what_is_over
from ruhrvote.search.forgetting import forget_removed_words
from ruhrvote.services import services
from ruhrvote.spot_check.actions import see_to_closed

ROUND_EVERY = 1.0  # seconds
TIDY_EVERY = 300  # rounds
LEASE = timedelta(seconds=15)
WORKS = (LINKS, IMPORTS, MAILINGS, EXPORTS)
IN_ROUNDS = (LINKS, IMPORTS)  # whose steps are short


class WorkerLease(Model):
    """One row: which worker is active, and until when if it does not come back."""

    __tablename__ = "worker_lease"

    id: Mapped[int] = mapped_column(primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    until: Mapped[datetime] = mapped_column(UtcDateTime)


def run(app: Flask) -> None:
    """Work until SIGTERM or SIGINT; a worker that does not hold the lease waits for it."""
    told: list[int] = []
    for name in (signal.SIGTERM, signal.SIGINT):
        # Nothing with a lock: a handler may run while the main thread holds that very lock.
        signal.signal(name, lambda number, _: told.append(number))
    holder = f"{socket.gethostname()}:{os.getpid()}"
    rounds, more = 0, False
    active = threading.Event()
    lanes = [Lane(IN_ROUNDS), *(Lane([work]) for work in WORKS if work not in IN_ROUNDS)]
    # A thread for each, because a part of a mailing takes seconds, an export minutes, and forgetting large files both.
    for step in (*(lane.run for lane in lanes[1:]), forget_jobs):
        threading.Thread(target=work_beside, args=(app, active, step), daemon=True).start()
    while not told:
        time.sleep(0 if more else ROUND_EVERY)
        more = False
        with app.app_context():
            try:
                active.clear()
                if take_lease(holder):
                    active.set()
                    more = work_once(lanes[0], tidy=rounds % TIDY_EVERY == 0)
                    rounds += 1
            except Exception:  # a round that fails must not end the worker
                app.logger.exception("a round of the worker failed; trying again")
                db.session.rollback()
    active.clear()
    with app.app_context():
        for lane in lanes:
            lane.stop()
        release_lease(holder)


def work_once(lane: Lane | None = None, tidy: bool = False) -> bool:
    """One round of all that happens by the clock, and about a second of each kind of job; whether more of that waits.

    A step that fails is logged and tried again in the next round; it keeps no other step from being done. Without
    a lane it is a round by itself: of all kinds of jobs, which it leaves to others at its end.
    """
    for key, opens in due():
        _attempt(_open_or_miss if opens else _close, key)
    for key in over_pauses():
        _attempt(_resume, key)
    for step in (*STEPS, *(TIDYING if tidy else ())):
        _attempt(step)
    if lane is not None:
        return lane.run(ROUND_EVERY)
    alone = Lane(WORKS)
    try:
        more = alone.run(ROUND_EVERY)
        return forget_jobs(ROUND_EVERY) or more
    finally:
        alone.stop()


def forget_jobs(seconds: float) -> bool:
    """Forget for about so long what jobs have made and nobody needs any more; whether there is more of that."""
    return forget_over(WORKS, seconds)


def _attempt(step: Callable[..., object], *about: str) -> None:
    try:
        step(*about)
    except Exception:  # whatever it is: links and mails must not wait for a letter that cannot be set
        current_app.logger.exception("the worker could not do %s", " ".join([step.__name__, *about]))
        db.session.rollback()


def _send_mails() -> None:
    if services().settings.smtp_url and not is_demo():  # its people do not exist
        send_due()


STEPS = (see_to_closed, carry_out_confirmed, demo.act, _send_mails)
TIDYING = (
    forget_expired_logins,
    forget_counts,
    forget_expired_links,
    forget_expired_invitations,
    forget_expired_proposals,
    forget_old_mails,
    forget_what_is_over,
    tidy_uploads,
    forget_removed_words,
)


def _close(key: str) -> None:
    with suppress(Conflict):  # somebody did it by hand in this moment
        close_consultation(key)


def _resume(key: str) -> None:
    with suppress(Conflict):  # somebody did it by hand in this moment
        resume_consultation(key)


def _open_or_miss(key: str) -> None:
    try:
        open_consultation(key)
    except Conflict:
        pass  # somebody did it by hand in this moment
    except Refused:
        miss_opening(key)  # the checklist has something missing


def work_beside(app: Flask, active: threading.Event, step: Callable[[float], bool]) -> None:
    """Repeat a step while this worker is the active one, beside its rounds.

    The program may end at any moment: what is half done then is begun again by the next worker.
    """
    while True:
        time.sleep(ROUND_EVERY)
        active.wait()
        with app.app_context():
            try:
                while active.is_set() and step(ROUND_EVERY):
                    pass
            except Exception:  # whatever fails must not end the thread
                app.logger.exception("work beside the rounds failed; trying again")
                db.session.rollback()


def take_lease(holder: str) -> bool:
    """Take or keep the lease; False while another worker holds it. Writes only when half of it is over."""
    with_lease = db.session.get(WorkerLease, 1)
    if with_lease is not None and with_lease.holder == holder and with_lease.until > clock() + LEASE / 2:
        return True
    with transaction() as session:
        now = clock()
        session.execute(insert(WorkerLease).values(id=1, holder=holder, until=now).on_conflict_do_nothing())
        lease = session.get_one(WorkerLease, 1, with_for_update=True)
        if lease.holder != holder and lease.until > now:
            return False
        lease.holder, lease.until = holder, now + LEASE
        return True


def release_lease(holder: str) -> None:
    """Let the next worker begin at once."""
    with transaction() as session:
        lease = session.get(WorkerLease, 1, with_for_update=True)
        if lease is not None and lease.holder == holder:
            lease.until = clock()
