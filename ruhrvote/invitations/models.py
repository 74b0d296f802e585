"""Tables of mailings, of what each organisation was sent, and of the files for the print shop."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import Model, UtcDateTime
from ruhrvote.jobs.models import Job, JobFile, job_of


class Channel(StrEnum):
    """By which way something is sent."""

    LETTER = "letter"
    MAIL = "mail"


class Occasion(StrEnum):
    """Why something is sent."""

    INVITATION = "invitation"
    NOT_BEGUN = "not_begun"  # a reminder to those who have not begun
    DRAFT = "draft"  # a reminder to those who have begun and not submitted


REMINDERS = (Occasion.NOT_BEGUN, Occasion.DRAFT)


class MailingState(StrEnum):
    """Where a mailing stands: letters wait as files until they are handed over, mails are with the outbox."""

    WAITING = "waiting"
    PRODUCING = "producing"
    READY = "ready"
    HANDED_OVER = "handed_over"
    DISCARDED = "discarded"
    EXPIRED = "expired"  # nobody said that it was handed over; its files are deleted
    REFUSED = "refused"  # it would have ended more codes than were confirmed, came too late, or its text was too long
    FAILED = "failed"  # something went wrong on our side, three times


UNFINISHED = (MailingState.WAITING, MailingState.PRODUCING)
KIND = "mailing"  # of job


class Mailing(Model):
    """Letters or mails to many organisations, ordered at once; a job makes them, part by part."""

    __tablename__ = "mailing"

    id: Mapped[int] = mapped_column(primary_key=True)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    occasion: Mapped[str] = mapped_column(String(20))
    # Whose letterhead and texts; and whose members are the recipients, or (None) all organisations.
    sender_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    members_of_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    kind: Mapped[str] = mapped_column(String(20), default="")
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    reissue: Mapped[bool] = mapped_column(default=False)  # also to those who have a valid code, which ends by it
    kills: Mapped[int] = mapped_column(default=0)  # so many valid codes may end: what was confirmed
    split: Mapped[int] = mapped_column(default=1000)  # letters in a file
    state: Mapped[str] = mapped_column(String(20), default=MailingState.WAITING)
    ordered_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    ordered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # handed over or discarded
    warned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # that files will be deleted unasked

    consultation: Mapped[Consultation] = relationship()
    sender: Mapped[Organisation] = relationship(foreign_keys=[sender_id])
    members_of: Mapped[Organisation | None] = relationship(foreign_keys=[members_of_id])
    municipality: Mapped[Organisation | None] = relationship(foreign_keys=[municipality_id])
    account: Mapped[Account] = relationship()
    job: Mapped[Job | None] = job_of("Mailing", KIND)

    @property
    def total(self) -> int:
        """To how many organisations it goes; 0 while that is not fixed."""
        return self.job.total if self.job else 0

    @property
    def done(self) -> int:
        """For how many of them something has been made, in the order of their positions."""
        return self.job.done if self.job else 0


class Sending(Model):
    """One letter or mail to one organisation; without a mailing it comes from the help desk."""

    __tablename__ = "invitation_sending"
    __table_args__ = (
        UniqueConstraint("mailing_id", "organisation_id"),
        Index("ix_invitation_sending_mailing_id_position", "mailing_id", "position"),
        Index("ix_invitation_sending_organisation", "consultation_id", "organisation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int | None] = mapped_column(ForeignKey("mailing.id"))
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    occasion: Mapped[str] = mapped_column(String(20))
    position: Mapped[int] = mapped_column(default=1)  # within the mailing, by postcode
    # The code in it; None while it is not made, and in a reminder to somebody who has a login of their own.
    access_code_id: Mapped[int | None] = mapped_column(ForeignKey("access_code.id"), index=True)
    made_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # None while it waits for the worker


class LetterFile(Model):
    """What is in a file for the print shop: one part of a mailing, as PDF or as a table, or the list of the parts."""

    __tablename__ = "letter_file"

    file_id: Mapped[int] = mapped_column(ForeignKey("job_file.id", ondelete="CASCADE"), primary_key=True)
    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailing.id"), index=True)
    part: Mapped[int]  # 0 is the list of the parts
    letters: Mapped[int]
    first_postcode: Mapped[str] = mapped_column(String(10))
    last_postcode: Mapped[str] = mapped_column(String(10))

    file: Mapped[JobFile] = relationship(lazy="joined", innerjoin=True)


class UndeliverableAddress(Model):
    """A postal address from which a letter came back; it counts until the organisation has another one."""

    __tablename__ = "undeliverable_address"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    address: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Letterhead(Model):
    """What is on all letters of a chamber beside their text."""

    __tablename__ = "letterhead"

    chamber_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    return_line: Mapped[str] = mapped_column(String(120))  # above the address in the window
    contact: Mapped[str] = mapped_column(Text)  # lines of the information block
    place: Mapped[str] = mapped_column(String(60))  # before the date
    signatory: Mapped[str] = mapped_column(String(100))
    function: Mapped[str] = mapped_column(String(100))
    logo: Mapped[bytes | None] = mapped_column(LargeBinary)
    signature: Mapped[bytes | None] = mapped_column(LargeBinary)


class ChamberText(Model):
    """What a chamber says in place of a default text."""

    __tablename__ = "chamber_text"

    chamber_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(String(10), primary_key=True)
    occasion: Mapped[str] = mapped_column(String(20), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text)
