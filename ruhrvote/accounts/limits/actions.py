"""Writes of rate limits: an attempt is counted before it is checked, and the count is taken back if it was right.

Failures of a stranger delay only attempts from the same network address, never a browser that has logged in to the
account before. So nobody can lock another person out, and a link by mail is always possible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import case, delete, select, update

from ruhrvote.accounts.limits.queries import Client, latest_alarm, subject
from ruhrvote.accounts.models import Account, AttemptCount
from ruhrvote.accounts.queries import TEAM
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, delete_bit_by_bit, insert, transaction

FREE_ATTEMPTS = 4
FIRST_DELAY, LONGEST_DELAY = 1, 900  # seconds
WINDOW = timedelta(minutes=10)
DAY = timedelta(days=1)
MOST_GUESSES = 30  # wrong passwords and codes of one network address within WINDOW
MOST_LINKS = 20  # requests for a link by one network address within WINDOW
MOST_CHALLENGES = 30  # challenges for a passkey by one login within WINDOW
MOST_MAILS = 5  # links to one mailbox within WINDOW; the earlier ones stay valid
# Mails of one kind to one mailbox within a day, whoever causes them.
MOST_MAILS_A_DAY = {"links": 50, "invitations": 5, "notices": 20}
MOST_CAUSED_A_DAY = 40  # by one account, and by one organisation together
MOST_CAUSED_BY_STAFF = 400  # a help desk on its busiest day
UNDER_ATTACK = 20  # wrong passwords of strangers for one account within a day; from then on strangers always wait
ALARM_AT = 200  # wrong passwords and codes in all within WINDOW


@dataclass(frozen=True)
class Attempt:
    """A counted attempt; with `wait`, the seconds to wait, it was neither counted nor may it be checked."""

    wait: int = 0
    delayed: str = ""
    subjects: tuple[str, ...] = ()


def delay_after(failures: int) -> int:
    """The seconds to wait after this many failures: none up to the fourth, then 1, 2, 4 … up to 15 minutes."""
    if failures <= FREE_ATTEMPTS:
        return 0
    return min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(failures - FREE_ATTEMPTS - 1, 30))


def try_password(name: str, account_id: int | None, client: Client) -> Attempt:
    """Count an attempt to enter the password for a name; account_id is None if no account has this name."""
    if account_id is not None and client.known_account == account_id:
        return _guess(delayed=subject("browser", account_id, client.browser))
    name = name.strip().lower()
    return _guess(
        delayed=subject("name from address", name, client.address),
        total=subject("name", name),
        address=subject("guesses of address", client.address),
    )


def try_code(client: Client) -> Attempt:
    """Count an attempt to enter a code."""
    return _guess(address=subject("guesses of address", client.address))


def try_pin(organisation_id: int, client: Client) -> Attempt:
    """Count an attempt to enter a PIN with an organisation's code; `codes.pins` bounds the wrong ones for good."""
    return _guess(
        delayed=subject("pin from", organisation_id, client.browser or client.address),
        address=subject("guesses of address", client.address),
    )


def try_second_factor(account_id: int) -> Attempt:
    """Count an attempt to enter an account's second factor, which needs the first factor before."""
    return _guess(delayed=subject("second factor", account_id))


def try_link(email: str, client: Client, account_id: int | None = None) -> tuple[int, bool]:
    """Count a request for a link; return the seconds to wait, and whether the mailbox may get another mail."""
    address, mailbox = subject("links of address", client.address), subject("links to", email.strip().lower())
    with transaction():
        now = clock()
        counts = _counts([address, mailbox], now)
        if address in counts and counts[address].attempts >= MOST_LINKS:
            return _seconds(counts[address].until - now), False
        _count_on({address: (now + WINDOW, now), mailbox: (now + WINDOW, now)}, now)
        if mailbox in counts and counts[mailbox].attempts >= MOST_MAILS:
            return 0, False
        # Strangers fill no mailbox; but nor do they keep its owner out, who has logged in with this browser before.
        known = db.session.get(Account, client.known_account) if client.known_account is not None else None
        own = known is not None and known.email == email.strip().lower()
        by = db.session.get(Account, account_id) if account_id is not None else None
        return 0, own or may_cause_mail("links", email, by)


