"""Feedback to an organisation: its own order beside those of the region and of its chamber, after the publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ruhrvote.accounts.models import Account
from ruhrvote.accounts.queries import get_organisation
from ruhrvote.comments.models import Comment
from ruhrvote.comments.queries import replies_to
from ruhrvote.consultations.queries import roll_entry
from ruhrvote.drafts.workspace import Workspace
from ruhrvote.ideas.models import Idea
from ruhrvote.leaderboards.boards import Board
from ruhrvote.leaderboards.breakdown import Dimension, find_breakdown
from ruhrvote.leaderboards.rows import TOP, IdeaRow, rank_ideas
from ruhrvote.review.figures import Basis, basis_of, group_name
from ruhrvote.review.shortlist.models import ShortlistEntry
from ruhrvote.review.shortlist.queries import published_outcomes


@dataclass(frozen=True)
class OwnIdea:
    """An idea with the organisation's own place and its ranks in the region and in the second column; 0 for none."""

    idea: Idea
    place: int
    tied: bool
    answer: int
    region: int
    beside: int


@dataclass(frozen=True)
class Feedback:
    """The feedback to an organisation.

    beside: the name of the group whose ranks are in the second column, "" if none may be shown; pending: whether these
    are still being computed; replies: to its comments; outcomes: what chambers have published about ideas.
    """

    board: Board
    own: Sequence[OwnIdea]
    beside: str
    pending: bool
    replies: Sequence[Comment]
    outcomes: Sequence[ShortlistEntry]

    @property
    def placed(self) -> Sequence[OwnIdea]:
        """The ideas that the organisation judged, in its own order."""
        return [own for own in self.own if own.place]

    @property
    def first(self) -> Sequence[OwnIdea]:
        """The ideas on the organisation's first ten places."""
        return [own for own in self.placed if own.place <= TOP]

    @property
    def shared(self) -> int:
        """How many of the organisation's first ten are among the region's first ten."""
        return sum(0 < own.region <= TOP for own in self.first)


def feedback_of(work: Workspace, account: Account) -> Feedback:
    """The feedback for the organisation of an account."""
    basis = basis_of(work.consultation)
    name, rows, pending = _beside(basis, account)
    region = {row.idea.id: row.rank for row in basis.board.idea_rows}
    other = {row.idea.id: row.rank for row in rows}
    own, ahead = [], 0
    for group in work.groups if work.own_counts else []:
        for tier in (*group.tiers, group.tied):
            for idea in tier:
                ranks = region.get(idea.id, 0), other.get(idea.id, 0)
                own.append(OwnIdea(idea, ahead + 1, len(tier) > 1, group.answer, *ranks))
            ahead += len(tier)
    judged = {each.idea.id for each in own}
    own += [
        OwnIdea(idea, 0, False, 0, region.get(idea.id, 0), other.get(idea.id, 0))
        for idea in work.ideas
        if idea.id not in judged
    ]
    return Feedback(
        board=basis.board,
        own=own,
        beside=name,
        pending=pending,
        replies=replies_to(work.consultation.id, account),
        outcomes=published_outcomes(work.consultation.id),
    )


def _beside(basis: Basis, account: Account) -> tuple[str, Sequence[IdeaRow], bool]:
    """Name and rows for the second column, and whether they are pending: the chamber's firms, else the own group."""
    entry = roll_entry(basis.consultation.id, account.organisation_id)
    if entry is None or basis.shown is None:
        return "", [], False
    chamber = get_organisation(entry.chamber_id) if entry.chamber_id else None
    computed = find_breakdown(basis.consultation, basis.shown)
    found = computed.result() if computed else None
    if chamber is not None and found is not None:
        tally = found.shown[Dimension.CHAMBER].get(chamber.name)
        if tally is not None:
            return chamber.name, rank_ideas(basis.consultation, basis.ideas, tally, tally), False
    group = basis.shown.pool.get(entry.group, entry.group)
    return group_name(group), basis.group_rows.get(group, []), computed is not None and found is None
