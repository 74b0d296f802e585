"""The worker: what happens by the clock, beside the web processes; one is active at a time."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote import demo
from ruhrvote.accounts.actions import forget_expired_logins
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.queries import due_to_close
from ruhrvote.db import Model, UtcDateTime, clock, db, insert, transaction
from ruhrvote.errors import Refused

ROUND_EVERY = 1.0  # seconds
TIDY_EVERY = 300  # rounds
LEASE = timedelta(seconds=15)


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
    rounds = 0
    while not told:
        time.sleep(ROUND_EVERY)
        with app.app_context():
            try:
                if take_lease(holder):
                    work_once(tidy=rounds % TIDY_EVERY == 0)
                    rounds += 1
            except Exception:  # a round that fails must not end the worker
                app.logger.exception("a round of the worker failed; trying again")
                db.session.rollback()
    with app.app_context():
        release_lease(holder)


def work_once(tidy: bool = False) -> None:
    """One round: close what is due, let the demonstration act, and now and then forget expired logins."""
    for key in due_to_close():
        with suppress(Refused):  # somebody closed it by hand in this moment
            close_consultation(key)
    demo.act()
    if tidy:
        forget_expired_logins()


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
