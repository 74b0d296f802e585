"""Writes of the discussion; each public function is one use case and one commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from ruhrvote.accounts.models import Account
from ruhrvote.comments.models import (
    EDITABLE_FOR,
    Agreement,
    Attribution,
    Comment,
    CommentKind,
    EarlierText,
    Report,
    ReportReason,
    State,
)
from ruhrvote.comments.notifications import tell_about
from ruhrvote.comments.queries import approves_first, find_same, written_since
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.db import clock, db, insert_if_missing, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.ideas.models import Idea
from ruhrvote.search.index import SearchDocument, Subject, put, remove
from ruhrvote.search.terms import tokens

COMMENT_LIMIT = 10
LIMIT_WINDOW = timedelta(minutes=10)
BATCH = 500


@dataclass(frozen=True)
class Author:
    """Who writes, and how the author is shown (see attribution.py); `place` is that of the previewed label."""

    organisation_id: int
    account_id: int | None  # None for the demonstration's own comments
    attribution: Attribution = Attribution.NAME
    place: str = ""


def write_comment(idea_id: int, author: Author, kind: CommentKind, text: str) -> int:
    """Publish a comment on an idea, or queue it for approval, and return its id.

    Raises Conflict unless the consultation is open; Refused if the person has written too many comments
    lately (COMMENT_LIMIT, LIMIT_WINDOW).
    """
    words = tokens(text)
    with transaction():
        consultation = _open_consultation(idea_id)
        return _add(consultation, author, text, words, idea_id=idea_id, kind=kind).id


def reply(comment_id: int, author: Author, text: str) -> int:
    """Reply to a comment and return the reply's id; official replies of chambers are accepted after the close too.

    Raises Unknown if the comment is not published, Conflict for a reply to a reply or after the close.
    """
    words = tokens(text)
    with transaction() as session:
        parent = session.get(Comment, comment_id)
        if parent is None or parent.state != State.PUBLISHED:
            raise Unknown(_l("This comment does not exist any more."))
        if parent.parent_id is not None:
            raise Conflict(_l("Replies have no replies of their own. Reply to the comment above."))
        if author.attribution == Attribution.OFFICIAL:
            consultation = session.get_one(Consultation, session.get_one(Idea, parent.idea_id).consultation_id)
        else:
            consultation = _open_consultation(parent.idea_id)
        return _add(consultation, author, text, words, idea_id=parent.idea_id, parent_id=parent.id).id


def edit_comment(comment_id: int, organisation_id: int, text: str) -> None:
    """Change the text of a comment of the own organisation, which is then marked as edited.

    Where comments need approval, it needs it again. Raises Conflict once the time for editing is over.
    """
    words = tokens(text)
    with transaction() as session:
        comment = _own(comment_id, organisation_id)
        now = clock()
        if not comment.may_be_edited(organisation_id, now):
            minutes = int(EDITABLE_FOR.total_seconds() // 60)
            raise Conflict(_l("A comment can be changed for %(minutes)d minutes. That time is over.", minutes=minutes))
        consultation = _open_consultation(comment.idea_id)
        if comment.text == text:
            return
        session.add(EarlierText(comment_id=comment.id, text=comment.text, replaced_at=now))
        comment.text, comment.edited_at = text, now
        if approves_first(consultation.id) and not comment.is_official:
            comment.state = State.WAITING
        _index(comment, consultation.id, words)


def delete_comment(comment_id: int, organisation_id: int) -> None:
    """Delete the text of a comment, and its earlier texts, for good; raises Unknown unless it is the organisation's."""
    with transaction():
        delete_text(_own(comment_id, organisation_id))


def delete_text(comment: Comment) -> None:
    """Delete a comment's texts, agreements, reports and index entry; part of the caller's transaction."""
    for table in (EarlierText, Agreement, Report):
        db.session.execute(delete(table).where(table.comment_id == comment.id))
    comment.text, comment.hidden_because, comment.agreements = "", "", 0
    comment.state = State.DELETED
    remove(Subject.COMMENT, comment.id)


def agree(comment_id: int, organisation_id: int, *, agreed: bool) -> None:
    """Agree with a comment of another organisation, or take the agreement back; idempotent.

    Raises Conflict for an own comment or after the close, Unknown if the comment is not published.
    """
    with transaction() as session:
        comment = session.get(Comment, comment_id, with_for_update=True)
        if comment is None or comment.state != State.PUBLISHED:
            raise Unknown(_l("This comment does not exist any more."))
        if comment.organisation_id == organisation_id:
            raise Conflict(_l("Your organisation cannot agree with its own comment."))
        _open_consultation(comment.idea_id)
        given = session.get(Agreement, (comment_id, organisation_id))
        if agreed and given is None:
            session.add(Agreement(comment_id=comment_id, organisation_id=organisation_id))
            comment.agreements += 1
        elif given is not None and not agreed:
            session.delete(given)
            comment.agreements -= 1


