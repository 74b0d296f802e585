"""How long what is kept: the list that the page shows, the worker carries out and docs/data-protection.md repeats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ruhrvote.mail.actions import KEPT as MAILS_KEPT

AFTER_PUBLICATION = timedelta(days=90)


@dataclass(frozen=True)
class Kept:
    """One kind of data: what it is, what for, how long, and who deletes it."""

    what: LazyString
    why: LazyString
    until: LazyString
    by: LazyString


WORKER, PERSON, NOBODY = _l("the program"), _l("the person or an admin"), _l("nobody; it names nobody")

RETENTION = (
    Kept(
        _l("Name, e-mail address, role and password (as a hash) of an account"),
        _l("to log in and to know who acts for an organisation"),
        _l("until the account is removed or erased"),
        PERSON,
    ),
    Kept(
        _l("Name of a removed account"),
        _l("so that colleagues see who prepared what"),
        _l(
            "%(days)d days after the publication of the last consultation that it took part in",
            days=AFTER_PUBLICATION.days,
        ),
        WORKER,
    ),
    Kept(_l("Open logins (as a hash)"), _l("to stay logged in"), _l("30 minutes without use, at most 8 hours"), WORKER),
    Kept(
        _l("Failed logins (the address as a keyed hash)"),
        _l("to slow down guessing"),
        _l("one day after the last delay"),
        WORKER,
    ),
    Kept(
        _l("Invitations of colleagues that nobody accepts"),
        _l("so that a colleague can join"),
        _l("7 days"),
        WORKER,
    ),
    Kept(
        _l("Text of a mail"),
        _l("to send it"),
        _l("until it is sent; if it cannot be sent, %(days)d days", days=MAILS_KEPT.days),
        WORKER,
    ),
    Kept(
        _l("Recipient and subject of a mail"),
        _l("to find out why something did not arrive"),
        _l("%(days)d days", days=MAILS_KEPT.days),
        WORKER,
    ),
    Kept(
        _l("Draft of a ballot and who changed it"),
        _l("so that several people can prepare one ballot"),
        _l("%(days)d days after the publication of the result", days=AFTER_PUBLICATION.days),
        WORKER,
    ),
    Kept(
        _l("Comments"),
        _l("they are public and part of the discussion"),
        _l("until they are deleted by their organisation or at an erasure"),
        PERSON,
    ),
    Kept(
        _l("Submitted ballots of an organisation, with the number of the account that submitted"),
        _l("so that the result can be recounted"),
        _l("until the consultation is archived"),
        _l("the operator"),
    ),
    Kept(
        _l("Entries of the audit trail (numbers, no names)"),
        _l("to prove who used which right"),
        _l("as long as the database"),
        NOBODY,
    ),
    Kept(
        _l("Entries of the ledger"),
        _l("to prove the result"),
        _l("as long as the database"),
        NOBODY,
    ),
    Kept(
        _l("Lines of the access log, if it is switched on (addresses shortened)"),
        _l("to find attacks and faults"),
        _l("14 days (recommended)"),
        _l("the operator"),
    ),
)
