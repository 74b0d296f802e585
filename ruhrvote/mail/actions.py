"""Writes of the outbox: queue, send with retries, send again, forget.

A mail is claimed in one transaction, sent outside of any, and settled in another. A worker that dies in between
leaves a claim that runs out; the mail then goes out again, with the Message-ID that it had.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from email.utils import make_msgid
from urllib.parse import urlsplit

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, update

from ruhrvote.db import clock, database_now, db, delete_bit_by_bit, insert, transaction
from ruhrvote.errors import Conflict
from ruhrvote.mail.delivery import AddressRefused, Attempt, Delivery, Postponed, Rejected
from ruhrvote.mail.models import CAME_BACK, Mail, MailState, RefusedAddress, masked
from ruhrvote.mail.queries import due_mails
from ruhrvote.mail.texts import Purpose, compose
from ruhrvote.services import services

MOST_TRIES = 8
LONGEST_DELAY = timedelta(hours=12)
CLAIM = timedelta(minutes=10)  # longer than any attempt takes
ROUND = 5.0  # seconds that a round of sending goes on before the worker sees to its other work
BATCH = 200
KEPT = timedelta(days=90)


def queue(
    purpose: Purpose,
    recipient: str,
    language: str,
    *,
    unsubscribe: str = "",
    object_id: int | None = None,
    **facts: object,
) -> None:
    """Put a mail into the outbox, in the caller's transaction: it is sent if that commits, and only then.

    `unsubscribe` is the address at which whoever receives it ends mail like this by one click. `object_id` is what the
    mail is about, for the purposes in `Services.mail_wanted`.
    """
    settings = services().settings
    subject, text = compose(purpose, language, facts)
    db.session.add(
        Mail(
            message_id=make_msgid(domain=urlsplit(settings.base_url).hostname),
            purpose=purpose,
            recipient=recipient,
            language=language,
            subject=subject[:300],
            text=text,
            unsubscribe=unsubscribe,
            object_id=object_id,
            next_try_at=database_now(),
            created_at=database_now(),
        )
    )


def delay_after(tries: int) -> timedelta:
    """How long a mail waits after so many attempts: 1, 4, 16 minutes … up to 12 hours; eight take a day and a half."""
    return min(LONGEST_DELAY, timedelta(minutes=4 ** (min(tries, 8) - 1)))


def send_due() -> None:
    """Send what is due, for a few seconds at most; without a mail server everything waits."""
    settings = services().settings
    if not settings.smtp_url:
        return
    waiting = due_mails(BATCH)
    until = time.monotonic() + ROUND
    with Delivery(settings) as delivery:
        for mail_id in waiting:
            attempt = _claim(mail_id)
            if attempt is None:
                continue
            if attempt.number > MOST_TRIES:
                _settle(attempt, "no attempt came to an end", give_up=True)
                continue
            try:
                delivery.send(attempt)
            except Rejected as error:
                _settle(attempt, str(error), give_up=True, refused=isinstance(error, AddressRefused))
            except Postponed as error:
                _settle(attempt, str(error), give_up=attempt.number >= MOST_TRIES)
                if delivery.server is None:
                    return  # the mail server is out of reach; the others keep their attempts
            else:
                _settle(attempt)
            if time.monotonic() > until:
                return


def send_again(mail_id: int) -> None:
    """Give a mail that was given up all its attempts again; Conflict if it was sent or still waits."""
    with transaction() as session:
        mail = session.get(Mail, mail_id, with_for_update=True)
        if mail is None or mail.state != MailState.FAILED:
            raise Conflict(_l("This mail is not among those that failed any more."))
        mail.state, mail.tries, mail.next_try_at = MailState.WAITING, 0, clock()


def forget_old_mails() -> None:
    """Delete what has been in the outbox for three months, whatever became of it, and which addresses took no mail."""
    before = clock() - KEPT
    delete_bit_by_bit(Mail.id, Mail.created_at < before)
    delete_bit_by_bit(RefusedAddress.address, RefusedAddress.noted_at < before)


def _claim(mail_id: int) -> Attempt | None:
    """Take a due mail for one attempt; None if somebody else has it, or it need not or cannot be sent any more."""
    wanted = services().mail_wanted
    with transaction() as session:
        now = clock()
        due = (Mail.id == mail_id) & (Mail.state == MailState.WAITING) & (Mail.next_try_at <= now)
        claimed = update(Mail).where(due).values(tries=Mail.tries + 1, next_try_at=now + CLAIM).returning(Mail)
        mail = session.scalar(claimed)
        if mail is None:
            return None
        still = wanted.get(mail.purpose)
        if still is not None and mail.object_id is not None and not still(mail.object_id):
            mail.state, mail.text = MailState.DROPPED, ""
            return None
        if mail.text is None:
            mail.state, mail.last_error = MailState.FAILED, "sealed under another key of this server"
            return None
        return Attempt(
            id=mail.id,
            number=mail.tries,
            message_id=mail.message_id,
            purpose=mail.purpose,
            recipient=mail.recipient,
            subject=mail.subject,
            text=mail.text,
            unsubscribe=mail.unsubscribe,
            written_at=mail.created_at,
        )


def note_refused(address: str, reason: str) -> None:
    """Note that nothing gets through to an address; part of the caller's transaction."""
    noted = insert(RefusedAddress).values(address=address, reason=reason[:300], noted_at=clock())
    newer = {"reason": noted.excluded.reason, "noted_at": noted.excluded.noted_at}
    db.session.execute(noted.on_conflict_do_update(index_elements=["address"], set_=newer))


def note_reached(address: str) -> None:
    """Note that somebody has read a mail to this address; part of the caller's transaction."""
    db.session.execute(delete(RefusedAddress).where(RefusedAddress.address == address))


def _settle(attempt: Attempt, error: str = "", *, give_up: bool = False, refused: bool = False) -> None:
    """Note how an attempt ended, unless the claim ran out and another attempt has begun."""
    # Mail servers repeat the address in their answers; nobody needs to read it here.
    told = re.sub(re.escape(attempt.recipient), masked(attempt.recipient), " ".join(error.split()), flags=re.IGNORECASE)
    with transaction() as session:
        now = clock()
        result: dict[str, object] = {"last_error": told[:300]}
        if not error:
            result |= {"state": MailState.SENT, "sent_at": now, "text": ""}
            accepted = (RefusedAddress.address == attempt.recipient.lower()) & (RefusedAddress.reason != CAME_BACK)
            session.execute(delete(RefusedAddress).where(accepted))
        elif give_up:
            result |= {"state": MailState.FAILED}
        else:
            result |= {"next_try_at": now + delay_after(attempt.number)}
        if refused:
            note_refused(attempt.recipient.lower(), told)
        mine = (Mail.id == attempt.id) & (Mail.tries == attempt.number) & (Mail.state == MailState.WAITING)
        session.execute(update(Mail).where(mine).values(**result))
    if error:
        log = current_app.logger
        log.warning("mail %d (%s) to %s: %s", attempt.id, attempt.purpose, masked(attempt.recipient), told[:300])
