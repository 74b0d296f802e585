"""Asking for links, sending them, and pressing the button behind them.

Asking writes a request and its job and looks nothing up, so known and unknown addresses are answered alike, in text
and in time. The worker then finds out who it is. A link changes nothing before its button is pressed, because mail
scanners open links.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import contains_eager

from ruhrvote.accounts import queries
from ruhrvote.accounts.actions import keep_first_place, lock_organisation
from ruhrvote.accounts.codes.actions import revoke_codes_of
from ruhrvote.accounts.limits import actions as limits
from ruhrvote.accounts.limits.queries import Client
from ruhrvote.accounts.links.models import KIND, LinkPurpose, LinkRequest, MailedLink
from ruhrvote.accounts.models import Account, Login
from ruhrvote.accounts.queries import token_hash
from ruhrvote.accounts.typed_codes import new_long_code, read_long_code
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.db import clock, database_now, db, delete_bit_by_bit, transaction
from ruhrvote.errors import Conflict
from ruhrvote.jobs.actions import Claim, Work, enqueue, remove
from ruhrvote.jobs.models import Job
from ruhrvote.mail.actions import note_reached, queue
from ruhrvote.mail.models import masked
from ruhrvote.mail.texts import Purpose, link_to

VALID = timedelta(minutes=10)
GONE = _l("This link is not valid any more: it has been used, or it is more than ten minutes old. Ask for a new one.")


def ask_for_link(email: str, *, language: str, client: Client, target: str = "", account_id: int | None = None) -> int:
    """Ask for a link to this address; returns how many seconds to wait if this address of the network asked too often.

    With an account the link confirms that the address is that account's, else it logs in.
    """
    wait, has_room = limits.try_link(email, client, account_id)
    if wait or not has_room:  # a full mailbox holds links that are still good
        return wait
    with transaction() as session:
        request = LinkRequest(
            email=email.strip().lower(),
            language=language,
            account_id=account_id,
            target=target[:300],
            requested_at=clock(),
        )
        session.add(request)
        session.flush()
        enqueue(KIND, request.id)
    return 0


def _answer(claim: Claim) -> Iterator[None]:
    """Send the link that was asked for; the request and its job go with it."""
    with claim.transaction() as job:
        request = db.session.get(LinkRequest, claim.subject_id)
        if request is not None:  # an erasure deletes requests too
            if request.account_id is None:
                _send_login_link(request)
            else:
                _send_confirmation(request)
            db.session.delete(request)
        db.session.delete(job)
    yield


def _give_up(job: Job) -> None:
    db.session.execute(delete(LinkRequest).where(LinkRequest.id == job.subject_id))
    job.keep_until = clock()


def _forget(request_id: int) -> None:
    remove(KIND, request_id)


LINKS = Work(KIND, steps=_answer, failed=_give_up, forget=_forget)


def log_in_by_link(code: str) -> tuple[int, str]:
    """Use a link up and return whose it is and where it leads; Conflict if it is not good any more."""
    with transaction():
        link = _use(code, LinkPurpose.LOG_IN)
        return link.account_id, link.target


def confirm_address(code: str, current_token: str = "") -> None:
    """Make an address that received its link the account's; from then on no letter's code of it is valid.

    A change ends all logins but the one with this token. Conflict if the link is not good any more, or if the
    address has become another account's meanwhile.
    """
    try:
        with transaction() as session:
            link = _use(code, LinkPurpose.CONFIRM)
            account = link.account
            lock_organisation(account.organisation_id)
            session.refresh(account)
            if account.by_code_only:
                keep_first_place(account.circle)
            if account.email is not None:
                others = Login.token_hash != queries.token_hash(current_token)
                session.execute(delete(Login).where(Login.account_id == account.id, others))
            account.email = link.email
            revoke_codes_of(account.id)
            session.execute(delete(MailedLink).where(MailedLink.account_id == account.id))
            record(
                Event.ACCESS_CHANGED,
                by=account.id,
                organisation_id=account.organisation_id,
                object_id=account.id,
                what="address",
            )
    except IntegrityError as error:
        raise Conflict(_l("This e-mail address has an account by now. Choose another one.")) from error


def forget_expired_links() -> None:
    """Delete links whose time is over."""
    delete_bit_by_bit(MailedLink.id, MailedLink.expires_at <= clock())


def _use(code: str, purpose: LinkPurpose) -> MailedLink:
    """The link, if it is good and nobody else presses its button at this moment."""
    link = find_link(read_long_code(code), purpose)
    if link is None:
        raise Conflict(GONE)
    used = delete(MailedLink).where(MailedLink.id == link.id).returning(MailedLink.id)
    if db.session.scalar(used.execution_options(synchronize_session=False)) is None:
        raise Conflict(GONE)
    db.session.expunge(link)
    note_reached(link.email)
    return link


def _new_link(purpose: LinkPurpose, account: Account, request: LinkRequest) -> dict[str, Any]:
    """A link of this purpose, and what its mail has to say."""
    code, until = new_long_code(), clock() + VALID
    db.session.add(
        MailedLink(
            purpose=purpose,
            token_hash=queries.token_hash(code),
            account_id=account.id,
            email=request.email,
            target=request.target,
            expires_at=until,
        )
    )
    page = link_to("links.show_login" if purpose == LinkPurpose.LOG_IN else "links.show_confirmation")
    return {"person": account.person, "link": f"{page}#{code}", "page": page, "code": code, "until": until}


def _send_login_link(request: LinkRequest) -> None:
    account = queries.find_account(request.email)
    if account is not None:
        queue(Purpose.LOGIN_LINK, request.email, request.language, **_new_link(LinkPurpose.LOG_IN, account, request))


def _send_confirmation(request: LinkRequest) -> None:
    """Write to the new address, whose account it may be already, and to the one that is to be replaced."""
    account = request.account
    if account is None or account.removed_at is not None:
        return
    holder = queries.find_account(request.email)
    if holder is None:
        facts = _new_link(LinkPurpose.CONFIRM, account, request)
        queue(Purpose.CONFIRM_ADDRESS, request.email, request.language, **facts)
    elif holder.id != account.id:
        log_in = link_to("accounts.log_in")
        queue(Purpose.ADDRESS_TAKEN, request.email, holder.language, person=holder.person, link=log_in)
    if account.email is not None and account.email != request.email:
        queue(
            Purpose.ACCESS_CHANGED,
            account.email,
            account.language,
            person=account.person,
            what="address asked for",
            address=masked(request.email),
            link=link_to("own_access.show"),
        )


def find_link(token: str, purpose: LinkPurpose) -> MailedLink | None:
    """The link with this token that is still good, with its account, or None.

    One that logs in is good only while it went to the address that the account still has.
    """
    query = (
        select(MailedLink)
        .join(MailedLink.account)
        .where(
            MailedLink.token_hash == token_hash(token.strip()),
            MailedLink.purpose == purpose,
            MailedLink.expires_at > database_now(),
            Account.removed_at.is_(None),
        )
        .options(contains_eager(MailedLink.account))
    )
    if purpose == LinkPurpose.LOG_IN:
        query = query.where(Account.email == MailedLink.email)
    return db.session.scalar(query)
