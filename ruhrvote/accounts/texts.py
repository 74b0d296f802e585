"""Names of kinds, roles, size classes and changes of access, as the pages show them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.models import Kind, Role

KINDS = {Kind.FIRM: _l("Firm"), Kind.MUNICIPALITY: _l("Municipality"), Kind.CHAMBER: _l("Chamber")}
ROLES = {
    Role.VOTER: _l("Voter: prepares the ballot, and submits it if there is no signatory"),
    Role.SIGNATORY: _l("Signatory: prepares the ballot and alone submits it"),
    Role.REVIEWER: _l("Reviewer: sees the participation of the chamber's members"),
    Role.CHAMBER_ADMIN: _l("Chamber admin: looks after the chamber's members and their accounts"),
    Role.CONSULTATION_ADMIN: _l("Consultation admin: runs consultations"),
}
SIZE_CLASSES = {"": _l("not known")} | {size: size for size in ("1-9", "10-49", "50-249", "250+")}
# Changes of a person's access, as the audit trail shows them.
CHANGES = {
    "address": _l("e-mail address confirmed"),
    "password": _l("password set"),
    "no password": _l("password removed"),
    "app": _l("authenticator app"),
    "passkey": _l("passkey"),
}
