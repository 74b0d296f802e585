"""Retention periods: shown on the privacy page, carried out by the worker, repeated in docs/data-protection.md."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ruhrvote.exports.queries import KEPT as FILES_KEPT
from ruhrvote.mail.actions import KEPT as MAILS_KEPT

AFTER_PUBLICATION = timedelta(days=90)


@dataclass(frozen=True)
class RetentionPeriod:
    """The retention of one kind of data: what it is, why and until when it is kept, and who deletes it."""

    what: LazyString
    why: LazyString
    until: LazyString
    by: LazyString


WORKER, PERSON, NOBODY = _l("the program"), _l("the person or an admin"), _l("nobody; it names nobody")

RETENTION = (
    RetentionPeriod(
        _l("Name, e-mail address, role, choices about mail and password (as a hash) of an account"),
        _l("to log in and to know who acts for an organisation"),
        _l("until the account is removed or erased"),
        PERSON,
    ),
    RetentionPeriod(
        _l("Name of a removed account"),
        _l("so that colleagues see who prepared what"),
        _l(
            "%(days)d days after its removal, and after the publication of the last consultation that it took part in",
            days=AFTER_PUBLICATION.days,
        ),
        WORKER,
    ),
    RetentionPeriod(
        _l("Second factors (an app's secret encrypted, passkeys' public halves, recovery codes as a keyed hash)"),
        _l("to keep strangers out of accounts that reach more than one organisation"),
        _l("until they are removed or reset, or the account is erased"),
        PERSON,
    ),
    RetentionPeriod(
        _l("Linked logins of another service (its address and its number of the person)"),
        _l("to log in by that service"),
        _l("until the link is removed, or the account is removed or erased"),
        PERSON,
    ),
    RetentionPeriod(
        _l("Open logins (as a hash)"),
        _l("to stay logged in"),
        _l("30 minutes without use, at most 8 hours; for staff 15 minutes and 4 hours"),
        WORKER,
    ),
    RetentionPeriod(
        _l("Attempts to log in, to enter codes and to get links (name, network address and browser as a keyed hash)"),
        _l("to slow down guessing"),
        _l("10 minutes to one day"),
        WORKER,
    ),
    RetentionPeriod(
        _l("Links by e-mail (the address; the link as a hash)"),
        _l("to log in without a password and to confirm an address"),
        _l("10 minutes"),
        WORKER,
    ),
    RetentionPeriod(
        _l("Invitations of colleagues that nobody accepts"),
        _l("so that a colleague can join"),
        _l("7 days"),
        WORKER,
    ),
    RetentionPeriod(
        _l("Text of a mail"),
        _l("to send it"),
        _l("until it is sent; if it cannot be sent, %(days)d days", days=MAILS_KEPT.days),
        WORKER,
    ),
    RetentionPeriod(
        _l("Recipient and subject of a mail"),
        _l("to find out why something did not arrive"),
        _l("%(days)d days", days=MAILS_KEPT.days),
        WORKER,
    ),
    RetentionPeriod(
        _l("E-mail addresses that take no mail"),
        _l("so that nothing more is sent there"),
        _l("until mail gets through again, at most %(days)d days", days=MAILS_KEPT.days),
        WORKER,
    ),
    RetentionPeriod(
        _l("Name, postal and e-mail address, member and register number of an organisation; what was sent to it when"),
        _l("to invite the members of the chambers, each once"),
        _l("as long as the database; the e-mail address of a person who is erased goes at once"),
        _l("the operator"),
    ),
    RetentionPeriod(
        _l("Letters' codes and the PINs that people chose for them (as keyed hashes), with the number of the account"),
        _l("to let in by letter"),
        _l("valid until another way to log in is set up or the consultation closes; the row as long as the database"),
        NOBODY,
    ),
    RetentionPeriod(
        _l("Letters for the print shop (encrypted)"),
        _l("to print them"),
        _l("until somebody confirms that they were handed over, at most 30 days"),
        WORKER,
    ),
    RetentionPeriod(
        _l("Uploaded files of members"),
        _l("to check and apply them"),
        _l("until the import ends; without attention, 1 day"),
        WORKER,
    ),
    RetentionPeriod(
        _l("Rows and report of an import"),
        _l("to know afterwards what it changed"),
        _l("90 days"),
        WORKER,
    ),
    RetentionPeriod(
        _l("Files that somebody ordered, such as results"),
        _l("so that this person can download them"),
        _l(
            "%(hours)d hours; the content until one hour after the download",
            hours=int(FILES_KEPT.total_seconds() // 3600),
        ),
        WORKER,
    ),
    RetentionPeriod(
        _l("Draft of a ballot and who changed it"),
        _l("so that several people can prepare one ballot"),
        _l("%(days)d days after the publication of the result", days=AFTER_PUBLICATION.days),
        WORKER,
    ),
    RetentionPeriod(
        _l("Comments, their earlier texts, and reports of them with the number of the account that reported"),
        _l("they are public and part of the discussion; the others are for those who moderate"),
        _l("until the comments are deleted by their organisation, or at an erasure"),
        PERSON,
    ),
    RetentionPeriod(
        _l("Objections of an organisation to a ballot, letters due to it, and what it answered to the spot check"),
        _l("so that no ballot counts for an organisation that knows nothing of it"),
        _l("until the consultation is archived; then numbers are left"),
        _l("the operator"),
    ),
    RetentionPeriod(
        _l("Submitted ballots of an organisation, with the number of the account that submitted"),
        _l("so that the result can be recounted"),
        _l("until the consultation is archived"),
        _l("the operator"),
    ),
    RetentionPeriod(
        _l("Entries of the audit trail (numbers, no names)"),
        _l("to prove who used which right"),
        _l("as long as the database"),
        NOBODY,
    ),
    RetentionPeriod(
        _l("Entries of the ledger"),
        _l("to prove the result"),
        _l("as long as the database"),
        NOBODY,
    ),
    RetentionPeriod(
        _l("Lines of the access log, if it is switched on (addresses shortened)"),
        _l("to find attacks and faults"),
        _l("14 days (recommended)"),
        _l("the operator"),
    ),
)
