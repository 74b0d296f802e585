"""Hashing passwords with argon2id, in a thread so that other requests do not wait."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import ValidationError

from ruhrvote.config import ROOT
from ruhrvote.threads import in_thread

SHORTEST, LONGEST = 12, 128  # characters
FEWEST_DIFFERENT = 5
OWN_WORD = 4  # characters; shorter names are not searched for in a password
LEFT_OVER = 6  # letters that a password must have beside the names in it
PRODUCT = ("ruhrvote", "ruhr", "ruhrideen")
# Sequences of keys or letters along which passwords are typed, forwards and backwards.
WALKS = (
    "qwertzuiopü",
    "qwertyuiop",
    "asdfghjklöä",
    "yxcvbnm",
    "zxcvbnm",
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "1qay2wsx3edc4rfv5tgb6zhn7ujm8ik9ol0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
LONG_WALK = 3  # characters; shorter sequences are in any word
_LEET = str.maketrans("013457@$!€", "oieastasie")


# 19 MiB, two passes, one lane: the least that OWASP's Password Storage Cheat Sheet accepts.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """The argon2id hash of a password, which contains salt and parameters."""
    return in_thread(lambda: _hasher.hash(password))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Whether the password matches; with None (no such account) it is false and takes the same time."""

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


def refusal(password: str, own_words: Iterable[str] = ()) -> LazyString | None:
    """The reason to refuse a password, or None; `own_words`: names of the person, organisation or e-mail address."""
    if not SHORTEST <= len(password) <= LONGEST:
        return _l("A password has between 12 and 128 characters.")
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < FEWEST_DIFFERENT or _repeats(plain) or _is_walk(plain):
        return _l("This follows a pattern that is easy to guess. Take several words that do not belong together.")
    # Digits and special characters replace letters (leetspeak) only inside a word, not around it.
    spellings = [_letters(plain), _letters(re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain).translate(_LEET))]
    names = {part for word in (*PRODUCT, *own_words) for part in _words(word)}
    if any(_only_names(letters, names) for letters in spellings):
        return _l("This is little more than a name that others know. Take several words that do not belong together.")
    if any(_is_common(letters) for letters in spellings):
        return _l("This is one of the most common passwords. Take several words that do not belong together.")
    return None


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalpha())


def _repeats(text: str) -> bool:
    """Whether the text repeats a piece of up to six characters."""
    return any(text == (text[:length] * len(text))[: len(text)] for length in range(1, 7))


def _is_walk(text: str) -> bool:
    """Whether all but three characters are in sequences along the keyboard or the alphabet."""
    covered = place = 0
    while place < len(text):
        longest = max(_walk_from(text, place, row) for walk in WALKS for row in (walk, walk[::-1]))
        covered += longest if longest >= LONG_WALK else 0
        place += max(1, longest if longest >= LONG_WALK else 1)
    return len(text) - covered <= 3


def _walk_from(text: str, place: int, row: str) -> int:
    length = 0
    while place + length < len(text) and text[place : place + length + 1] in row:
        length += 1
    return length


def _is_common(letters: str) -> bool:
    """Whether the letters are one or two common words, or repetitions of one."""
    if not letters:
        return True  # only digits and special characters, such as dates and telephone numbers
    words = _common_words()
    cuts = range(1, len(letters) + 1)
    return any(
        letters[:cut] in words
        and (letters[cut:] == "" or letters[cut:] in words or letters == (letters[:cut] * len(letters))[: len(letters)])
        for cut in cuts
    )


def _only_names(letters: str, names: set[str]) -> bool:
    for name in sorted(names, key=len, reverse=True):
        letters = letters.replace(name, " ")
    return " " in letters and len(letters.replace(" ", "")) < LEFT_OVER


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return [word for word in re.split(r"[^\w]|[\d_]", plain) if len(word) >= OWN_WORD]


@cache
def _common_words() -> frozenset[str]:
    text = (ROOT / "seed" / "common_passwords.txt").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


class NewPassword:
    """The validator for new passwords; the form may have `own_words`, names that the password must not consist of."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        """Refuse a password that is too short, too long or easy to guess."""
        own = [str(form[name].data or "") for name in ("person", "email") if name in form]
        problem = refusal(field.data or "", [*getattr(form, "own_words", ()), *own])
        if problem is not None:
            raise ValidationError(problem)
