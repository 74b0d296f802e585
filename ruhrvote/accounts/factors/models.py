"""Tables of second factors."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ruhrvote.db import Model, UtcDateTime


class AuthenticatorApp(Model):
    """An account's authenticator app (TOTP): its encrypted secret, and the time step of the last accepted code."""

    __tablename__ = "authenticator_app"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    sealed_secret: Mapped[str] = mapped_column(String(300))
    last_step: Mapped[int] = mapped_column(BigInteger)  # no code of this step or an earlier one is accepted again
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Passkey(Model):
    """A passkey of an account: the public key of a key pair whose private key never leaves the device."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(Model):
    """A recovery code, which replaces a second factor once; stored as an HMAC with the server's key."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyChallenge(Model):
    """The challenge that a login's passkey has to sign; valid for one answer, right or wrong."""

    __tablename__ = "passkey_challenge"

    login_hash: Mapped[str] = mapped_column(
        ForeignKey("login.token_hash", ondelete="CASCADE", onupdate="CASCADE"), primary_key=True
    )
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
