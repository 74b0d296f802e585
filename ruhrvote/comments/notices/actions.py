"""Choosing notices, taking them back, and queueing them."""

from __future__ import annotations

from sqlalchemy import update

from ruhrvote.accounts.models import Account
from ruhrvote.comments.attribution import shown_as
from ruhrvote.comments.models import Comment
from ruhrvote.comments.notices.models import NoticeChoice
from ruhrvote.comments.notices.queries import choice_of, unsubscribe_token
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db, insert, transaction
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to


def choose(account_id: int, *, replies: bool, official: bool) -> None:
    """Keep what a person wants to be told about by e-mail."""
    with transaction() as session:
        wanted = {"replies": replies, "official": official}
        row = insert(NoticeChoice).values(account_id=account_id, **wanted)
        session.execute(row.on_conflict_do_update(index_elements=["account_id"], set_=wanted))


def unsubscribe(account_id: int) -> None:
    """Send a person no notice any more; twice is once."""
    with transaction() as session:
        nothing = update(NoticeChoice).values(replies=False, official=False)
        session.execute(nothing.where(NoticeChoice.account_id == account_id))


def tell_about(reply: Comment) -> None:
    """Queue the mail about a published reply, in the caller's transaction, if the comment's author asked for it."""
    parent = db.session.get(Comment, reply.parent_id) if reply.parent_id else None
    if parent is None or parent.account_id is None or parent.organisation_id == reply.organisation_id:
        return
    reader, choice = db.session.get_one(Account, parent.account_id), choice_of(parent.account_id)
    if reader.email is None or not (choice.official if reply.is_official else choice.replies):
        return
    consultation = db.session.get_one(Consultation, reply.idea.consultation_id)
    stop = link_to("notices.unsubscribe", token=unsubscribe_token(reader.id))
    queue(
        Purpose.COMMENT_REPLIED,
        reader.email,
        reader.language,
        unsubscribe=stop,
        person=reader.person,
        reply=reply,
        shown_as=shown_as,
        link=link_to("threads.show", key=consultation.key, number=reply.idea.number, comment_id=parent.id),
        stop=stop,
    )
