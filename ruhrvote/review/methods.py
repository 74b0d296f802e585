"""The ranks of the ideas by every method and weighting, and sentences on their robustness; after the close only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ruhrvote.leaderboards.boards import Availability
from ruhrvote.leaderboards.rows import IdeaRow
from ruhrvote.review.charts.bars import certainty_sentence
from ruhrvote.review.compare import WEIGHTINGS, Side, wins
from ruhrvote.review.figures import Basis, group_name, idea_name
from ruhrvote.tally.methods import Links, Unranked, copeland_half, pairs, schulze_strengths
from ruhrvote.tally.robustness import Ranks, ranks_by_weighting, without_each_group
from ruhrvote.tally.scores import first_places, ranks
from ruhrvote.web import show_number

METHODS: dict[str, LazyString] = {
    "score": _l("Score"),
    "borda-unranked-last": _l("Borda, not judged counts as last"),
    "copeland": _l("Copeland (duels won)"),
    "schulze-winning-votes": _l("Schulze (winning votes)"),
    "schulze-margins": _l("Schulze (margins)"),
    "first-places": _l("First places"),
}
SAID = 10  # ideas about which there are sentences


@dataclass(frozen=True)
class Robust:
    """An idea with its ranks: on the board, by each method, and the best and worst over all methods and weightings."""

    row: IdeaRow
    ranks: Mapping[str, int]
    best: int
    worst: int

    @property
    def sentence(self) -> str:
        """A sentence on how many methods give the idea its rank."""
        same = sum(rank == self.row.rank for rank in self.ranks.values())
        said = _("Rank %(rank)d in %(same)d of %(all)d methods", rank=self.row.rank, same=same, all=len(self.ranks))
        if same == len(self.ranks):
            return said
        ends = min(self.ranks.values()), max(self.ranks.values())
        return said + ", " + _("overall from %(best)d to %(worst)d", best=ends[0], worst=ends[1])


@dataclass(frozen=True)
class Robustness:
    """The ranked ideas by all methods, and sentences on chance and on the influence of each group."""

    rows: Sequence[Robust]
    sentences: Sequence[str]
    pending: bool


def robustness_of(basis: Basis) -> Robustness:
    """How far the ranking of a consultation that has ended depends on method, weighting, groups and chance."""
    assert basis.shown is not None
    assert basis.ended
    own = basis.consultation.weighting
    found = {
        weighting: {method: _among_ranked(basis, rank) for method, rank in by_method.items()}
        for weighting, by_method in ranks_by_weighting(basis.shown.groups, WEIGHTINGS).items()
    }
    rows = []
    for row in basis.board.ranked:
        everywhere = [int(rank[row.idea.position]) for by_method in found.values() for rank in by_method.values()]
        known = [rank for rank in everywhere if rank] or [row.rank]
        by_method = {method: int(found[own][method][row.idea.position]) for method in METHODS}
        rows.append(Robust(row, by_method, min(known), max(known)))
    there = basis.board.intervals == Availability.THERE
    said = [certainty_sentence(basis.board.ranked)] if there else []
    return Robustness(rows, said + _without_groups(basis), basis.board.intervals == Availability.PENDING)


def _among_ranked(basis: Basis, rank: Ranks) -> Ranks:
    """The ranks when ideas below the quorum take none, as on the board."""
    ranked = np.zeros(len(basis.ideas), dtype=bool)
    ranked[[row.idea.position for row in basis.board.ranked]] = True
    return ranks(np.where(rank > 0, -rank.astype(np.float64), np.nan), ranked)


def _without_groups(basis: Basis) -> list[str]:
    """Sentences on which idea would be first without the ballots of each group."""
    assert basis.shown is not None
    groups = {name: tally for name, tally in basis.shown.groups.items() if tally.ballots}
    if len(groups) < 2 or not basis.board.ranked:
        return []
    said = []
    for name, score in without_each_group(groups, WEIGHTINGS[basis.consultation.weighting]).items():
        rank = _among_ranked(basis, ranks(score))
        first = [basis.ideas[int(i)] for i in np.flatnonzero(rank == 1)]
        moved = sum(int(rank[row.idea.position]) != row.rank for row in basis.board.ranked[:SAID])
        if first:
            said.append(
                ngettext(
                    "Without the ballots of %(group)s first: %(idea)s; %(num)d of the first ten with another rank.",
                    "Without the ballots of %(group)s first: %(idea)s; %(num)d of the first ten with another rank.",
                    moved, group=group_name(name), idea=idea_name(first[0]),
                )
            )  # fmt: skip
    return said


def score_side(basis: Basis) -> Side:
    """The board by score as one side of a comparison."""
    return Side(str(METHODS["score"]), basis.board.idea_rows, wins, basis.board.turnout)


def method_side(basis: Basis, method: str) -> Side:
    """The board by another method as one side of a comparison."""
    assert basis.shown is not None
    assert basis.ended
    tally = basis.shown.overall.tally
    rank = _among_ranked(
        basis, ranks_by_weighting(basis.shown.groups, WEIGHTINGS)[basis.consultation.weighting][method]
    )
    said = pairs(tally, Unranked.IGNORED)
    duels = copeland_half(said)
    strength = schulze_strengths(said, Links.MARGINS if method == "schulze-margins" else Links.WINNING_VOTES)
    before = (strength > strength.T).sum(axis=1)
    firsts, ballots = first_places(tally), max(1, int(tally.ballots))

    def measure(row: IdeaRow) -> str:
        i = row.idea.position
        match method:
            case "copeland":
                return _("wins %(won)s of %(all)d duels", won=show_number(float(duels[i]), 1), all=tally.ideas - 1)
            case "first-places":
                return _(
                    "has %(percent)s %% of the first places", percent=show_number(100 * float(firsts[i]) / ballots, 1)
                )
            case "borda-unranked-last":
                share = 100 * int(tally.placed[i]) / ballots
                return _(
                    "%(percent)s %% of the ballots judge it, the others count as last", percent=show_number(share, 1)
                )
            case _:
                return _("stands before %(number)d ideas by the strongest chain of duels", number=int(before[i]))

    rows = [replace(row, rank=int(rank[row.idea.position]) if row.rank else 0) for row in basis.board.idea_rows]
    return Side(str(METHODS[method]), rows, measure, basis.board.turnout)
