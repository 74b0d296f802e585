"""Codes that people type, in groups of four: 16 characters with a check character on paper, 24 without one in mails."""

from __future__ import annotations

import secrets

# Crockford's base 32, without characters that look alike (https://www.crockford.com/base32.html).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # 15 characters of 5 bits, and the check character
LONG = 24  # characters of a long code: its 120 bits need no slow hash
_LOOK_ALIKES = str.maketrans("OIL", "011")
# Odd, so that they are invertible modulo 32: each single wrong character is detected, and each swap of neighbours,
# unless the two differ by 16.
_WEIGHTS = tuple(range(1, 2 * LENGTH, 2))


class Mistyped(ValueError):
    """A code that cannot have been issued: wrong length, invalid character, or wrong check character."""


def new_code() -> str:
    """A new random code of 75 bits, in canonical form."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + _check(drawn)


def read_code(typed: str) -> str:
    """The canonical form of a typed code; accepts any case, spaces and hyphens, O for 0, I and L for 1.

    Raises Mistyped if it cannot be a code.
    """
    code = "".join(typed.upper().replace("-", "").split()).translate(_LOOK_ALIKES)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or code[-1] != _check(code[:-1]):
        raise Mistyped(typed)
    return code


def in_fours(code: str) -> str:
    """A code in groups of four characters, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def new_token() -> str:
    """A random token of 256 bits for a link, which nobody types."""
    return secrets.token_urlsafe(32)


def new_long_code() -> str:
    """A random code of 120 bits, in groups of four characters."""
    return in_fours("".join(secrets.choice(ALPHABET) for _ in range(LONG)))


def read_long_code(typed: str) -> str:
    """The canonical form of a typed long code, in groups of four characters."""
    return in_fours("".join(filter(str.isalnum, typed.upper())).translate(_LOOK_ALIKES))


def _check(drawn: str) -> str:
    total = sum(weight * ALPHABET.index(character) for weight, character in zip(_WEIGHTS, drawn, strict=False))
    return ALPHABET[total % len(ALPHABET)]
