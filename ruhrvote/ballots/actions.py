"""Writes of drafts and ballots; each public function is one use case and one commit."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from ruhrvote.ballots.models import Ballot, BallotVersion, Draft
from ruhrvote.ballots.order import Move, answer_at, blank, level_at, moved, with_answer
from ruhrvote.ballots.receipts import commitment, new_receipt_id
from ruhrvote.consultations.models import Consultation, RollEntry, Status
from ruhrvote.db import clock, db, insert, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.ideas.models import Idea
from ruhrvote.ledger.actions import append, lock_head
from ruhrvote.ledger.models import EntryKind
from ruhrvote.tally.weak_order import check, judged

CLOSED = _l("The consultation is closed. Your last submission before the close counts.")
NOT_ON_ROLL = _l("Your organisation is not on the roll of this consultation. Please ask your chamber.")


@dataclass(frozen=True)
class Voter:
    """For whom and by whom a ballot is prepared; no account where a demonstration acts."""

    consultation_id: int
    organisation_id: int
    account_id: int | None


@dataclass(frozen=True)
class Choice:
    """An answer for the idea at a position, and the answer that the page showed when it was given."""

    position: int
    answer: int
    seen: int


@dataclass(frozen=True)
class Saved:
    """The draft after saving, and the choices that were not applied because somebody else changed the idea."""

    ranking: str
    conflicts: tuple[Choice, ...]


def save_answers(voter: Voter, choices: Sequence[Choice]) -> Saved:
    """Save answers in the draft one by one; an idea that was changed meanwhile is left as it is and reported.

    Raises Refused for an idea or answer that does not exist, Conflict once the consultation is closed.
    """
    with transaction():
        draft = _draft_to_change(voter)
        ranking = draft.ranking
        conflicts = []
        for choice in choices:
            if not 0 <= choice.position < len(ranking) // 2:
                raise Refused(_l("One of the answers is for an idea that does not exist. Reload the page."))
            current = answer_at(ranking, choice.position)
            if current not in (choice.seen, choice.answer):
                conflicts.append(choice)
                continue
            try:
                ranking = with_answer(ranking, choice.position, choice.answer)
            except ValueError as error:
                raise Refused(_l("One of the answers does not exist. Reload the page.")) from error
        _keep(draft, ranking, voter)
        return Saved(ranking, tuple(conflicts))


def move_idea(voter: Voter, position: int, seen: str, move: Move, target: int = 0) -> str:
    """Move an idea in the draft and return the new ranking.

    Raises Conflict if the idea does not stand where the page showed it, Refused for a move that makes no sense.
    """
    with transaction():
        draft = _draft_to_change(voter)
        if not 0 <= position < len(draft.ranking) // 2:
            raise Refused(_l("This idea does not exist. Reload the page."))
        if level_at(draft.ranking, position) != seen:
            raise Conflict(
                _l("Somebody has moved this idea in the meantime. Look at the order below and move it again.")
            )
        try:
            ranking = moved(draft.ranking, position, move, target)
        except ValueError as error:
            raise Refused(_l("This move is not possible. Look at the order below and try again.")) from error
        _keep(draft, ranking, voter)
        return ranking


def cast(voter: Voter, ranking: str, *, expected_version: int, idempotency_key: str) -> BallotVersion:
    """Submit a ranking as the organisation's ballot: a new version, its ledger entry and receipt, or nothing.

    The same idempotency key with the same ranking returns the version that it made before. Raises Conflict
    if the consultation is closed, if another version was submitted since the page was made, or for the same
    key with another ranking; Refused if the organisation is not on the roll or the ranking is not valid.
    """
    with transaction():
        ballot = _locked_ballot(voter)
        known = db.session.scalar(
            select(BallotVersion).where(
                BallotVersion.ballot_id == ballot.id, BallotVersion.idempotency_key == idempotency_key
            )
        )
        if known is not None:
            if known.ranking != ranking:
                raise Conflict(_l("This page has been used for another submission. Check your order and submit again."))
            return known
        _require_open(voter)
        if ballot.current_version != expected_version:
            raise Conflict(
                _l("Somebody from your organisation has submitted meanwhile. Compare both before you submit again.")
            )
        _check_ranking(voter.consultation_id, ranking)
        kind = EntryKind.REPLACED if _has_ranking(ballot) else EntryKind.CAST
        return _append_version(voter, ballot, ranking, kind, idempotency_key)


def withdraw(voter: Voter, *, expected_version: int) -> None:
    """Take the organisation's ballot back: it counts nowhere until something is submitted again.

    Raises Conflict if the consultation is closed, another version was submitted, or there is nothing to withdraw.
    """
    with transaction():
        ballot = _locked_ballot(voter)
        _require_open(voter)
        if ballot.current_version != expected_version or not _has_ranking(ballot):
            raise Conflict(_l("There is no submission to withdraw any more. Reload the page."))
        _append_version(voter, ballot, "", EntryKind.WITHDRAWN, secrets.token_hex(16))


def _draft_to_change(voter: Voter) -> Draft:
    """The draft, locked; made if nobody has begun. Raises Conflict unless the consultation is open."""
    _require_open(voter)
    query = select(Draft).where(
        Draft.consultation_id == voter.consultation_id, Draft.organisation_id == voter.organisation_id
    )
    draft = db.session.scalar(query.with_for_update())
    if draft is None:
        if db.session.get(RollEntry, (voter.consultation_id, voter.organisation_id)) is None:
            raise Refused(NOT_ON_ROLL)
        _insert_if_missing(
            Draft,
            ["consultation_id", "organisation_id"],
            consultation_id=voter.consultation_id,
            organisation_id=voter.organisation_id,
            ranking=blank(_number_of_ideas(voter.consultation_id)),
            changed_at=clock(),
            account_id=voter.account_id,
        )
        draft = db.session.scalars(query.with_for_update()).one()
    return draft


def _require_open(voter: Voter) -> None:
    """Say first of all that the consultation is closed; what appends to the ledger asks again under its lock."""
    status = db.session.scalar(select(Consultation.status).where(Consultation.id == voter.consultation_id))
    if status != Status.OPEN:
        raise Conflict(CLOSED)


def _keep(draft: Draft, ranking: str, voter: Voter) -> None:
    if draft.ranking != ranking:
        assert voter.account_id is not None
        draft.ranking, draft.changed_at, draft.account_id = ranking, clock(), voter.account_id


def _locked_ballot(voter: Voter) -> Ballot:
    """The organisation's ballot row, locked: the first lock of every submission."""
    query = select(Ballot).where(
        Ballot.consultation_id == voter.consultation_id, Ballot.organisation_id == voter.organisation_id
    )
    ballot = db.session.scalar(query.with_for_update())
    if ballot is None:
        _insert_if_missing(
            Ballot,
            ["consultation_id", "organisation_id"],
            consultation_id=voter.consultation_id,
            organisation_id=voter.organisation_id,
            current_version=0,
        )
        ballot = db.session.scalars(query.with_for_update()).one()
    return ballot


