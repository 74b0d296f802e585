"""What the people of a chamber, and those who run a consultation, can and cannot do with an organisation's accounts.

The page `/privacy` shows it, `docs/data-protection.md` has the same, and a test stands behind each sentence.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

CAN = (
    _l(
        "See the name, e-mail address and role of the people who act for your organisation, whether a draft was "
        "begun and whether a ballot was submitted."
    ),
    _l("Invite somebody to an account for your organisation, by e-mail to the address on file and to no other."),
    _l("Order a letter with a new code to the address on file; the earlier code and all logins by code then end."),
    _l("Correct the details and addresses of your organisation; the audit trail names who did."),
    _l("Erase a person's account if the person asks for it; the ballot stays."),
)
CANNOT = (
    _l("Read what is in your draft or in your ballot: not with an account or a letter of their own making either."),
    _l("Choose, see or change somebody's password or PIN."),
    _l("Say who of your organisation submits."),
    _l("Withdraw a ballot that your people submitted."),
    _l("Read a code anywhere but on the letters themselves; the audit trail names who has fetched those."),
)
