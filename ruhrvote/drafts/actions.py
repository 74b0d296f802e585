"""Writes of drafts; each public function is one use case and one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ruhrvote.accounts.models import Account
from ruhrvote.ballots.actions import NOT_ON_ROLL, Voter, require_open
from ruhrvote.consultations.models import RollEntry
from ruhrvote.db import clock, db, insert_if_missing, transaction
from ruhrvote.drafts.models import ChangeKind, Draft, DraftChange
from ruhrvote.drafts.order import Move, answer_at, blank, level_at, moved, undone, with_answer
from ruhrvote.drafts.queries import find_undoable
from ruhrvote.errors import Conflict, Refused
from ruhrvote.ideas.queries import number_of_ideas, retired_positions


@dataclass(frozen=True)
class Choice:
    """An answer for the idea at a position, and the answer that the page showed before (`seen`)."""

    position: int
    answer: int
    seen: int


@dataclass(frozen=True)
class Saved:
    """The draft's ranking after saving, and the choices that were not applied: another person had changed the idea."""

    ranking: str
    conflicts: tuple[Choice, ...]


def save_answers(voter: Voter, choices: Sequence[Choice]) -> Saved:
    """Save answers in the draft. An idea whose answer is no longer the seen one is skipped and reported as a conflict.

    An idea that has been withdrawn keeps its answer: a page that was opened before saves its others.

    Raises Refused for an idea or answer that does not exist, Conflict unless the consultation is open.
    """
    with transaction():
        draft = _draft_to_change(voter)
        ranking = draft.ranking
        conflicts = []
        retired = retired_positions(voter.consultation_id)
        for choice in choices:
            if not 0 <= choice.position < len(ranking) // 2:
                raise Refused(_l("One of the answers is for an idea that does not exist. Reload the page."))
            if choice.position in retired:
                continue
            current = answer_at(ranking, choice.position)
            if current not in (choice.seen, choice.answer):
                conflicts.append(choice)
                continue
            try:
                changed = with_answer(ranking, choice.position, choice.answer)
            except ValueError as error:
                raise Refused(_l("One of the answers does not exist. Reload the page.")) from error
            if changed != ranking:
                _note(draft, voter, ChangeKind.ANSWER, choice.position, ranking, changed)
            ranking = changed
        _keep(draft, ranking, voter)
        return Saved(ranking, tuple(conflicts))


def move_idea(voter: Voter, position: int, seen: str, move: Move, target: int = 0) -> str:
    """Move an idea within its answer and return the draft's new ranking; see `order.moved` for the moves.

    Raises Conflict if the idea's level is not `seen`, that on the page; Refused for an impossible move.
    """
    with transaction():
        draft = _draft_to_change(voter)
        if not 0 <= position < len(draft.ranking) // 2:
            raise Refused(_l("This idea does not exist. Reload the page."))
        if position in retired_positions(voter.consultation_id):
            raise Refused(_l("This idea has been withdrawn and is no longer asked about. Reload the page."))
        if level_at(draft.ranking, position) != seen:
            raise Conflict(
                _l("Somebody has moved this idea in the meantime. Look at the order below and move it again.")
            )
        try:
            ranking = moved(draft.ranking, position, move, target)
        except ValueError as error:
            raise Refused(_l("This move is not possible. Look at the order below and try again.")) from error
        if ranking != draft.ranking:
            _note(draft, voter, ChangeKind.MOVE, position, draft.ranking, ranking)
        _keep(draft, ranking, voter)
        return ranking


def undo_move(voter: Voter, answer: int, change_id: int) -> DraftChange:
    """Undo the person's last move among the ideas with this answer, and return that move.

    `change_id` is the move that the page offered to undo. Raises Conflict if it is not the last one any more, or if the
    order was changed since.
    """
    with transaction():
        draft = _draft_to_change(voter)
        change = find_undoable(voter, answer)
        if change is None or change.id != change_id:
            raise Conflict(_l("This move is taken back already. Look at the order below."))
        assert change.ranking_before is not None
        assert change.ranking_after is not None
        try:
            ranking = undone(draft.ranking, answer, change.ranking_before, change.ranking_after)
        except ValueError as error:
            raise Conflict(
                _l("The order was changed after your move, so it cannot be taken back. Move the idea instead.")
            ) from error
        change.undone = True
        _note(draft, voter, ChangeKind.UNDO, change.position, draft.ranking, ranking)
        _keep(draft, ranking, voter)
        return change


def _draft_to_change(voter: Voter) -> Draft:
    """The draft, created if missing and locked. Raises Conflict unless the consultation is open."""
    require_open(voter)
    own = {
        "consultation_id": voter.consultation_id,
        "organisation_id": voter.organisation_id,
        "circle": db.session.get_one(Account, voter.account_id).circle,
    }
    query = select(Draft).filter_by(**own)
    draft = db.session.scalar(query.with_for_update())
    if draft is None:
        if db.session.get(RollEntry, (voter.consultation_id, voter.organisation_id)) is None:
            raise Refused(NOT_ON_ROLL)
        insert_if_missing(
            Draft,
            list(own),
            **own,
            ranking=blank(number_of_ideas(voter.consultation_id)),
            changed_at=clock(),
            account_id=voter.account_id,
        )
        draft = db.session.scalars(query.with_for_update()).one()
    return draft


def _note(draft: Draft, voter: Voter, kind: ChangeKind, position: int, before: str, after: str) -> None:
    """Add a change to the draft's history; a move also keeps both rankings, so that it can be undone."""
    moves = kind == ChangeKind.MOVE
    db.session.add(
        DraftChange(
            consultation_id=draft.consultation_id,
            organisation_id=draft.organisation_id,
            circle=draft.circle,
            account_id=voter.account_id,
            changed_at=clock(),
            kind=kind,
            position=position,
            before=level_at(before, position),
            after=level_at(after, position),
            ranking_before=before if moves else None,
            ranking_after=after if moves else None,
        )
    )


def _keep(draft: Draft, ranking: str, voter: Voter) -> None:
    if draft.ranking != ranking:
        assert voter.account_id is not None
        draft.ranking, draft.changed_at, draft.account_id = ranking, clock(), voter.account_id
