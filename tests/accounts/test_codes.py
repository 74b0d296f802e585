"""Access codes: what is printed can be typed, and what is mistyped is noticed."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from ruhrvote.accounts.codes.actions import find_code, issue_codes, revoke_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.typed_codes import ALPHABET, LENGTH, Mistyped, in_fours, new_code, read_code
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db, transaction
from tests.people import World


def test_what_is_printed_can_be_typed() -> None:
    code = new_code()
    assert len(in_fours(code)) == 19
    assert read_code(in_fours(code)) == code
    assert read_code(f"  {in_fours(code).lower().replace('-', ' ')} ") == code


def test_look_alikes_are_the_same_character() -> None:
    code = next(code for code in iter(new_code, "") if "0" in code and "1" in code)
    assert read_code(code.replace("0", "o").replace("1", "l")) == code
    assert read_code(code.replace("1", "I")) == code


@given(st.integers(0, LENGTH - 1), st.integers(1, len(ALPHABET) - 1))
def test_each_single_wrong_character_is_noticed(place: int, shift: int) -> None:
    code = new_code()
    wrong = ALPHABET[(ALPHABET.index(code[place]) + shift) % len(ALPHABET)]
    with pytest.raises(Mistyped):
        read_code(code[:place] + wrong + code[place + 1 :])


@given(st.integers(0, LENGTH - 3))
def test_swapped_neighbours_are_noticed_unless_half_an_alphabet_apart(place: int) -> None:
    code = new_code()
    a, b = code[place], code[place + 1]
    swapped = code[:place] + b + a + code[place + 2 :]
    if (ALPHABET.index(a) - ALPHABET.index(b)) % 16 == 0:
        assert read_code(swapped) == swapped
    else:
        with pytest.raises(Mistyped):
            read_code(swapped)


@pytest.mark.parametrize("typed", ["", "ABCD", "U" * LENGTH, "ÄÖÜ?" * 4, "0" * 200])
def test_what_cannot_be_a_code(typed: str) -> None:
    with pytest.raises(Mistyped):
        read_code(typed)


def issue(consultation: int, *organisations: int) -> dict[int, str]:
    with transaction():
        return issue_codes(consultation, organisations)


def test_only_a_keyed_hash_is_stored(app: Flask, world: World) -> None:
    with app.app_context():
        consultation = db.session.query(Consultation).one()
        code = issue(consultation.id, world.firm)[world.firm]
        stored = db.session.query(AccessCode).one()
        assert code not in str(vars(stored))
        found = find_code(code)
        assert found is not None
        assert found.organisation.id == world.firm


def test_issuing_again_and_closing_revoke(app: Flask, world: World) -> None:
    with app.app_context():
        consultation = db.session.query(Consultation).one()
        key = consultation.key
        first = issue(consultation.id, world.firm)[world.firm]
        second = issue(consultation.id, world.firm)[world.firm]
        assert find_code(first) is None
        assert find_code(second) is not None
        with transaction():
            assert revoke_codes(consultation.id, [world.firm]) == 1
        assert find_code(second) is None
        third = issue(consultation.id, world.firm)[world.firm]
        close_consultation(key)
        assert find_code(third) is None
