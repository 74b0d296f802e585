"""What mails say: one text template per purpose, rendered in the language of whoever receives it."""

from __future__ import annotations

import re
from enum import StrEnum

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l

from ruhrvote.mail.models import MailState
from ruhrvote.services import services

ENOUGH_MAILS = _l("No more mails can be sent to this address, or by you, today. Try again tomorrow.")
LONGEST_NAME = 60  # characters of a name that somebody has given to oneself
STATES = {
    MailState.WAITING: (_l("waiting"), "info"),
    MailState.SENT: (_l("sent"), "success"),
    MailState.FAILED: (_l("failed"), "danger"),
    MailState.RETURNED: (_l("came back"), "danger"),
    MailState.DROPPED: (_l("not needed any more"), "plain"),
}


class Purpose(StrEnum):
    """What a mail is for; `templates/mail/<purpose>.txt` is its text."""

    COLLEAGUE_INVITED = "colleague_invited"
    ACCOUNT_INVITED = "account_invited"
    ADDRESS_IN_USE = "address_in_use"
    RECEIPT = "receipt"
    BALLOT_SUBMITTED = "ballot_submitted"
    BALLOT_CONTESTED = "ballot_contested"
    BALLOT_COUNTS = "ballot_counts"
    COMMENT_REPLIED = "comment_replied"
    INVITATION = "invitation"
    REMINDER = "reminder"
    LETTERS_FORGOTTEN = "letters_forgotten"
    LOGIN_LINK = "login_link"
    CONFIRM_ADDRESS = "confirm_address"
    ADDRESS_TAKEN = "address_taken"
    ACCESS_CHANGED = "access_changed"
    ADMIN_INVITED = "admin_invited"
    ADMIN_ANNOUNCED = "admin_announced"


PURPOSES = {
    Purpose.COLLEAGUE_INVITED: _l("Invitation of a colleague"),
    Purpose.ACCOUNT_INVITED: _l("Invitation to an account"),
    Purpose.ADDRESS_IN_USE: _l("Invitation to an address that has an account"),
    Purpose.RECEIPT: _l("Receipt of a submission"),
    Purpose.BALLOT_SUBMITTED: _l("Notice of a submission by somebody else"),
    Purpose.BALLOT_CONTESTED: _l("Notice of an objection to one's submission"),
    Purpose.BALLOT_COUNTS: _l("Notice that a ballot counts"),
    Purpose.COMMENT_REPLIED: _l("Reply to a comment"),
    Purpose.INVITATION: _l("Invitation to take part"),
    Purpose.REMINDER: _l("Reminder to take part"),
    Purpose.LETTERS_FORGOTTEN: _l("Letters that nobody has handed over"),
    Purpose.LOGIN_LINK: _l("Link to log in"),
    Purpose.CONFIRM_ADDRESS: _l("Link to confirm an address"),
    Purpose.ADDRESS_TAKEN: _l("Notice that an address has an account already"),
    Purpose.ACCESS_CHANGED: _l("Notice of a change to an access"),
    Purpose.ADMIN_INVITED: _l("Invitation of a consultation admin"),
    Purpose.ADMIN_ANNOUNCED: _l("Notice of a new consultation admin"),
}


def compose(purpose: Purpose, language: str, facts: dict[str, object]) -> tuple[str, str]:
    """Subject and text of a mail: the first line of its template, and what follows the blank line after it."""
    with force_locale(language):
        written = render_template(f"mail/{purpose}.txt", **facts)
    subject, _, text = written.strip().partition("\n\n")
    # A name in the subject must not begin a header of its own.
    return " ".join(subject.split()), text.strip() + "\n"


def harmless(name: str) -> str:
    """A name that its bearer has chosen, as mails to others show it: on one line, short, and with no address in it."""
    return " ".join(re.sub(r"[\\/@<>:]|\.+(?=\w)", " ", name).split())[:LONGEST_NAME]


def link_to(endpoint: str, **values: object) -> str:
    """The address of a page as mails and letters give it: under the configured name, not under that of a request.

    Works without a request, for the worker and the console.
    """
    base: str = services().settings.base_url
    return base + current_app.url_map.bind("").build(endpoint, values)
