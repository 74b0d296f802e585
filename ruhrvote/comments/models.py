"""Tables of the discussion: comments, earlier texts, agreements, reports, rules, and notification choices."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.db import Model, UtcDateTime
from ruhrvote.ideas.models import Idea

EDITABLE_FOR = timedelta(minutes=15)


class CommentKind(StrEnum):
    """The kind of a comment; replies have none."""

    SUPPORT = "support"
    OBJECTION = "objection"
    NOTE = "note"
    QUESTION = "question"


class State(StrEnum):
    """Whether others see a comment. A deleted one has no text; it is shown only as a placeholder above its replies."""

    PUBLISHED = "published"
    WAITING = "waiting"
    HIDDEN = "hidden"
    DELETED = "deleted"


class Attribution(StrEnum):
    """How the author of a comment is shown, from the narrowest to the widest; see attribution.py."""

    OFFICIAL = "official"
    NAME = "name"
    PLACE = "place"
    GROUP = "group"
    BODIES = "bodies"
    ANYBODY = "anybody"


NAMED = (Attribution.OFFICIAL, Attribution.NAME)


class Comment(Model):
    """A comment on an idea, or a reply to such a comment."""

    __tablename__ = "comment"
    __table_args__ = (
        Index("ix_comment_idea_id_id", "idea_id", "id"),
        Index("ix_comment_idea_id_agreements", "idea_id", "agreements", "id"),
        Index("ix_comment_account_id_written_at", "account_id", "written_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    idea_id: Mapped[int] = mapped_column(ForeignKey("idea.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    # Threads have one level: the parent of a reply has no parent.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), index=True)
    kind: Mapped[str | None] = mapped_column(String(10))  # None for a reply
    attribution: Mapped[str] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(200), default="")  # of the label, as previewed; never changes
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=State.PUBLISHED)
    hidden_because: Mapped[str] = mapped_column(Text, default="")
    agreements: Mapped[int] = mapped_column(default=0)  # number of rows of Agreement, kept here to sort by it
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()
    idea: Mapped[Idea] = relationship()
    parent: Mapped[Comment | None] = relationship(remote_side=[id])

    @property
    def is_official(self) -> bool:
        """Whether it is a chamber's official reply."""
        return self.attribution == Attribution.OFFICIAL

    @property
    def is_named(self) -> bool:
        """Whether its author is shown by name."""
        return self.attribution in NAMED

    @property
    def thread_id(self) -> int:
        """The id of the comment that starts the thread: the parent of a reply, else its own."""
        return self.parent_id or self.id

    def may_be_edited(self, organisation_id: int | None, now: datetime) -> bool:
        """Whether this organisation may still change its text."""
        return (
            self.organisation_id == organisation_id
            and self.state in (State.PUBLISHED, State.WAITING)
            and now < self.written_at + EDITABLE_FOR
        )


class EarlierText(Model):
    """The text of a comment before it was edited; shown to moderators only."""

    __tablename__ = "comment_earlier_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Agreement(Model):
    """An organisation's agreement with a comment of another one."""

    __tablename__ = "comment_agreement"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class ReportReason(StrEnum):
    """Why a comment is reported."""

    INSULT = "insult"
    PERSONAL = "personal"
    ADVERTISING = "advertising"
    OFF_TOPIC = "off_topic"
    OTHER = "other"


class Report(Model):
    """A person's report of a comment, at most one; settled when a moderator has decided."""

    __tablename__ = "comment_report"
    __table_args__ = (UniqueConstraint("comment_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    reason: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship()


class DiscussionRules(Model):
    """The rules of a consultation's discussion; without a row, comments are published at once."""

    __tablename__ = "discussion_rules"

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    approve_first: Mapped[bool]


class NotificationChoice(Model):
    """A person's choice of e-mail notifications: replies to own comments, and official replies of chambers to them."""

    __tablename__ = "notice_choice"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    replies: Mapped[bool]
    official: Mapped[bool]
