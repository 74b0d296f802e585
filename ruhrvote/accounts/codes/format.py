"""What an access code looks like: 16 characters in fours, the last one a check on the others."""

from __future__ import annotations

import secrets

# Crockford's base 32, in which nothing looks like something else (https://www.crockford.com/base32.html).
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16  # 15 characters of 5 bits, and the check character
_LOOK_ALIKES = str.maketrans("OIL", "011")
# Odd, so that multiplying by a weight loses nothing modulo 32: each single wrong character is noticed, and a swap of
# neighbours unless the two differ by 16.
_WEIGHTS = tuple(range(1, 2 * LENGTH, 2))


class Mistyped(ValueError):
    """A code that nobody can have received: of another length, with a foreign character, or with a typing error."""


def new_code() -> str:
    """A new random code of 75 bits, in canonical form."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + _check(drawn)


def read_code(typed: str) -> str:
    """The canonical form of what somebody typed: any case, blanks and hyphens, O for 0, I and L for 1.

    Raises Mistyped if it cannot be a code.
    """
    code = "".join(typed.upper().replace("-", "").split()).translate(_LOOK_ALIKES)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or code[-1] != _check(code[:-1]):
        raise Mistyped(typed)
    return code


def in_fours(code: str) -> str:
    """A code as it is printed: four groups of four characters."""
    return "-".join(code[start : start + 4] for start in range(0, LENGTH, 4))


def _check(drawn: str) -> str:
    total = sum(weight * ALPHABET.index(character) for weight, character in zip(_WEIGHTS, drawn, strict=False))
    return ALPHABET[total % len(ALPHABET)]