def report_comment(comment_id: int, account_id: int, reason: ReportReason, note: str) -> None:
    """Report a comment to the moderators; a second report by the same person changes nothing."""
    with transaction() as session:
        comment = session.get(Comment, comment_id)
        if comment is None or comment.state != State.PUBLISHED:
            raise Unknown(_l("This comment does not exist any more."))
        insert_if_missing(
            Report,
            ["comment_id", "account_id"],
            comment_id=comment_id,
            account_id=account_id,
            reason=reason,
            note=note,
            reported_at=clock(),
        )


def index_missing() -> None:
    """Add to the search index the comments that are not in it, such as those of an older version of the program."""
    found = Subject.COMMENT
    known = select(SearchDocument.object_id).where(SearchDocument.subject == found)
    missing = db.session.execute(
        select(Comment.id, Comment.text, Idea.consultation_id)
        .join(Idea, Idea.id == Comment.idea_id)
        .where(Comment.id.not_in(known), Comment.state == State.PUBLISHED)
    ).all()
    ready = [(consultation_id, number, tokens(text)) for number, text, consultation_id in missing]
    for first in range(0, len(ready), BATCH):  # in several transactions, so that others can write in between
        with transaction():
            for consultation_id, number, words in ready[first : first + BATCH]:
                put(consultation_id, found, number, words)


def _open_consultation(idea_id: int) -> Consultation:
    idea = db.session.get_one(Idea, idea_id)
    consultation = db.session.get_one(Consultation, idea.consultation_id)
    if consultation.status != Status.OPEN:
        raise Conflict(
            _l("The consultation is paused; the discussion goes on with it.")
            if consultation.status == Status.PAUSED
            else _l("The discussion has ended with the consultation.")
        )
    return consultation


def _own(comment_id: int, organisation_id: int) -> Comment:
    comment = db.session.get(Comment, comment_id, with_for_update=True)
    if comment is None or comment.organisation_id != organisation_id or comment.state == State.DELETED:
        raise Unknown(_l("This comment does not exist any more."))
    return comment


def _add(
    consultation: Consultation,
    author: Author,
    text: str,
    words: str,
    *,
    idea_id: int,
    kind: CommentKind | None = None,
    parent_id: int | None = None,
) -> Comment:
    now = clock()
    official = author.attribution == Attribution.OFFICIAL
    comment = Comment(
        idea_id=idea_id,
        organisation_id=author.organisation_id,
        account_id=author.account_id,
        parent_id=parent_id,
        kind=kind,
        attribution=author.attribution,
        place=author.place,
        text=text,
        state=State.WAITING if approves_first(consultation.id) and not official else State.PUBLISHED,
        written_at=now,
    )
    if author.account_id is not None:
        db.session.execute(select(Account.id).where(Account.id == author.account_id).with_for_update())
        sent_before = find_same(comment, now - LIMIT_WINDOW)
        if sent_before is not None:  # the form was sent twice
            return sent_before
        if not official:  # a chamber may answer many questions one after the other
            _check_pace(author.account_id, now)
    db.session.add(comment)
    db.session.flush()
    _index(comment, consultation.id, words)
    if comment.state == State.PUBLISHED:
        tell_about(comment)
    return comment


def _check_pace(account_id: int, now: datetime) -> None:
    """Raise Refused for COMMENT_LIMIT comments within LIMIT_WINDOW; the caller holds the lock of the account."""
    if written_since(account_id, now - LIMIT_WINDOW) >= COMMENT_LIMIT:
        minutes = int(LIMIT_WINDOW.total_seconds() // 60)
        raise Refused(
            _l(
                "You have written %(most)d comments within %(minutes)d minutes. "
                "Please wait a little and then send this one; your text is still here.",
                most=COMMENT_LIMIT,
                minutes=minutes,
            )
        )


def _index(comment: Comment, consultation_id: int, words: str) -> None:
    if comment.state == State.PUBLISHED:
        put(consultation_id, Subject.COMMENT, comment.id, words)
    else:
        remove(Subject.COMMENT, comment.id)
