"""Invented ballots for the benchmarks: the same for the same seed, with uneven groups as in a real region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.weak_order import NOT_JUDGED, PLACES, TIERS_PER_ANSWER, UNPLACED, Levels

IDEAS = 40
GROUPS, CHAMBERS, MUNICIPALITIES = 3, 10, 53  # nine chambers, and none
CELLS = GROUPS * CHAMBERS * MUNICIPALITIES
TIED = 0.25  # probability that an idea shares its tier with the one before it
AT_A_TIME = 20_000


# The two characters of each level; those of NOT_JUDGED come last.
_CODES = np.array([f"{answer}{place}".encode() for answer in "1234" for place in PLACES + UNPLACED] + [b"0~"] * 44)


@dataclass(frozen=True)
class Ballots:
    """Ballots: their levels, shape (ballots, ideas), and their cells, 0 … CELLS - 1, shape (ballots,)."""

    levels: Levels
    cell: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.cell)

    def rankings(self) -> list[str]:
        """The ballots as the database holds them."""
        text = _CODES[self.levels].tobytes().decode("ascii")
        return [text[start : start + 2 * IDEAS] for start in range(0, len(text), 2 * IDEAS)]

    def judged(self) -> float:
        """How many ideas a ballot places, on average."""
        return float((self.levels != NOT_JUDGED).sum() / len(self))

    def tied(self) -> float:
        """The share of placed ideas, behind the first, that are in the same tier as the one before them."""
        ordered = np.sort(self.levels, axis=1)
        places = ordered[:, 1:] != NOT_JUDGED
        return float((places & (ordered[:, 1:] == ordered[:, :-1])).sum() / places.sum())


def cell_names() -> list[str]:
    """The names of the cells as in the database: group/chamber/municipality."""
    return [
        f"{group}/{chamber or '-'}/{municipality}"
        for group in ("chamber", "municipality", "firm")
        for chamber in range(CHAMBERS)
        for municipality in range(100, 100 + MUNICIPALITIES)
    ]


def invent(ballots: int, seed: int = 20261123) -> Ballots:
    """So many random ballots over 40 ideas; some ideas are more popular, and some voters judge more ideas."""
    chance = np.random.default_rng(seed)
    weight = chance.lognormal(0.0, 1.0, CELLS)
    cell = chance.choice(CELLS, ballots, p=weight / weight.sum()).astype(np.int32)
    parts = [_levels(min(AT_A_TIME, ballots - start), chance) for start in range(0, ballots, AT_A_TIME)]
    return Ballots(np.concatenate(parts), cell)


def _levels(ballots: int, chance: np.random.Generator) -> Levels:
    shape = (ballots, IDEAS)
    likes = chance.normal(size=shape) + np.linspace(1.5, 0.0, IDEAS)
    judged = chance.random(shape) < chance.beta(3.0, 2.4, size=(ballots, 1))
    best_first = np.argsort(np.where(judged, -likes, np.inf), axis=1)
    tier = np.cumsum(chance.random(shape) >= TIED, axis=1)
    # Three cuts divide the order into the four answers; tiers are numbered within each answer.
    cuts = np.sort(chance.integers(0, 30, (ballots, 3)), axis=1)
    answer = (tier[:, :, np.newaxis] > cuts[:, np.newaxis, :]).sum(axis=2)
    begin = np.zeros(shape, dtype=np.int64)
    for a in range(4):
        first = np.where(answer == a, tier, tier[:, -1:] + 1).min(axis=1, keepdims=True)
        begin = np.where(answer == a, first, begin)
    level = answer * TIERS_PER_ANSWER + tier - begin
    levels = np.full(shape, NOT_JUDGED, dtype=np.uint8)
    np.put_along_axis(levels, best_first, level.astype(np.uint8), axis=1)
    levels[~judged] = NOT_JUDGED
    return levels
