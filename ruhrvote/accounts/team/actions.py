"""Writes of a team; each public function is one use case and one commit.

All of them lock the organisation first, so that concurrent changes of a team are serialised. They raise Conflict if
the acting account is not the team's first account at that moment.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts import passwords, queries
from ruhrvote.accounts.actions import keep_first_place, lock_organisation
from ruhrvote.accounts.codes.actions import revoke_codes_of
from ruhrvote.accounts.limits import actions as limits
from ruhrvote.accounts.limits.queries import Client
from ruhrvote.accounts.models import (
    Account,
    ColleagueInvitation,
    Identity,
    Login,
    Organisation,
    Role,
    new_circle,
)
from ruhrvote.accounts.team.queries import find_invitation
from ruhrvote.accounts.typed_codes import new_long_code, new_token
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, db, delete_bit_by_bit, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import ENOUGH_MAILS, Purpose, harmless, link_to

VALID = timedelta(days=7)
LARGEST_TEAM = 20  # people and open invitations: enough for an organisation, too few for flooding mailboxes


def invite(account_id: int, *, email: str, person: str) -> None:
    """Invite a colleague by e-mail, in the inviter's language; replaces an open invitation to the same address.

    If the address has an account at another organisation, it gets a different mail, and the inviter is not told.
    """
    email = email.strip().lower()
    with transaction() as session:
        inviter = _in_first_place(account_id)
        team = queries.team_of(inviter.circle)
        if any(member.email == email for member in team):
            raise Conflict(_l("This person is in your team already."))
        mine = ColleagueInvitation.circle == inviter.circle
        now = clock()
        superseded = (ColleagueInvitation.email == email) | (ColleagueInvitation.expires_at <= now)
        session.execute(delete(ColleagueInvitation).where(mine, superseded))
        waiting = session.scalar(select(func.count()).select_from(ColleagueInvitation).where(mine)) or 0
        if len(team) + waiting >= LARGEST_TEAM:
            raise Refused(_l("Your team is complete: it may have 20 people, open invitations included."))
        if not limits.may_cause_mail("invitations", email, inviter):
            raise Refused(ENOUGH_MAILS)
        record(Event.COLLEAGUE_INVITED, by=inviter.id, organisation_id=inviter.organisation_id)
        known = queries.find_account(email)
        people: dict[str, Any] = {
            "inviter": harmless(inviter.person),
            "organisation": inviter.organisation.name,
        }
        secret = _add_invitation(inviter, inviter.organisation_id, inviter.circle, email, person, Role.VOTER)
        if known is not None:
            queue(Purpose.ADDRESS_IN_USE, email, known.language, link=link_to("accounts.log_in"), **people)
        else:
            queue(Purpose.COLLEAGUE_INVITED, email, inviter.language, **secret, **people)


def invite_for_chamber(organisation_id: int, *, email: str, person: str, role: Role, by: int) -> None:
    """Invite somebody to an account of their own: an admin makes none, and only whoever gets the mail can.

    The account begins a circle of its own. Replaces an earlier such invitation to the address. Raises Conflict if the
    address has an account; Refused for a consultation admin, which takes two (see `admins`), and after many mails.
    """
    email = email.strip().lower()
    if role == Role.CONSULTATION_ADMIN:
        raise Refused(_l("A consultation admin is proposed by one admin and confirmed by another."))
    with transaction() as session:
        lock_organisation(organisation_id)
        if queries.find_account(email) is not None:
            raise Conflict(_l("This e-mail address has an account already."))
        inviter, organisation = session.get_one(Account, by), session.get_one(Organisation, organisation_id)
        if not limits.may_cause_mail("invitations", email, inviter):
            raise Refused(ENOUGH_MAILS)
        staff = select(Account.id).where(Account.role.not_in(queries.TEAM))
        earlier = (ColleagueInvitation.organisation_id == organisation_id) & (ColleagueInvitation.email == email)
        session.execute(delete(ColleagueInvitation).where(earlier, ColleagueInvitation.invited_by.in_(staff)))
        secret = _add_invitation(inviter, organisation_id, new_circle(), email, person, role)
        record(Event.ACCOUNT_INVITED, by=by, organisation_id=organisation_id, role=str(role))
        names: dict[str, Any] = {"chamber": inviter.organisation.name, "organisation": organisation.name}
        queue(Purpose.ACCOUNT_INVITED, email, inviter.language, **secret, **names)


def _add_invitation(
    inviter: Account, organisation_id: int, circle: int, email: str, person: str, role: Role
) -> dict[str, Any]:
    """Keep an invitation, and return what its mail says of it."""
    token, code, expires_at = new_token(), new_long_code(), clock() + VALID
    db.session.add(
        ColleagueInvitation(
            organisation_id=organisation_id,
            circle=circle,
            invited_by=inviter.id,
            email=email,
            person=person,
            role=role,
            token_hash=queries.token_hash(token),
            code_hash=queries.token_hash(code),
            expires_at=expires_at,
        )
    )
    page = link_to("team.join")
    return {"link": f"{page}#{token}", "page": page, "code": code, "until": expires_at}


def revoke_invitation(account_id: int, invitation_id: int) -> None:
    """Revoke an invitation: its link and its code become invalid."""
    with transaction() as session:
        inviter = _in_first_place(account_id)
        mine = ColleagueInvitation.circle == inviter.circle
        session.execute(delete(ColleagueInvitation).where(ColleagueInvitation.id == invitation_id, mine))


def look_up(secret: str, client: Client) -> tuple[ColleagueInvitation | None, int]:
    """The open invitation with this secret, and the seconds to wait; limited like guessing letters' codes."""
    counted = limits.try_code(client)
    if counted.wait:
        return None, counted.wait
    if find_invitation(secret) is not None:
        with transaction():
            limits.take_back(counted)
    return find_invitation(secret), 0