def _insert_if_missing(model: type[Draft | Ballot], unique: list[str], **values: object) -> None:
    """Insert unless somebody else just did: two first submissions of one organisation make one row."""
    db.session.execute(insert(model).values(**values).on_conflict_do_nothing(index_elements=unique))


def _has_ranking(ballot: Ballot) -> bool:
    current = (BallotVersion.ballot_id == ballot.id) & (BallotVersion.version == ballot.current_version)
    return bool(db.session.scalar(select(BallotVersion.ranking).where(current)))


def _check_ranking(consultation_id: int, ranking: str) -> None:
    try:
        check(ranking, _number_of_ideas(consultation_id))
    except ValueError as error:
        raise Refused(_l("This is not a valid order of the ideas. Reload the page and check your order.")) from error
    if judged(ranking) < 2:
        raise Refused(_l("Judge at least two ideas before you submit."))


def _number_of_ideas(consultation_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Idea.consultation_id == consultation_id)) or 0


def _append_version(voter: Voter, ballot: Ballot, ranking: str, kind: EntryKind, idempotency_key: str) -> BallotVersion:
    roll_entry = db.session.get(RollEntry, (voter.consultation_id, voter.organisation_id))
    if roll_entry is None:
        raise Refused(NOT_ON_ROLL)
    version, salt, receipt_id = ballot.current_version + 1, secrets.token_hex(32), new_receipt_id()
    committed = commitment(
        consultation_id=voter.consultation_id,
        receipt_id=receipt_id,
        version=version,
        cell=roll_entry.cell,
        salt=salt,
        ranking=ranking,
    )
    # From here on everybody waits for us: only what must be under the lock of the chain.
    head = lock_head(voter.consultation_id)
    consultation = db.session.get_one(Consultation, voter.consultation_id, populate_existing=True)
    now = clock()
    if consultation.status != Status.OPEN or (consultation.closes_at and now >= consultation.closes_at):
        raise Conflict(CLOSED)
    entry = append(
        head, kind, {"ballot": ballot.id, "commitment": committed, "receipt": receipt_id, "version": version}
    )
    submission = BallotVersion(
        ballot_id=ballot.id,
        version=version,
        consultation_id=voter.consultation_id,
        seq=entry.seq,
        cell=roll_entry.cell,
        ranking=ranking,
        salt=salt,
        receipt_id=receipt_id,
        commitment=committed,
        idempotency_key=idempotency_key,
        received_at=entry.recorded_at,
        account_id=voter.account_id,
    )
    ballot.current_version = version
    db.session.add(submission)
    return submission
