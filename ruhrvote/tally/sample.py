"""A sample that anybody can draw again, and what it says about the share of foreign ballots. Pure.

The bound is exact for a sample without replacement (hypergeometric): J. P. Buonaccorsi, A note on confidence intervals
for proportions in finite populations, The American Statistician 41, 1987. For large numbers of ballots it is that of
Clopper and Pearson (1934).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from fractions import Fraction
from math import comb

CONFIDENCE = Fraction(95, 100)


def drawn(seed: str, ballots: Iterable[int], size: int) -> list[int]:
    """A random sample of ballots, by their numbers: those whose SHA-256 together with the seed comes first.

    seed: a hash that nobody knew before, such as that of a ledger's entry.
    """
    return sorted(ballots, key=lambda ballot: place(seed, ballot))[:size]


def place(seed: str, ballot: int) -> str:
    """What the ballots are sorted by: SHA-256 over three lines, in hexadecimal."""
    return hashlib.sha256(f"ruhrvote-sample-1\n{seed}\n{ballot}".encode()).hexdigest()


def most_foreign(ballots: int, asked: int, foreign: int, confidence: Fraction = CONFIDENCE) -> int:
    """The upper confidence bound for the number of foreign ballots, if `foreign` of `asked` in a sample were.

    The largest number of which so few foreign ones in the sample are still more likely than 1 − confidence. One-sided.
    """
    if not 0 <= foreign <= asked <= ballots:
        raise ValueError("a sample is a part of the ballots, and the foreign ones are a part of the sample")
    fewest, most = foreign, ballots - (asked - foreign)  # what the sample leaves possible
    while fewest < most:
        middle = (fewest + most + 1) // 2
        if _so_few(ballots, asked, foreign, middle) > 1 - confidence:
            fewest = middle
        else:
            most = middle - 1
    return fewest


def _so_few(ballots: int, asked: int, foreign: int, in_all: int) -> Fraction:
    """The probability of at most `foreign` in the sample, if there are `in_all` among the ballots."""
    ways = sum(comb(in_all, number) * comb(ballots - in_all, asked - number) for number in range(foreign + 1))
    return Fraction(ways, comb(ballots, asked))
