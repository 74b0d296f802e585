"""Names of tables, columns and values on the page of one's stored data."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.texts import ROLES
from ruhrvote.audit.texts import EVENTS
from ruhrvote.web import LANGUAGES

TABLES = {
    "account": _l("Your account"),
    "access_code": _l("Codes of letters to you"),
    "admin_proposal": _l("Consultation admins whom you proposed or confirmed"),
    "audit_entry": _l("What you did with special rights (audit trail)"),
    "authenticator_app": _l("Your authenticator app"),
    "ballot_version": _l("Ballots that you submitted for your organisation"),
    "colleague_invitation": _l("Invitations that you sent"),
    "comment": _l("Comments"),
    "comment_report": _l("Comments that you reported"),
    "draft": _l("Drafts that you changed last"),
    "draft_change": _l("Your changes of drafts"),
    "export_file": _l("Exports that you ordered"),
    "identity": _l("Logins of other services"),
    "link_request": _l("Links that you asked for"),
    "login": _l("Open logins"),
    "mail": _l("Mails to you"),
    "mailed_link": _l("Links sent to you"),
    "mailing": _l("Letters and mails that you ordered"),
    "notice_choice": _l("Notices that you chose"),
    "passkey": _l("Your passkeys"),
    "proposal": _l("Steps that you proposed or confirmed"),
    "recovery_code": _l("Your recovery codes"),
}
# The columns that the page shows. The file also has the others, which mean something to the program only.
COLUMNS = {
    "id": _l("number"),
    "organisation_id": _l("number of the organisation"),
    "consultation_id": _l("number of the consultation"),
    "email": _l("e-mail address"),
    "person": _l("name"),
    "name": _l("name"),
    "role": _l("role"),
    "is_demo": _l("account of the demonstration"),
    "language": _l("language of mails"),
    "first_since": _l("looks after the team since"),
    "removed_at": _l("removed"),
    "created_at": _l("created"),
    "seen_at": _l("last used"),
    "changed_at": _l("changed"),
    "written_at": _l("written"),
    "received_at": _l("received"),
    "recorded_at": _l("recorded"),
    "sent_at": _l("sent on"),
    "issued_at": _l("issued"),
    "added_at": _l("set up"),
    "linked_at": _l("linked"),
    "used_at": _l("used"),
    "revoked_at": _l("ended"),
    "requested_at": _l("asked for"),
    "ordered_at": _l("ordered"),
    "proposed_at": _l("proposed"),
    "reported_at": _l("reported"),
    "expires_at": _l("valid until"),
    "text": _l("text"),
    "note": _l("note"),
    "subject": _l("subject"),
    "recipient": _l("recipient"),
    "event": _l("what"),
    "version": _l("version"),
    "receipt_id": _l("receipt"),
    "replies": _l("about replies"),
    "official": _l("about official replies"),
}
VALUES: dict[str, dict[str, LazyString]] = {
    "role": {str(role): name for role, name in ROLES.items()},
    "event": EVENTS,
}


def said(column: str, value: object) -> object:
    """A stored value in words."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if column == "language":
        return LANGUAGES.get(str(value), value)
    return VALUES.get(column, {}).get(str(value), value)
