"""The table of the audit trail. Triggers, made by its migration, refuse to change or delete an entry."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model, UtcDateTime


class Event(StrEnum):
    """The kinds of recorded actions."""

    ORGANISATION_CREATED = "organisation created"
    ACCOUNT_CREATED = "account created"
    ADMIN_PROPOSED = "admin proposed"
    ADMIN_CONFIRMED = "admin confirmed"
    ADMIN_PROPOSAL_WITHDRAWN = "admin proposal withdrawn"
    ACCOUNT_REMOVED = "account removed"
    ACCOUNT_ERASED = "account erased"
    COLLEAGUE_INVITED = "colleague invited"
    SIGNATORY_CHANGED = "signatory changed"
    FIRST_PLACE_HANDED_OVER = "first place handed over"
    FACTOR_ADDED = "second factor added"
    FACTOR_REMOVED = "second factor removed"
    FACTORS_RESET = "second factors reset"
    RECOVERY_CODES_MADE = "recovery codes made"
    RECOVERY_CODE_USED = "recovery code used"
    IDENTITY_LINKED = "identity linked"
    IDENTITY_REMOVED = "identity removed"
    ROLL_CHANGED = "roll changed"
    RULES_SET = "rules set"
    CONSULTATION_OPENED = "consultation opened"
    CONSULTATION_CLOSED = "consultation closed"
    RESULT_PUBLISHED = "result published"
    CONSULTATION_CREATED = "consultation created"
    TEXTS_CHANGED = "texts changed"
    DATES_SET = "dates set"
    END_EXTENDED = "end extended"
    OPENING_MISSED = "opening missed"
    IDEAS_CHANGED = "ideas changed"
    IDEA_RETIRED = "idea retired"
    CONSULTATION_PAUSED = "consultation paused"
    CONSULTATION_RESUMED = "consultation resumed"
    STEP_PROPOSED = "step proposed"
    STEP_CONFIRMED = "step confirmed"
    PROPOSAL_WITHDRAWN = "proposal withdrawn"
    BALLOT_CONTESTED = "ballot contested"
    OBJECTION_ANSWERED = "objection answered"
    OBJECTION_DECIDED = "objection decided"
    OBJECTION_TOO_LATE = "objection too late"
    OBJECTIONS_SETTLED = "objections settled"
    SPOT_CHECK_DRAWN = "spot check drawn"
    SPOT_CHECK_ANSWERED = "spot check answered"
    NOTICE_POSTED = "notice posted"
    RESULT_CERTIFIED = "result certified"
    CONSULTATION_ARCHIVED = "consultation archived"
    NOTE_CHANGED = "note changed"
    COMMENT_HIDDEN = "comment hidden"
    COMMENT_RESTORED = "comment restored"
    COMMENT_APPROVED = "comment approved"
    COMMENT_KEPT = "comment kept"
    DISCUSSION_RULES_SET = "discussion rules set"
    INVITATIONS_ORDERED = "invitations ordered"
    INVITATIONS_DISCARDED = "invitations discarded"
    LETTERS_DOWNLOADED = "letters downloaded"
    LETTERS_HANDED_OVER = "letters handed over"
    LETTERS_EXPIRED = "letters expired"
    LETTER_REISSUED = "letter reissued"
    MAIL_REISSUED = "mail reissued"
    MARKED_UNDELIVERABLE = "marked undeliverable"
    ADDRESS_CHANGED = "address changed"
    LETTERHEAD_CHANGED = "letterhead changed"
    CHAMBER_TEXT_CHANGED = "chamber text changed"
    EXPORT_ORDERED = "export ordered"
    EXPORT_DOWNLOADED = "export downloaded"
    SHORTLIST_CHANGED = "shortlist changed"
    ACCOUNT_INVITED = "account invited"
    CODE_USED = "access code used"
    ACCESS_CHANGED = "access changed"
    MASS_GUESSING = "mass guessing"
    ORGANISATION_CHANGED = "organisation changed"
    MEMBERS_IMPORTED = "members imported"
    MEMBERSHIPS_ENDED = "memberships ended"
    ORGANISATIONS_UNITED = "organisations united"
    DOUBLE_AGREED = "double agreed"
    DOUBLE_KEPT = "double kept"


class AuditEntry(Model):
    """One recorded action.

    It has ids and no names, so that a person who is erased elsewhere is anonymous here too. For the same reason there
    are no foreign keys.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_organisation_id_id", "organisation_id", "id"),
        Index("ix_audit_entry_event_id", "event", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account_id: Mapped[int | None]  # who did it; None is the program itself: its clock or its command line
    event: Mapped[str] = mapped_column(String(40))
    organisation_id: Mapped[int | None]  # the organisation that it concerns
    consultation_id: Mapped[int | None]
    object_id: Mapped[int | None]  # the account, comment or the like that the event speaks of
    details: Mapped[str] = mapped_column(Text)  # JSON of short values, never a text that somebody wrote

    @property
    def values(self) -> dict[str, str | int | bool | None]:
        """The details as given to `record`."""
        values: dict[str, str | int | bool | None] = json.loads(self.details)
        return values
