"""Which passwords are refused: too short, too long, or among the first that somebody would try. Nothing else."""

from __future__ import annotations

import pytest

from ruhrvote.accounts.passwords import refusal
from tests.rounds import PASSWORD

NAMES = ("Kim Muster", "kim.muster@musterbau.example", "Musterbau Bochum GmbH")


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "vier Wörter reichen hier",
        "correct horse battery staple",
        "Tasse-Wolke-Anker-sieben",
        "tr0ub4dor&3xplod1ng",
        "ääääää öööööö üüüüüü ß und mehr",
        "密码比较长的一句话没有人猜得到呢",
        "x" * 5 + "K9#vQ2!mPz",
        "kim mag saure Gurken im Salat",
        "a bcdefgh ijk" * 4 + "nonsense",
    ],
)
def test_long_words_that_do_not_belong_together_are_enough(password: str) -> None:
    assert refusal(password, NAMES) is None


@pytest.mark.parametrize("password", ["", "elf Zeichen", "x" * 129])
def test_the_length_is_between_12_and_128(password: str) -> None:
    assert "between 12 and 128" in str(refusal(password))


@pytest.mark.parametrize("length", [12, 128])
def test_both_ends_of_the_length_are_allowed(length: int) -> None:
    assert refusal(("Gurke Wolke Anker " * 8)[: length - 4] + "Tuch"[:4]) is None


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "abababababab",
        "abc123abc123abc123",
        "123456789012",
        "987654321098",
        "qwertzuiop12345",
        "QWERTYUIOP123",
        "asdfghjklöä12",
        "1qay2wsx3edc",
        "abcdefghijklmnop",
    ],
)
def test_patterns_of_the_keyboard_and_of_counting(password: str) -> None:
    assert "pattern" in str(refusal(password))


@pytest.mark.parametrize(
    "password",
    [
        "passwort1234",
        "Passwort2026!",
        "P4ssw0rt!!!!",
        "password12345",
        "hallohallo123",
        "Sommer2026Sommer",
        "willkommen2026",
        "Schalke04Schalke04",
        "Bochum!Dortmund!",
        "iloveyou1234",
        "01.01.1970 12:00",
        "passwortpasswortpasswort",
        "meinpasswort1",
        "GlückAuf-2026",
    ],
)
def test_common_words_with_digits_and_signs(password: str) -> None:
    assert "most common" in str(refusal(password))


@pytest.mark.parametrize(
    "password", ["ruhrvote2026!", "Kim.Muster.1980", "musterbau-12345", "KimMuster@Musterbau", "RuhrVote/RuhrVote"]
)
def test_names_that_others_know(password: str) -> None:
    assert "name that others know" in str(refusal(password, NAMES))
