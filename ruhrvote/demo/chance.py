"""Pseudo-random values from names: the same on every machine and Python version, whatever the order of the calls."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from math import fsum
from typing import TypeVar

T = TypeVar("T")

_PARTS, _LARGEST = 4, 1 << 16


def _parts(key: tuple[object, ...]) -> list[int]:
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return [int.from_bytes(digest[2 * i : 2 * i + 2]) for i in range(_PARTS)]


def share(*key: object) -> float:
    """A uniformly distributed number for this key, 0 ≤ x < 1."""
    first, second, *_ = _parts(key)
    return (first * _LARGEST + second) / _LARGEST**2


def noise(*key: object) -> float:
    """A nearly normally distributed number for this key: mean 0, standard deviation 1."""
    # The sum of four uniform numbers has variance 4/12. Only sums and one product: the same floats everywhere.
    return (sum(_parts(key)) / _LARGEST - _PARTS / 2) * 1.7320508


def pick(things: Sequence[T], *key: object) -> T:
    """One of the things, each equally likely."""
    return things[int(share(*key) * len(things))]


def pick_weighted(things: Sequence[T], weights: Sequence[float], *key: object) -> T:
    """One of the things, each with a probability in proportion to its weight."""
    point = share(*key) * fsum(weights)  # sum() of floats differs between Python versions
    for thing, weight in zip(things, weights, strict=True):
        if point < weight:
            return thing
        point -= weight
    return things[-1]


def apportion(number: int, weights: Sequence[float], at_least: int = 0) -> list[int]:
    """Integer parts of a number in proportion to the weights (largest remainder method), each at least `at_least`."""
    free = number - at_least * len(weights)
    total = fsum(weights)
    exact = [free * weight / total for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: free - sum(parts)]:
        parts[i] += 1
    return [part + at_least for part in parts]
