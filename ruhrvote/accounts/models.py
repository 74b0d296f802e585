"""Tables of organisations, their chambers, the people's accounts and their logins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.db import Model, UtcDateTime, database_now

LONGEST_NAME = 255  # characters of an issuer or a subject (OpenID Connect Core 1.0, section 2)


class Kind(StrEnum):
    """What an organisation is."""

    CHAMBER = "chamber"
    MUNICIPALITY = "municipality"
    FIRM = "firm"


class Role(StrEnum):
    """What a person's account is for."""

    VOTER = "voter"
    SIGNATORY = "signatory"  # a voter who alone submits: while there is one, the others prepare
    REVIEWER = "reviewer"
    CHAMBER_ADMIN = "chamber_admin"
    CONSULTATION_ADMIN = "consultation_admin"


class Installation(Model):
    """One row: whether this database is a demonstration, decided when it was made."""

    __tablename__ = "installation"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    is_demo: Mapped[bool]


class Membership(Model):
    """An organisation belongs to a chamber: a firm as its member, a municipality as part of its district."""

    __tablename__ = "membership"
    __table_args__ = (Index("uq_membership_member_number", "chamber_id", "member_number", unique=True),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    chamber_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)
    member_number: Mapped[str | None] = mapped_column(String(40))  # as the chamber counts its members


class Organisation(Model):
    """A chamber, a municipality or a firm; the one that has a ballot."""

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
    # Where letters and mail go, and the number in the trade register, by which one firm in two lists is found.
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


class Account(Model, UserMixin):
    """A person's login for one organisation; one that is removed stays as the name in the history.

    Whoever came by a letter's code may have neither an e-mail address nor a password.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(
            "uq_account_signatory",
            "organisation_id",
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
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_demo: Mapped[bool] = mapped_column(default=False)
    # In which mail is written: that of the page at the last login.
    language: Mapped[str] = mapped_column(String(2), default="de")
    # Whether the person has chosen it; no later login changes it then.
    language_chosen: Mapped[bool] = mapped_column(default=False)
    # When somebody handed over the first place to this account; see queries.team_of.
    first_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())

    organisation: Mapped[Organisation] = relationship()
    identities: Mapped[list[Identity]] = relationship(back_populates="account", passive_deletes=True)

    # Not stored: the token of the login that loaded this account, and whether it still lacks a second factor.
    login_token = ""
    lacks_factor = False

    @property
    def by_code_only(self) -> bool:
        """Whether nothing but a letter's code lets this person in: no address, no password and no identity is set."""
        return self.email is None and self.password_hash is None and not self.identities

    @property
    def number(self) -> str:
        """What somebody without an e-mail address enters in its place to log in with a password."""
        return f"{self.id:06d}"

    def get_id(self) -> str:
        """What Flask-Login keeps in the cookie: the login's token, never the account's number."""
        return self.login_token


class Login(Model):
    """A login that is open: the browser holds the token, the database only its hash, so it can be ended here."""

    __tablename__ = "login"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # when a second factor was given last

    account: Mapped[Account] = relationship()


class Match(Model):
    """By what an organisation is found as somebody's double; a missing row is made when it is next needed."""

    __tablename__ = "organisation_match"

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    register_key: Mapped[str | None] = mapped_column(String(60), index=True)
    postcode_key: Mapped[str | None] = mapped_column(String(120), index=True)
    street_key: Mapped[str | None] = mapped_column(String(170), index=True)


class Double(Model):
    """Two organisations of different chambers that may be one; the lower number first."""

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
    """Whom a provider knows, and whose account that is: found by issuer and subject, never by an e-mail address."""

    __tablename__ = "identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(LONGEST_NAME))
    subject: Mapped[str] = mapped_column(String(LONGEST_NAME))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    linked_at: Mapped[datetime] = mapped_column(UtcDateTime)

    account: Mapped[Account] = relationship(back_populates="identities")


class AttemptCount(Model):
    """How often something was tried, by or against one subject: an account's name, a network address, a browser.

    The subject is an HMAC under the server's key: the table names nobody.
    """

    __tablename__ = "attempt_count"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    attempts: Mapped[int]
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # then it counts from the beginning again
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)
