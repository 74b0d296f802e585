"""E-mail notifications about replies: a person's choice, unsubscribing, and queueing the mails."""

from __future__ import annotations

from flask import current_app
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import update

from ruhrvote.accounts.limits.actions import may_cause_mail
from ruhrvote.accounts.models import Account
from ruhrvote.comments.attribution import shown_as
from ruhrvote.comments.models import Comment, NotificationChoice
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db, insert, transaction
from ruhrvote.errors import Unknown
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to


def choose(account_id: int, *, replies: bool, official: bool) -> None:
    """Save a person's choice of e-mail notifications."""
    with transaction() as session:
        wanted = {"replies": replies, "official": official}
        row = insert(NotificationChoice).values(account_id=account_id, **wanted)
        session.execute(row.on_conflict_do_update(index_elements=["account_id"], set_=wanted))


def unsubscribe(account_id: int) -> None:
    """End all notifications of a person; idempotent."""
    with transaction() as session:
        nothing = update(NotificationChoice).values(replies=False, official=False)
        session.execute(nothing.where(NotificationChoice.account_id == account_id))


def tell_about(reply: Comment) -> None:
    """Queue the mail about a published reply if the comment's author wants it; part of the caller's transaction."""
    parent = db.session.get(Comment, reply.parent_id) if reply.parent_id else None
    if parent is None or parent.account_id is None or parent.organisation_id == reply.organisation_id:
        return
    reader, choice = db.session.get_one(Account, parent.account_id), choice_of(parent.account_id)
    if reader.email is None or not (choice.official if reply.is_official else choice.replies):
        return
    # Replies beyond that are read on the page: a discussion fills nobody's mailbox.
    if not may_cause_mail("notices", reader.email):
        return
    consultation = db.session.get_one(Consultation, reply.idea.consultation_id)
    stop = link_to("notifications.unsubscribe", token=unsubscribe_token(reader.id))
    queue(
        Purpose.COMMENT_REPLIED,
        reader.email,
        reader.language,
        unsubscribe=stop,
        person=reader.person,
        reply=reply,
        shown_as=shown_as,
        link=link_to("comment_threads.show", key=consultation.key, number=reply.idea.number, comment_id=parent.id),
        stop=stop,
    )


def choice_of(account_id: int) -> NotificationChoice:
    """A person's choice of notifications; by default none."""
    known = db.session.get(NotificationChoice, account_id)
    return known or NotificationChoice(account_id=account_id, replies=False, official=False)


def unsubscribe_token(account_id: int) -> str:
    """A signed token for a mail, with which its recipient can unsubscribe without logging in, and nothing else."""
    token = _serializer().dumps(account_id)
    assert isinstance(token, str)
    return token


def account_of(token: str) -> int:
    """The account of an unsubscribe token; raises Unknown for an invalid one."""
    try:
        account_id = _serializer().loads(token)
    except BadSignature:
        account_id = None
    if not isinstance(account_id, int):
        raise Unknown(_l("This link is not complete. Copy it from the mail as a whole."))
    return account_id


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="unsubscribe")
