"""Creating the first admin: one use case, one commit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.accounts import passwords
from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.first_admin.queries import has_admin, is_first_code
from ruhrvote.accounts.models import Account, Kind, Role
from ruhrvote.accounts.queries import find_account, organisations_of_kind
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import transaction
from ruhrvote.errors import Conflict, Refused


def create_first_admin(
    *, code: str, organisation_id: int, email: str, person: str, password: str, language: str = "de"
) -> None:
    """Create the first consultation admin. Refused for a wrong code, Conflict once there is an admin."""
    if not is_first_code(code):
        raise Refused(_l("This is not the code that the server printed when it started. Copy it again."))
    password_hash = passwords.hash_password(password)
    with transaction() as session:
        # One row for all who try at the same time, whichever chamber they work for.
        lock_organisation(organisations_of_kind(Kind.CHAMBER)[0].id)
        if has_admin():
            raise Conflict(_l("There is an admin already. Log in, or ask them for an account."))
        if find_account(email) is not None:
            raise Conflict(_l("This e-mail address has an account already."))
        account = Account(
            organisation_id=organisation_id,
            email=email.strip().lower(),
            person=person,
            role=Role.CONSULTATION_ADMIN,
            password_hash=password_hash,
            language=language,
        )
        session.add(account)
        session.flush()
        record(
            Event.ACCOUNT_CREATED,
            by=None,
            organisation_id=organisation_id,
            object_id=account.id,
            role=str(account.role),
        )
