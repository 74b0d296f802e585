"""What must never change its form: the table of written levels, the digest, and the integers that are counted in."""

from __future__ import annotations

import hashlib
import string
import struct
from dataclasses import fields

import numpy as np

from ruhrvote.tally import weak_order
from ruhrvote.tally.orders import count_orders
from ruhrvote.tally.scores import first_places, ranks
from ruhrvote.tally.tally import Tally
from tests.tally.profiles import order_of, tally_of
from tests.tally.slow_counter import Order


def test_the_level_of_every_pair_of_characters() -> None:
    table = weak_order._level_of_code()
    assert table.dtype == np.uint8
    assert table.shape == (65536,)
    letters = [*string.ascii_uppercase, *string.ascii_lowercase, "~"]
    written = [f"{answer}{letter}" for answer in "1234" for letter in letters]
    for level, pair in enumerate(written):
        assert table[ord(pair[0]) * 256 + ord(pair[1])] == level
    assert np.count_nonzero(table != 255) == len(written) == 212


def test_the_digest_is_over_all_counts_as_big_endian_integers() -> None:
    tally = tally_of([order_of("A>B"), order_of("A=B"), order_of("B")], 2)
    counts = [3]  # ballots
    counts += [2, 3]  # placed
    counts += [0, 2, 2, 0]  # compared
    counts += [0, 1, 0, 0]  # above
    counts += [0, 1, 1, 0, 1, 1]  # first
    counts += [2, 0, 2, 1]  # position
    counts += [2, 0, 0, 0, 3, 0, 0, 0]  # answered
    assert tally.digest() == hashlib.sha256(struct.pack(f">{len(counts)}q", *counts)).hexdigest()


def test_counts_are_64_bit_integers() -> None:
    counted = count_orders(np.array([[0, 1]], dtype=np.uint16), np.array([3]))
    assert type(counted.ballots) is int
    for tally in (counted, tally_of([order_of("A>B")], 2)):
        arrays = [getattr(tally, field.name) for field in fields(Tally)][1:]
        assert {array.dtype for array in arrays} == {np.dtype(np.int64)}
    assert ranks(np.array([1.0, 2.0])).dtype == np.int64


def test_first_places_are_exact_among_sixty_ideas() -> None:
    # 59 ideas share the first place of 59 ballots; the sixtieth has one ballot to itself.
    shared: Order = [set(range(59))]
    alone: Order = [{59}]
    places = first_places(tally_of([shared] * 59 + [alone], 60))
    assert places.dtype == np.float64
    assert places.tolist() == [1.0] * 60


def test_first_places_of_a_million_ballots_over_forty_ideas_are_exact() -> None:
    # The common denominator of forty ideas times a million is more than 64 bits hold.
    tally = tally_of([[{0, 1, 2}]] * 3 + [[{3}]], 40) * 10**6
    assert first_places(tally).tolist() == [10**6] * 4 + [0] * 36
