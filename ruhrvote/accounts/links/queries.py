"""Reads of links by e-mail."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from ruhrvote.accounts.links.models import LinkPurpose, MailedLink
from ruhrvote.accounts.models import Account
from ruhrvote.accounts.queries import token_hash
from ruhrvote.db import database_now, db


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
