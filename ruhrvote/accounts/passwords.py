"""Passwords: argon2id, computed outside of the event loop so that nobody waits for it."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ruhrvote.threads import in_thread

# 19 MiB, two passes, one lane: the least that OWASP's Password Storage Cheat Sheet accepts.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with its salt and parameters."""
    return in_thread(lambda: _hasher.hash(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes as long for an account that does not exist (None)."""

    def verify() -> bool:
        try:
            _hasher.verify(password_hash or _hash_of_nobody(), password)
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    return in_thread(verify)


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash("nobody has this password")
