"""Tables of organisations, memberships, accounts, logins, identities, duplicates and counted attempts."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.db import Model, UtcDateTime, database_now

LONGEST_NAME = 255  # characters of an issuer or a subject (OpenID Connect Core 1.0, section 2)


class Kind(StrEnum):
    """The kinds of organisations."""

    CHAMBER = "chamber"
    MUNICIPALITY = "municipality"
    FIRM = "firm"


class Role(StrEnum):
    """The roles of accounts."""

    VOTER = "voter"
    SIGNATORY = "signatory"  # the only one who may submit; the other voters of the organisation prepare
    REVIEWER = "reviewer"
    CHAMBER_ADMIN = "chamber_admin"
    CONSULTATION_ADMIN = "consultation_admin"


class Installation(Model):
    """One row: whether this database is a demonstration, decided when it was created."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    is_demo: Mapped[bool]


class Membership(Model):
    """An organisation's membership in a chamber: a firm as a member, a municipality as part of the district."""

    __tablename__ = "membership"
    __table_args__ = (Index("uq_membership_member_number", "chamber_id", "member_number", unique=True),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    chamber_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    member_number: Mapped[str | None] = mapped_column(String(40))  # as the chamber counts its members


class Organisation(Model):
    """A chamber, a municipality or a firm; each has one ballot in a consultation."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    # The official municipality key, or a chamber's short name; firms have none.
    key: Mapped[str | None] = mapped_column(String(100), unique=True)
    district: Mapped[str | None] = mapped_column(String(100))
    municipality_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    sector: Mapped[str | None] = mapped_column(String(60))
    size_class: Mapped[str | None] = mapped_column(String(20))
    # The address for letters and mail, and the number in the trade register, by which duplicates are found.
    street: Mapped[str | None] = mapped_column(String(200))
    postcode: Mapped[str | None] = mapped_column(String(10))
    town: Mapped[str | None] = mapped_column(String(100))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    register_number: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())

    municipality: Mapped[Organisation | None] = relationship(remote_side=[id])
    chambers: Mapped[list[Organisation]] = relationship(
        secondary="membership",
        primaryjoin="Organisation.id == Membership.organisation_id",
        secondaryjoin="Organisation.id == Membership.chamber_id",
        order_by="Organisation.id",
    )


SIGNS = text("role = 'signatory' AND removed_at IS NULL")


def new_circle() -> int:
    """A random number for a new circle; above those that the migration made of the accounts' own numbers."""
    return 2**32 + secrets.randbelow(2**62)


class Account(Model, UserMixin):
    """A person's account for one organisation; a removed account stays, as the name in the history.

    A person who logs in with a letter's code may have neither an e-mail address nor a password.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(
            "uq_account_signatory",
            "circle",
            unique=True,
            sqlite_where=SIGNS,
            postgresql_where=SIGNS,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    person: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30))
    # The people of an organisation who let each other in have the same number; see queries.may_read. It never changes.
    circle: Mapped[int] = mapped_column(BigInteger, default=new_circle, index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # The PIN that the person chose for letters' codes, and how many wrong ones were tried; see codes/pins.py.
    pin_hash: Mapped[str | None] = mapped_column(String(64))
    wrong_pins: Mapped[int] = mapped_column(default=0)
    is_demo: Mapped[bool] = mapped_column(default=False)
    # The language of mail: that of the page at the last login.
    language: Mapped[str] = mapped_column(String(2), default="de")
    # Whether the person has chosen the language; then logins do not change it.
    language_chosen: Mapped[bool] = mapped_column(default=False)
    # When the first place was handed over to this account; see queries.team_of.
    first_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())

    organisation: Mapped[Organisation] = relationship()
    identities: Mapped[list[Identity]] = relationship(back_populates="account", passive_deletes=True)

    # Not stored: the token of the login that loaded this account, and whether that login lacks the second factor.
    login_token = ""
    lacks_factor = False

    @property
    def by_code_only(self) -> bool:
        """Whether a letter's code is the only way to log in: no e-mail address, password or identity is set."""
        return self.email is None and self.password_hash is None and not self.identities

    @property
    def number(self) -> str:
        """The number with which a person without an e-mail address logs in with a password."""
        return f"{self.id:06d}"

    def get_id(self) -> str:
        """The value that Flask-Login keeps in the cookie: the login's token, not the account's id."""
        return self.login_token


class Login(Model):
    """An open login, which can be ended on the server: the browser has the token, the database only its hash."""

    __tablename__ = "login"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when a second factor was given last

    account: Mapped[Account] = relationship()


class Match(Model):
    """The keys by which an organisation is found as a duplicate of another; a missing row is made when needed."""

    __tablename__ = "organisation_match"

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    register_key: Mapped[str | None] = mapped_column(String(60), index=True)
    postcode_key: Mapped[str | None] = mapped_column(String(120), index=True)
    street_key: Mapped[str | None] = mapped_column(String(170), index=True)


class Double(Model):
    """A pair of organisations of different chambers that may be duplicates; the lower id first."""

    __tablename__ = "organisation_double"

    first_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True)
    second_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    reason: Mapped[str] = mapped_column(String(20))
    decided: Mapped[str] = mapped_column(String(10), index=True, default="")  # "", or "different"
    same_says_id: Mapped[int | None]  # the chamber that takes them for the same and waits for the other
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())

    first: Mapped[Organisation] = relationship(foreign_keys=[first_id])
    second: Mapped[Organisation] = relationship(foreign_keys=[second_id])


class Identity(Model):
    """An identity at an OpenID Connect provider, linked to an account; found by issuer and subject, never by e-mail."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(LONGEST_NAME))
    subject: Mapped[str] = mapped_column(String(LONGEST_NAME))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship(back_populates="identities")


class AttemptCount(Model):
    """The number of attempts of one subject, such as an account's name, a network address or a browser.

    The subject is stored as an HMAC with the server's key, so the table has no personal data in clear.
    """

    __tablename__ = "attempt_count"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # then it counts from the beginning again
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)


class ColleagueInvitation(Model):
    """An open invitation; deleted when it is accepted or revoked. Its secrets are stored as hashes only."""

    __tablename__ = "colleague_invitation"
    __table_args__ = (UniqueConstraint("circle", "email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    circle: Mapped[int] = mapped_column(BigInteger, default=new_circle)  # the inviter's, if it is a colleague
    invited_by: Mapped[int] = mapped_column(ForeignKey("account.id"))
    email: Mapped[str] = mapped_column(String(254))
    person: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30), default=Role.VOTER)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation] = relationship()
    inviter: Mapped[Account] = relationship()
