"""Systems of linear equations in whole numbers, modulo a large prime."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

PRIME = 2**31 - 1  # ranks modulo it: products fit 64 bits, and hardly any minor of our matrices is as large


def reduced(rows: Any) -> tuple[Any, list[int]]:
    """The same column space, with columns that have 1 in one pivot row and 0 in the others'; and the pivot rows."""
    left = (rows % PRIME).astype(np.int64)
    pivots: list[int] = []
    columns: list[int] = []
    for row in range(len(left)):
        column = next((c for c in np.flatnonzero(left[row]).tolist() if c not in columns), None)
        if column is None:
            continue
        left[:, column] = left[:, column] * pow(int(left[row, column]), -1, PRIME) % PRIME
        factors = left[row].copy()
        factors[column] = 0
        left = (left - left[:, [column]] * factors) % PRIME
        pivots.append(row)
        columns.append(column)
    return left[:, columns], pivots


def rank(vectors: Iterable[Sequence[int]]) -> int:
    """The number of linearly independent ones among vectors of whole numbers."""
    basis: list[tuple[int, list[int]]] = []
    for vector in vectors:
        rest = [int(value) % PRIME for value in vector]
        for pivot, row in basis:
            if factor := rest[pivot]:
                rest = [(a - factor * b) % PRIME for a, b in zip(rest, row, strict=True)]
        pivot = next((i for i, a in enumerate(rest) if a), None)
        if pivot is not None:
            inverse = pow(rest[pivot], -1, PRIME)
            basis.append((pivot, [a * inverse % PRIME for a in rest]))
    return len(basis)
