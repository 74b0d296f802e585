"""Who looks at a discussion, and what is shown to them alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ruhrvote.accounts.access import Permission, current_account, may
from ruhrvote.comments.actions import Author
from ruhrvote.comments.models import Comment, CommentKind
from ruhrvote.comments.queries import Thread, agreed_with
from ruhrvote.consultations.models import Consultation


@dataclass(frozen=True)
class Reader:
    """What the present visitor may do in a discussion."""

    organisation_id: int | None
    may_write: bool
    may_agree: bool
    may_report: bool
    may_moderate: bool
    may_reply_officially: bool
    now: datetime


def reader_of(consultation: Consultation) -> Reader:
    """The present visitor as a reader of a consultation's discussion."""
    signed_in = may(Permission.SIGNED_IN)
    writes = may(Permission.COMMENT) and consultation.is_open
    return Reader(
        organisation_id=current_account().organisation_id if signed_in else None,
        may_write=writes,
        may_agree=writes,
        may_report=signed_in,
        may_moderate=may(Permission.MODERATE),
        may_reply_officially=may(Permission.REPLY_OFFICIALLY),
        now=datetime.now(UTC),
    )


def agreed_in(threads: Sequence[Thread], reader: Reader) -> set[int]:
    """The ids of the comments and replies in these threads with which the reader's organisation agrees."""
    if reader.organisation_id is None:
        return set()
    shown = [comment.id for thread in threads for comment in (thread.comment, *thread.replies)]
    return agreed_with(reader.organisation_id, shown)


def previewed(author: Author, text: str, kind: CommentKind | None) -> Comment:
    """A comment for the preview, which is not stored."""
    return Comment(
        organisation=current_account().organisation,
        attribution=author.attribution,
        place=author.place,
        kind=kind,
        text=text,
        written_at=datetime.now(UTC),
    )
