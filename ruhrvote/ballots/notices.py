"""Mails about a submission to others than the person who submitted it, with a link by which they can object.

A link is signed, names one organisation in one consultation, and can do nothing but object for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import current_app
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import and_, exists, or_, select

from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.accounts.queries import accounts_of
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.ballots.models import BallotVersion, PaperNotice
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db
from ruhrvote.errors import Unknown
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to


@dataclass(frozen=True)
class Link:
    """What a link to object is about."""

    consultation_id: int
    organisation_id: int
    version: int


def link_token(link: Link) -> str:
    """The signed token of a link."""
    token = _serializer().dumps([link.consultation_id, link.organisation_id, link.version])
    assert isinstance(token, str)
    return token


def link_of(token: str) -> Link:
    """The link of a token; raises Unknown for an invalid one."""
    try:
        found = _serializer().loads(token)
    except BadSignature:
        found = None
    if not isinstance(found, list):
        raise Unknown(_l("This link is not complete. Copy it from the mail as a whole."))
    return Link(*found)


def tell_others(account: Account, consultation: Consultation, version: int, *, ranked: bool, replaces: bool) -> None:
    """Tell the organisation's other accounts and its contact address of a submission, in the caller's transaction.

    Of each that replaces another one, and of a first one by an account that somebody else has made. If no contact
    address is on file, a letter is to tell it.
    """
    if not replaces and not made_by_others(account):
        return
    organisation = account.organisation
    receivers = receivers_of(organisation, without=account)
    if organisation.contact_email is None:
        add_paper_notice(consultation.id, organisation.id, version)
    if not receivers:
        return
    link = link_to("objections.show", token=link_token(Link(consultation.id, organisation.id, version)))
    for address, language in receivers.items():
        queue(
            Purpose.BALLOT_SUBMITTED,
            address,
            language,
            organisation=organisation.name,
            consultation=consultation,
            version=version,
            moment=clock(),
            ranked=ranked,
            link=link,
        )


def receivers_of(organisation: Organisation, without: Account | None = None) -> dict[str, str]:
    """The addresses of an organisation with the language of each: its accounts' and the one for contact.

    without: the person who knows already; this address gets no mail, wherever it stands.
    """
    known = (without.email or "").lower() if without else ""
    found = {
        account.email.lower(): account.language
        for account in accounts_of(organisation.id)
        if account.email and (without is None or account.id != without.id)
    }
    if organisation.contact_email:
        found.setdefault(organisation.contact_email.strip().lower(), "de")
    return {address: language for address, language in found.items() if address != known}


def tell_submitter(consultation: Consultation, submission: BallotVersion) -> None:
    """Tell the person who submitted a version that it is contested; part of the caller's transaction.

    Somebody without an e-mail address reads it on the ballot's page.
    """
    account = submission.account
    if account is None or account.email is None or account.removed_at is not None:
        return
    queue(
        Purpose.BALLOT_CONTESTED,
        account.email,
        account.language,
        person=account.person,
        organisation=account.organisation.name,
        consultation=consultation,
        version=submission.version,
        moment=submission.received_at,
        link=link_to("objections.own", key=consultation.key),
    )


def add_paper_notice(consultation_id: int, organisation_id: int, version: int, now: datetime | None = None) -> None:
    """Note that a letter must tell an organisation of a version; part of the caller's transaction."""
    db.session.add(
        PaperNotice(
            consultation_id=consultation_id, organisation_id=organisation_id, version=version, noted_at=now or clock()
        )
    )


def made_by_others(account: Account) -> bool:
    """Whether this account came by a letter's code, or by an invitation of staff."""
    # By the organisation, which is an index.
    about = (AuditEntry.organisation_id == account.organisation_id) & (AuditEntry.object_id == account.id)
    by_staff = and_(
        AuditEntry.event == Event.ACCOUNT_CREATED,
        AuditEntry.account_id.is_not(None),
        AuditEntry.account_id != account.id,
    )
    by_code = AuditEntry.event == Event.CODE_USED
    return bool(db.session.scalar(select(exists().where(about, or_(by_staff, by_code)))))


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="objection")
