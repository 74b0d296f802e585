"""Tables of the discussion: comments and their earlier texts, agreement, reports, and each round's rules."""

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
    """What a comment is; a reply is none of these."""

    SUPPORT = "support"
    OBJECTION = "objection"
    NOTE = "note"
    QUESTION = "question"


class State(StrEnum):
    """Whether others see a comment: a deleted one has no text any more and is at most a stone above its replies."""

    PUBLISHED = "published"
    WAITING = "waiting"
    HIDDEN = "hidden"
    DELETED = "deleted"


class Attribution(StrEnum):
    """Under what a comment stands, from the narrowest to the widest; see attribution.py."""

    OFFICIAL = "official"
    NAME = "name"
    PLACE = "place"
    GROUP = "group"
    BODIES = "bodies"
    ANYBODY = "anybody"


NAMED = (Attribution.OFFICIAL, Attribution.NAME)


class Comment(Model):
    """What an organisation says about an idea, or in reply to such a comment."""

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
    # One level: the parent of a reply has none.
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"), index=True)
    kind: Mapped[str | None] = mapped_column(String(10))  # None for a reply
    attribution: Mapped[str] = mapped_column(String(10))
    place: Mapped[str] = mapped_column(String(200), default="")  # as it was previewed, wherever the organisation moves
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=State.PUBLISHED)
    hidden_because: Mapped[str] = mapped_column(Text, default="")
    agreements: Mapped[int] = mapped_column(default=0)  # the rows of Agreement, counted for the order
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
        """Whether it stands under the organisation's own name."""
        return self.attribution in NAMED

    @property
    def thread_id(self) -> int:
        """The comment that begins the thread: itself, unless it is a reply."""
        return self.parent_id or self.id

    def may_be_edited(self, organisation_id: int | None, now: datetime) -> bool:
        """Whether its organisation may still change its text."""
        return (
            self.organisation_id == organisation_id
            and self.state in (State.PUBLISHED, State.WAITING)
            and now < self.written_at + EDITABLE_FOR
        )


class EarlierText(Model):
    """What a comment said before it was edited; only for those who moderate."""

    __tablename__ = "comment_earlier_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Agreement(Model):
    """An organisation agrees with a comment of another one."""

    __tablename__ = "comment_agreement"

    comment_id: Mapped[int] = mapped_column(ForeignKey("comment.id"), primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class ReportReason(StrEnum):
    """Why somebody thinks that a comment should not be there."""

    INSULT = "insult"
    PERSONAL = "personal"
    ADVERTISING = "advertising"
    OFF_TOPIC = "off_topic"
    OTHER = "other"


class Report(Model):
    """A person reports a comment, once; settled when a moderator has decided."""

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
    """How a consultation's discussion is led; without a row, comments are published at once."""

    __tablename__ = "discussion_rules"

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    approve_first: Mapped[bool]


class NoticeChoice(Model):
    """What a person wants to be told about: replies to the own comments, and chambers' official replies to them."""

    __tablename__ = "notice_choice"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    replies: Mapped[bool]
    official: Mapped[bool]
