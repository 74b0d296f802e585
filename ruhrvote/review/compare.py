"""Comparing two boards of the same ideas, with a sentence for each idea whose rank differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _

from ruhrvote.consultations.models import Weighting
from ruhrvote.ideas.models import Idea
from ruhrvote.leaderboards.boards import Turnout
from ruhrvote.leaderboards.rows import IdeaRow, rank_ideas, unweighted
from ruhrvote.review.figures import Basis, group_name, idea_name, listed, score_text
from ruhrvote.tally.scores import Weighted, equal_groups, one_voice
from ruhrvote.tally.tally import Tally
from ruhrvote.web import localised

NAMED = 2  # ideas named in a sentence
WEIGHTINGS: Mapping[str, Callable[[Mapping[str, Tally]], Weighted]] = {
    Weighting.ONE_VOICE: one_voice,
    Weighting.EQUAL_GROUPS: equal_groups,
}


class ComparisonKind(StrEnum):
    """What is compared: two groups, rounds, weightings or methods."""

    GROUPS = "groups"
    ROUNDS = "rounds"
    WEIGHTINGS = "weightings"
    METHODS = "methods"


@dataclass(frozen=True)
class Side:
    """One of the two boards; `measure` says in words why an idea has its rank, such as by its score."""

    name: str
    rows: Sequence[IdeaRow]
    measure: Callable[[IdeaRow], str]
    turnout: Turnout


@dataclass(frozen=True)
class Change:
    """An idea on both boards (None: not on this board); `why` its rank differs, empty for the same rank."""

    idea: Idea
    left: IdeaRow | None
    right: IdeaRow | None
    why: str


@dataclass(frozen=True)
class Comparison:
    """Two boards, idea by idea, in the order of the left one."""

    left: Side
    right: Side
    changes: Sequence[Change]

    @property
    def moved(self) -> int:
        """How many ideas have a different rank."""
        return sum(bool(change.why) for change in self.changes)


def compare(left: Side, right: Side) -> Comparison:
    """Compare two boards, with a sentence for each idea whose rank differs."""
    partner = _partners(left.rows, right.rows)
    pairs = [(row, partner.get(row.idea.id)) for row in left.rows]
    taken = {row.idea.id for row in partner.values()}
    changes = [Change(one.idea, one, other, _why(one, other, left, right, pairs)) for one, other in pairs]
    return Comparison(
        left,
        right,
        changes + [Change(row.idea, None, row, _only(right)) for row in right.rows if row.idea.id not in taken],
    )


def _partners(left: Sequence[IdeaRow], right: Sequence[IdeaRow]) -> dict[int, IdeaRow]:
    """The right row of each left idea, by its id: with the same short title, else with the same theme and number."""
    by_title = {row.idea.short_de.casefold(): row for row in right}
    found = {
        row.idea.id: by_title[row.idea.short_de.casefold()] for row in left if row.idea.short_de.casefold() in by_title
    }
    taken = {row.idea.id for row in found.values()}
    by_number = {(row.idea.theme.key, row.idea.number): row for row in right if row.idea.id not in taken}
    for row in left:
        other = by_number.get((row.idea.theme.key, row.idea.number))
        if row.idea.id not in found and other is not None:
            found[row.idea.id] = other
    return found


def _only(side: Side) -> str:
    return _("Only there: %(name)s.", name=side.name)


def _why(
    one: IdeaRow, other: IdeaRow | None, left: Side, right: Side, pairs: Sequence[tuple[IdeaRow, IdeaRow | None]]
) -> str:
    """The sentence on why an idea has another rank on the right than on the left; empty for the same rank."""
    if other is None:
        return _only(left)
    if one.rank == other.rank:
        return ""
    if not one.rank or not other.rank:
        return _(
            "Ranked on one side only: too few judgements on the other (%(name)s).",
            name=left.name if other.rank else right.name,
        )
    said = _(
        "Rank %(rank)d instead of %(before)d: %(right)s – %(measure)s; %(left)s – %(measure_before)s.",
        rank=other.rank, before=one.rank, right=right.name, left=left.name,
        measure=right.measure(other), measure_before=left.measure(one),
    )  # fmt: skip
    worse = other.rank > one.rank
    ahead = {a.idea.id for a, b in pairs if b and 0 < a.rank < one.rank and b.rank}
    ahead_there = {a.idea.id for a, b in pairs if b and a.rank and 0 < b.rank < other.rank}
    differs = ahead_there - ahead if worse else ahead - ahead_there
    passed = [a.idea for a, _b in pairs if a.idea.id in differs]
    if not passed:
        return said
    names = [idea_name(idea) for idea in passed[:NAMED]]
    if len(passed) > NAMED:
        names.append(_("%(number)d more", number=len(passed) - NAMED))
    ideas = listed(names)
    return (
        said
        + " "
        + (
            _("Now ahead of it: %(ideas)s.", ideas=ideas)
            if worse
            else _("No longer ahead of it: %(ideas)s.", ideas=ideas)
        )
    )


def wins(row: IdeaRow) -> str:
    """The meaning of an idea's score in words."""
    return _("wins %(score)s of 100 comparisons", score=score_text(row.score))


def group_side(basis: Basis, group: str) -> Side:
    """The board of a group as one side."""
    return Side(group_name(group), basis.group_rows[group], wins, basis.board.group_turnouts[group])


def round_side(basis: Basis) -> Side:
    """The overall board of a round as one side."""
    return Side(localised(basis.consultation, "title"), basis.board.idea_rows, wins, basis.board.turnout)


def weighting_side(basis: Basis, weighting: str) -> Side:
    """The overall board under a weighting as one side; after the close only."""
    assert basis.shown is not None
    assert basis.ended
    weighted = WEIGHTINGS[weighting](basis.shown.groups)
    rows = rank_ideas(basis.consultation, basis.ideas, weighted.tally, unweighted(basis.shown))
    return Side(weighting_name(weighting), rows, wins, basis.board.turnout)


def weighting_name(weighting: str) -> str:
    """The short name of a weighting."""
    return _("One organisation, one voice") if weighting == Weighting.ONE_VOICE else _("Equal voice per group")
