"""Writes: proposing, confirming and inviting a consultation admin; each public function is one commit."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts import passwords
from ruhrvote.accounts.actions import lock_organisation
from ruhrvote.accounts.admins.models import AdminProposal
from ruhrvote.accounts.admins.queries import consultation_admins, find_invited, require_two
from ruhrvote.accounts.limits.actions import may_cause_mail, take_back, try_code
from ruhrvote.accounts.limits.queries import Client
from ruhrvote.accounts.models import Account, Kind, Organisation, Role
from ruhrvote.accounts.queries import find_account, token_hash
from ruhrvote.accounts.typed_codes import new_long_code, new_token
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, delete_bit_by_bit, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import ENOUGH_MAILS, Purpose, harmless, link_to

VALID = timedelta(days=7)
TAKEN = _l("This e-mail address has an account already.")
GONE = _l("There is nothing to confirm any more. Look at the list of admins.")


def propose_admin(*, organisation_id: int, email: str, person: str, by: int) -> None:
    """Propose a person as consultation admin; all admins are told. Raises Conflict for an address that is known."""
    email = email.strip().lower()
    with transaction() as session:
        organisation, proposer = session.get_one(Organisation, organisation_id), session.get_one(Account, by)
        if organisation.kind != Kind.CHAMBER:
            raise Refused(_l("Consultation admins work for a chamber. Choose one."))
        if find_account(email) is not None:
            raise Conflict(TAKEN)
        now = clock()
        session.execute(delete(AdminProposal).where(AdminProposal.expires_at <= now))
        proposal = AdminProposal(
            organisation_id=organisation_id,
            email=email,
            person=person,
            proposed_by=by,
            proposed_at=now,
            expires_at=now + VALID,
        )
        session.add(proposal)
        try:
            session.flush()
        except IntegrityError as error:
            raise Conflict(_l("This person has been proposed already. Look at the list of admins.")) from error
        record(Event.ADMIN_PROPOSED, by=by, organisation_id=organisation_id, object_id=proposal.id)
        _announce("proposed", person, proposer)


def confirm_admin(proposal_id: int, by: int) -> None:
    """Confirm another admin's proposal and invite the person by mail.

    Raises Refused unless these two may act as two, Conflict if it was withdrawn, confirmed or has expired.
    """
    with transaction() as session:
        proposal = session.get(AdminProposal, proposal_id, with_for_update=True)
        now = clock()
        if proposal is None or proposal.confirmed_by is not None or proposal.expires_at <= now:
            raise Conflict(GONE)
        require_two(proposal.proposed_by, by)
        confirmer = session.get_one(Account, by)
        if not may_cause_mail("invitations", proposal.email, confirmer):
            raise Refused(ENOUGH_MAILS)
        token, code, page = new_token(), new_long_code(), link_to("admins.join")
        proposal.confirmed_by, proposal.expires_at = by, now + VALID
        proposal.token_hash, proposal.code_hash = token_hash(token), token_hash(code)
        queue(
            Purpose.ADMIN_INVITED,
            proposal.email,
            confirmer.language,
            inviter=harmless(proposal.proposer.person),
            confirmer=harmless(confirmer.person),
            organisation=proposal.organisation.name,
            link=f"{page}#{token}",
            page=page,
            code=code,
            until=proposal.expires_at,
        )


def withdraw_admin(proposal_id: int, by: int) -> None:
    """Withdraw a proposal, or an invitation that nobody has accepted; Conflict if there is none any more."""
    with transaction() as session:
        proposal = session.get(AdminProposal, proposal_id, with_for_update=True)
        if proposal is None:
            raise Conflict(GONE)
        session.delete(proposal)
        record(Event.ADMIN_PROPOSAL_WITHDRAWN, by=by, organisation_id=proposal.organisation_id, object_id=proposal_id)


def look_up(secret: str, client: Client) -> tuple[AdminProposal | None, int]:
    """The open invitation with this secret, and the seconds to wait; limited like guessing letters' codes."""
    counted = try_code(client)
    if counted.wait:
        return None, counted.wait
    if find_invited(secret) is not None:
        with transaction():
            take_back(counted)
    return find_invited(secret), 0


def accept(secret: str, *, person: str, password: str, language: str) -> int:
    """Create the account of an invited admin and tell all admins; returns its id. Conflict for a used invitation."""
    gone = Conflict(_l("This invitation is not valid any more. Ask whoever proposed you to do so again."))
    if find_invited(secret) is None:
        raise gone
    db.session.rollback()
    password_hash = passwords.hash_password(password)
    try:
        with transaction() as session:
            proposal = find_invited(secret)
            if proposal is None:
                raise gone
            lock_organisation(proposal.organisation_id)
            used = delete(AdminProposal).where(AdminProposal.id == proposal.id).returning(AdminProposal.id)
            proposer_id, confirmer_id, email = proposal.proposed_by, proposal.confirmed_by, proposal.email
            organisation_id, proposer = proposal.organisation_id, proposal.proposer
            if session.execute(used).scalar() is None:
                raise gone  # withdrawn, or used in another window, while this request waited for the lock
            account = Account(
                organisation_id=organisation_id,
                email=email,
                person=person,
                role=Role.CONSULTATION_ADMIN,
                password_hash=password_hash,
                language=language,
            )
            session.add(account)
            session.flush()
            about = {"organisation_id": organisation_id, "object_id": account.id}
            record(Event.ACCOUNT_CREATED, by=proposer_id, role=str(account.role), **about)
            record(Event.ADMIN_CONFIRMED, by=confirmer_id, **about)
            _announce("joined", person, proposer)
            return account.id
    except IntegrityError as error:
        raise Conflict(_l("Your e-mail address has an account by now. Log in with it.")) from error


def announce_admin(person: str) -> None:
    """Tell all admins of one whom the command line has made."""
    with transaction():
        _announce("joined", person, None)


def forget_expired_proposals() -> None:
    """Delete proposals and invitations that have expired."""
    delete_bit_by_bit(AdminProposal.id, AdminProposal.expires_at <= clock())


def _announce(what: str, person: str, proposer: Account | None) -> None:
    """Queue a mail to each consultation admin; part of the caller's transaction."""
    for admin in consultation_admins():
        if admin.email is not None:
            queue(
                Purpose.ADMIN_ANNOUNCED,
                admin.email,
                admin.language,
                what=what,
                reader=admin.person,
                person=harmless(person),
                proposer=harmless(proposer.person) if proposer else "",
                link=link_to("admins.show"),
            )
