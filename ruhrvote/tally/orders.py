"""Counting distinct orders, each cast by a number of voters, over any number of candidates: for preference files."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.tally import Tally, empty

Tiers = npt.NDArray[np.uint16]
NOT_PLACED = 65535  # the value of a candidate in no tier; every tier is smaller
MOST_CANDIDATES = NOT_PLACED - 1
MOST_VOTERS = 2**40  # all sums below stay exact in 64-bit floats
CHUNK = 4096  # orders at a time: limits memory, does not change the result


def count_orders(tiers: Tiers, voters: npt.NDArray[np.int64]) -> Tally:
    """The tally of distinct orders.

    tiers[n, i]: the tier of candidate i in order n, smaller is better, NOT_PLACED for none; shape (orders, candidates).
    voters[n]: how many voters cast order n; shape (orders,). Such orders have no answers, so `answered` is 0.
    """
    total = empty(tiers.shape[1])
    for start in range(0, len(tiers), CHUNK):
        total = total + _count_chunk(tiers[start : start + CHUNK], voters[start : start + CHUNK])
    return total


def _count_chunk(tier: Tiers, voters: npt.NDArray[np.int64]) -> Tally:
    candidates = tier.shape[1]
    weight = voters.astype(np.float64)
    placed = tier != NOT_PLACED
    lower = np.where(placed, tier, 0)  # 0 for a candidate that is not placed: no candidate is above it
    above = np.empty((candidates, candidates))
    better = np.zeros(tier.shape, dtype=np.int64)  # candidates strictly above each candidate
    for i in range(candidates):
        strictly_above = tier[:, i : i + 1] < lower
        above[i] = weight @ strictly_above.astype(np.float64)
        better += strictly_above
    present = placed.astype(np.float64)
    both = present.T @ (present * weight[:, np.newaxis])
    at_top = placed & (better == 0)
    sharing = np.broadcast_to(at_top.sum(axis=1, keepdims=True), tier.shape)
    none = empty(candidates)
    return Tally(
        ballots=int(voters.sum()),
        placed=np.diag(both).astype(np.int64),
        compared=(both * ~np.eye(candidates, dtype=bool)).astype(np.int64),
        above=above.astype(np.int64),
        first=_histogram(sharing, at_top, weight, candidates + 1),
        position=_histogram(better, placed, weight, candidates),
        answered=none.answered,
    )


def _histogram(
    values: npt.NDArray[np.int64], valid: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64], bins: int
) -> npt.NDArray[np.int64]:
    """For each column, the total weight of each value, counting only valid cells; shape (columns, bins)."""
    columns = values.shape[1]
    flat = (values + np.arange(columns) * bins)[valid]
    weights = np.broadcast_to(weight[:, np.newaxis], values.shape)[valid]
    return np.bincount(flat, weights, minlength=columns * bins).reshape(columns, bins).astype(np.int64)
