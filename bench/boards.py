"""All boards of all groups, chambers and municipalities from counted cells, as after the close of a consultation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ruhrvote.tally.cells import Cells
from ruhrvote.tally.methods import Unranked, pairs, schulze_levels, schulze_strengths
from ruhrvote.tally.scores import quorum, ranks, scores
from ruhrvote.tally.tally import Tally


@dataclass(frozen=True)
class Ranked:
    """The ranks by score of a board, shape (ideas,), and its levels by Schulze's method."""

    rank: npt.NDArray[np.int64]
    schulze: list[list[int]]


def rank_board(tally: Tally) -> Ranked:
    """Rank the ideas by score and by Schulze's method."""
    in_quorum = tally.placed >= quorum(tally.ballots, 33, 10)
    levels = schulze_levels(schulze_strengths(pairs(tally, Unranked.IGNORED)))
    return Ranked(ranks(scores(tally), in_quorum), levels)


def strata(cells: Cells, names: Sequence[str]) -> dict[tuple[str, str], Tally]:
    """The tallies of all ballots and of each group, chamber and municipality, by kind and name."""
    parts = [name.split("/") for name in names]
    found = {("all", ""): cells.total()}
    for place, kind in enumerate(("group", "chamber", "municipality")):
        tallies = cells.by([part[place] for part in parts])
        found |= {(kind, name): tally for name, tally in tallies.items()}
    return found


def rank_all(cells: Cells, names: Sequence[str]) -> dict[tuple[str, str], Ranked]:
    """All boards, by kind and name."""
    return {key: rank_board(tally) for key, tally in strata(cells, names).items()}
