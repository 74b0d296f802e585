"""What moderators decide; each decision is in the audit trail, and settles the reports of its comment.

The trail names the organisation that decided, never the comment's: that may stand under a label.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from ruhrvote.accounts.models import Account
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.comments.models import Comment, DiscussionRules, Report, State
from ruhrvote.comments.notices.actions import tell_about
from ruhrvote.db import clock, db, insert, transaction
from ruhrvote.errors import Conflict
from ruhrvote.ideas.models import Idea
from ruhrvote.search.actions import put, remove
from ruhrvote.search.models import Subject
from ruhrvote.search.terms import tokens


def hide(comment_id: int, by: Account, reason: str) -> None:
    """Take a comment out of sight; its author reads the reason. Conflict if it is not to be seen anyway."""
    moderator = _Moderator(by)
    with transaction():
        comment = _locked(comment_id, State.PUBLISHED, State.WAITING)
        comment.state, comment.hidden_because = State.HIDDEN, reason
        remove(Subject.COMMENT, comment.id)
        moderator.settle(Event.COMMENT_HIDDEN, comment)


def publish(comment_id: int, by: Account) -> None:
    """Let a comment be seen that was hidden or waits; Conflict if it is neither."""
    moderator = _Moderator(by)
    words = tokens(db.session.get_one(Comment, comment_id).text)
    with transaction():
        comment = _locked(comment_id, State.HIDDEN, State.WAITING)
        event = Event.COMMENT_RESTORED if comment.state == State.HIDDEN else Event.COMMENT_APPROVED
        comment.state, comment.hidden_because = State.PUBLISHED, ""
        idea = db.session.get_one(Idea, comment.idea_id)
        put(idea.consultation_id, Subject.COMMENT, comment.id, words)
        if event == Event.COMMENT_APPROVED:
            tell_about(comment)
        moderator.settle(event, comment)


def keep(comment_id: int, by: Account) -> None:
    """Leave a reported comment as it is; Conflict if it is not to be seen."""
    moderator = _Moderator(by)
    with transaction():
        moderator.settle(Event.COMMENT_KEPT, _locked(comment_id, State.PUBLISHED))


def set_rules(consultation_id: int, by: Account, *, approve_first: bool) -> None:
    """Publish comments at once, or only when a moderator has looked at them; what waits already goes on waiting."""
    moderator = _Moderator(by)
    with transaction() as session:
        row = insert(DiscussionRules).values(consultation_id=consultation_id, approve_first=approve_first)
        session.execute(
            row.on_conflict_do_update(index_elements=["consultation_id"], set_={"approve_first": approve_first})
        )
        record(
            Event.DISCUSSION_RULES_SET,
            by=moderator.account_id,
            organisation_id=moderator.organisation_id,
            consultation_id=consultation_id,
            approve_first=approve_first,
        )


class _Moderator:
    """Who decides, as plain values: a transaction forgets what was read before."""

    def __init__(self, account: Account):
        self.account_id, self.organisation_id = account.id, account.organisation_id

    def settle(self, event: Event, comment: Comment) -> None:
        """Record a decision, and count the comment's reports as answered."""
        open_reports = (Report.comment_id == comment.id) & Report.settled_at.is_(None)
        db.session.execute(update(Report).where(open_reports).values(settled_at=clock()))
        idea = db.session.get_one(Idea, comment.idea_id)
        record(
            event,
            by=self.account_id,
            organisation_id=self.organisation_id,
            consultation_id=idea.consultation_id,
            object_id=comment.id,
            idea=idea.number,
        )


def _locked(comment_id: int, *states: State) -> Comment:
    comment = db.session.get(Comment, comment_id, with_for_update=True)
    if comment is None or comment.state not in states:
        raise Conflict(_l("Somebody else has decided on this comment, or its author has deleted it."))
    return comment
