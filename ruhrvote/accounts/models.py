"""Tables of organisations, their chambers, the people's accounts and their logins."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.db import Model, UtcDateTime, database_now


class Kind(StrEnum):
    """What an organisation is."""

    CHAMBER = "chamber"
    MUNICIPALITY = "municipality"
    FIRM = "firm"


class Role(StrEnum):
    """What a person's account is for."""

    VOTER = "voter"
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

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    chamber_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


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
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())

    municipality: Mapped[Organisation | None] = relationship(remote_side=[id])
    chambers: Mapped[list[Organisation]] = relationship(
        secondary="membership",
        primaryjoin="Organisation.id == Membership.organisation_id",
        secondaryjoin="Organisation.id == Membership.chamber_id",
        order_by="Organisation.id",
    )


class Account(Model, UserMixin):
    """A person's login for one organisation."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    person: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30))
    password_hash: Mapped[str] = mapped_column(String(200))
    is_demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=database_now())

    organisation: Mapped[Organisation] = relationship()

    # Not stored: the token of the login that loaded this account.
    login_token = ""

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

    account: Mapped[Account] = relationship()


class LoginFailure(Model):
    """Failed attempts for one e-mail address, known here or not, so that both are treated alike."""

    __tablename__ = "login_failure"

    identifier: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    blocked_until: Mapped[datetime] = mapped_column(UtcDateTime)
