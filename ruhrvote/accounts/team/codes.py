"""The two secrets of an invitation: the token of its link, and a code that people can type."""

from __future__ import annotations

import secrets

# Crockford's alphabet, in which nothing looks like something else.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 24  # characters of 5 bits: 120 bits need no slow hash


def new_token() -> str:
    """A token of 256 bits for a link."""
    return secrets.token_urlsafe(32)


def new_code() -> str:
    """A code of 120 bits, in fours for the eye."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[i : i + 4] for i in range(0, LENGTH, 4))


def read_code(typed: str) -> str:
    """A code as it was given out, however somebody typed it."""
    letters = "".join(character for character in typed.upper() if character.isalnum())
    letters = letters.translate(str.maketrans("OIL", "011"))
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))
