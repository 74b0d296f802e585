"""Chance that is the same everywhere."""

from __future__ import annotations

from collections import Counter

import pytest

from ruhrvote.demo.chance import apportion, noise, pick, pick_weighted, share


def test_the_same_key_gives_the_same_number_on_every_machine() -> None:
    assert share("Emscher", 1) == 0.6889119378756732
    assert noise("Emscher", 1) == 0.9693363524108886


def test_shares_are_spread_evenly_and_noise_around_zero() -> None:
    shares = [share("spread", i) for i in range(2000)]
    assert all(180 < count < 220 + 40 for count in Counter(int(10 * x) for x in shares).values())
    noises = [noise("spread", i) for i in range(2000)]
    assert abs(sum(noises)) / 2000 < 0.05
    assert 0.9 < sum(x * x for x in noises) / 2000 < 1.1


def test_picking_follows_the_weights() -> None:
    assert {pick("abc", i) for i in range(50)} == set("abc")
    picked = Counter(pick_weighted("abc", [1, 0, 3], i) for i in range(1000))
    assert picked["b"] == 0
    assert 2 < picked["c"] / picked["a"] < 4


@pytest.mark.parametrize(("number", "weights", "least"), [(10, [1, 1, 1], 0), (600, [50, 1, 0.1], 1), (7, [3, 2], 2)])
def test_parts_add_up_and_none_is_too_small(number: int, weights: list[float], least: int) -> None:
    parts = apportion(number, weights, least)
    assert sum(parts) == number
    assert min(parts) >= least
    assert parts == sorted(parts, reverse=True)