def accept_invitation(secret: str, *, person: str, password: str | None, language: str) -> int:
    """Create the account of an invited person, delete the invitation, and return the account's id.

    password: None for a person who joins with an identity of the provider. Raises Conflict if the invitation is not
    open any more, or if its address has got an account meanwhile.
    """
    gone = Conflict(_l("This invitation is not valid any more. Ask your colleague to invite you again."))
    if find_invitation(secret) is None:
        raise gone
    db.session.rollback()
    password_hash = passwords.hash_password(password) if password is not None else None
    try:
        with transaction() as session:
            invitation = find_invitation(secret)
            if invitation is None:
                raise gone
            lock_organisation(invitation.organisation_id)
            used = delete(ColleagueInvitation).where(ColleagueInvitation.id == invitation.id)
            account = Account(
                organisation_id=invitation.organisation_id,
                circle=invitation.circle,
                email=invitation.email,
                person=person,
                role=invitation.role,
                password_hash=password_hash,
                language=language,
            )
            if session.execute(used.returning(ColleagueInvitation.id)).scalar() is None:
                raise gone  # revoked, or used in another window, while this request waited for the lock
            keep_first_place(invitation.circle)
            inviter = session.get_one(Account, invitation.invited_by)
            session.add(account)
            session.flush()
            record(
                Event.ACCOUNT_CREATED,
                by=account.id if inviter.role in queries.TEAM else inviter.id,
                organisation_id=account.organisation_id,
                object_id=account.id,
                role=str(account.role),
            )
            return account.id
    except IntegrityError as error:
        raise Conflict(_l("Your e-mail address has an account by now. Log in with it.")) from error


def remove_colleague(account_id: int, colleague_id: int) -> None:
    """Remove a colleague: ends all logins, deletes password and e-mail address; the name stays in the history."""
    with transaction() as session:
        colleague = _colleague(_in_first_place(account_id), colleague_id)
        session.execute(delete(Login).where(Login.account_id == colleague.id))
        session.execute(delete(Identity).where(Identity.account_id == colleague.id))
        revoke_codes_of(colleague.id)
        colleague.removed_at = clock()
        colleague.email = colleague.password_hash = None  # the address can then be used for another account
        record(Event.ACCOUNT_REMOVED, by=account_id, organisation_id=colleague.organisation_id, object_id=colleague.id)


def name_signatory(account_id: int, member_id: int | None) -> None:
    """Make one member of the team its signatory, who alone may submit; None: everybody may."""
    with transaction() as session:
        first = _in_first_place(account_id)
        team = queries.team_of(first.circle)
        for member in team:
            member.role = Role.VOTER
        session.flush()  # before the new one is set, as the database allows one signatory only
        if member_id is not None:
            chosen = next((member for member in team if member.id == member_id), None)
            if chosen is None:
                raise Conflict(_l("This person is not in your team any more."))
            chosen.role = Role.SIGNATORY
        record(Event.SIGNATORY_CHANGED, by=account_id, organisation_id=first.organisation_id, object_id=member_id)


def hand_over(account_id: int, colleague_id: int) -> None:
    """Make a colleague the first account of the team."""
    with transaction():
        colleague = _colleague(_in_first_place(account_id), colleague_id)
        colleague.first_since = clock()
        record(
            Event.FIRST_PLACE_HANDED_OVER,
            by=account_id,
            organisation_id=colleague.organisation_id,
            object_id=colleague.id,
        )


def forget_expired_invitations() -> None:
    """Delete expired invitations with their names and addresses."""
    delete_bit_by_bit(ColleagueInvitation.id, ColleagueInvitation.expires_at <= clock())


def _in_first_place(account_id: int) -> Account:
    """The account, after locking its organisation; raises Conflict unless it is the team's first account."""
    # Read only the id before the lock: a loaded account would keep its old values.
    organisation_id, circle = db.session.execute(
        select(Account.organisation_id, Account.circle).where(Account.id == account_id)
    ).one()
    lock_organisation(organisation_id)
    team = queries.team_of(circle)
    if not team or team[0].id != account_id:
        raise Conflict(_l("Only the first account of your team may do this."))
    return team[0]


def _colleague(first: Account, colleague_id: int) -> Account:
    """Another member of the team; raises Conflict if there is none with this id."""
    team = queries.team_of(first.circle)
    found = next((member for member in team if member.id == colleague_id and member.id != first.id), None)
    if found is None:
        raise Conflict(_l("This person is not in your team any more."))
    return found