def may_cause_mail(kind: str, email: str, by: Account | None = None) -> bool:
    """Count a mail that somebody causes to any address; False once the mailbox, or who causes it, has had enough today.

    Part of the caller's transaction. kind: see MOST_MAILS_A_DAY; by: the account that causes it, if there is one.
    """
    most = {subject(f"{kind} within a day to", email.strip().lower()): MOST_MAILS_A_DAY[kind]}
    if by is not None:
        staff = by.role not in TEAM
        most[subject("mails by account", by.id)] = MOST_CAUSED_BY_STAFF if staff else MOST_CAUSED_A_DAY
        if not staff:
            most[subject("mails by organisation", by.organisation_id)] = MOST_CAUSED_A_DAY
    now = clock()
    counts = _counts(most, now)
    if any(counts[name].attempts >= most[name] for name in counts):
        return False
    _count_on(dict.fromkeys(most, (now + DAY, now)), now)
    return True


def try_challenge(login_hash: str) -> int:
    """Count a challenge for a passkey by this login; return the seconds to wait, 0 for none."""
    asked = subject("challenges", login_hash)
    with transaction():
        now = clock()
        counts = _counts([asked], now)
        if asked in counts and counts[asked].attempts >= MOST_CHALLENGES:
            return _seconds(counts[asked].until - now)
        _count_on({asked: (now + WINDOW, now)}, now)
        return 0


def take_back(attempt: Attempt | None) -> None:
    """Take back the count of an attempt that was right, and end the delay of earlier failures.

    Part of the caller's transaction.
    """
    if attempt is None:
        return
    db.session.execute(delete(AttemptCount).where(AttemptCount.subject == attempt.delayed))
    counted = update(AttemptCount).where(AttemptCount.subject.in_(attempt.subjects), AttemptCount.attempts > 0)
    db.session.execute(counted.values(attempts=AttemptCount.attempts - 1))


def forget_counts() -> None:
    """Delete expired counts."""
    delete_bit_by_bit(AttemptCount.subject, AttemptCount.until < clock())


def _guess(*, delayed: str = "", total: str = "", address: str = "") -> Attempt:
    """Count a guess for these subjects, unless a delay is not over or the address has guessed too often."""
    everybody = subject("guesses of everybody")
    named = [name for name in (delayed, total, address, everybody) if name]
    with transaction():
        now = clock()
        counts = _counts(named, now)
        if delayed in counts and counts[delayed].blocked_until > now:
            return Attempt(wait=_seconds(counts[delayed].blocked_until - now))
        if address in counts and counts[address].attempts >= MOST_GUESSES:
            return Attempt(wait=_seconds(counts[address].until - now))
        failures = 1 + (counts[delayed].attempts if delayed in counts else 0)
        if total in counts and counts[total].attempts >= UNDER_ATTACK:
            failures += FREE_ATTEMPTS
        after = {name: (now + (DAY if name in (delayed, total) else WINDOW), now) for name in named}
        if delayed:
            after[delayed] = (now + DAY, now + timedelta(seconds=delay_after(failures)))
        raised = _count_on(after, now)[everybody] == ALARM_AT and _raise_alarm(now)
    if raised:
        current_app.logger.warning("mass guessing: %d wrong passwords or codes within ten minutes", ALARM_AT)
    return Attempt(delayed=delayed, subjects=tuple(name for name in named if name != delayed))


def _counts(subjects: Iterable[str], now: datetime) -> dict[str, AttemptCount]:
    """The counts of these subjects that have not expired, locked in a fixed order, so that there is no deadlock."""
    rows = db.session.scalars(
        select(AttemptCount)
        .where(AttemptCount.subject.in_(list(subjects)))
        .order_by(AttemptCount.subject)
        .with_for_update()
    )
    return {row.subject: row for row in rows if row.until > now}


def _count_on(after: dict[str, tuple[datetime, datetime]], now: datetime) -> dict[str, int]:
    """Add one to the count of each subject and set when the count and its delay end; return the new counts."""
    rows = [
        {"subject": name, "attempts": 1, "until": until, "blocked_until": blocked_until}
        for name, (until, blocked_until) in sorted(after.items())
    ]
    counted = insert(AttemptCount).values(rows)
    over = AttemptCount.until <= now
    counted = counted.on_conflict_do_update(
        index_elements=["subject"],
        set_={
            "attempts": case((over, 1), else_=AttemptCount.attempts + 1),
            "until": case((over, counted.excluded.until), else_=AttemptCount.until),
            "blocked_until": counted.excluded.blocked_until,
        },
    )
    result = db.session.execute(counted.returning(AttemptCount.subject, AttemptCount.attempts))
    return {name: attempts for name, attempts in result}


def _raise_alarm(now: datetime) -> bool:
    """Record an alarm about mass guessing, unless there was one lately; return whether it was recorded."""
    latest = latest_alarm()
    if latest is not None and latest.recorded_at > now - WINDOW:
        return False
    record(Event.MASS_GUESSING, by=None, attempts=ALARM_AT)
    return True


def _seconds(left: timedelta) -> int:
    return max(1, round(left.total_seconds()))
