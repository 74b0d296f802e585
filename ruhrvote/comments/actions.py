"""Writes of comments; each public function is one use case and one commit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.comments.models import Comment
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.db import clock, transaction
from ruhrvote.errors import Conflict, Unknown
from ruhrvote.ideas.models import Idea


def write_comment(idea_id: int, organisation_id: int, account_id: int | None, text: str) -> int:
    """Publish a comment and return its id; Conflict unless the consultation is open."""
    with transaction() as session:
        idea = session.get_one(Idea, idea_id)
        if session.get_one(Consultation, idea.consultation_id).status != Status.OPEN:
            raise Conflict(_l("The discussion has ended with the consultation."))
        comment = Comment(
            idea_id=idea_id, organisation_id=organisation_id, account_id=account_id, text=text, written_at=clock()
        )
        session.add(comment)
        session.flush()
        return comment.id


def delete_comment(comment_id: int, organisation_id: int) -> None:
    """Delete a comment of the own organisation; Unknown for any other."""
    with transaction() as session:
        comment = session.get(Comment, comment_id)
        if comment is None or comment.organisation_id != organisation_id:
            raise Unknown(_l("This comment does not exist any more."))
        session.delete(comment)
