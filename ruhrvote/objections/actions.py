"""Writes of objections: raising, answering and settling them; each public function is one use case and one commit."""

from __future__ import annotations

from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select

from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.ballots.notices import tell_submitter
from ruhrvote.consultations import cohorts
from ruhrvote.consultations.actions import locked
from ruhrvote.consultations.models import Consultation, Objection, ReleasePolicy, RollEntry, Status
from ruhrvote.consultations.settlement import append_settled, contested_payload, is_void, objections_of
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.ledger.actions import append
from ruhrvote.ledger.models import ChainHead, EntryKind

NOT_YOURS = _l("Only the person who submitted this version can answer.")


class Outcome(StrEnum):
    """What became of an objection: it is in the ledger, it was there before, or it came too late to change anything."""

    RAISED = "raised"
    KNOWN = "known"
    TOO_LATE = "too_late"


def contest(key: str, organisation_id: int, version: int, by: int | None = None) -> Outcome:
    """Object to a version of an organisation's ballot; the account that submitted it is told.

    While the consultation is open the version stops counting at once, after the close in the settlement. After the
    period for objections the audit trail has it, and nothing changes.
    """
    with transaction():
        ballot = _locked_ballot(key, organisation_id)
        submission = db.session.scalar(_version(ballot, version))
        if submission is None:
            raise Unknown(_l("There is no such submission."))
        consultation, head = locked(key)
        about = {"organisation_id": organisation_id, "consultation_id": consultation.id}
        known = db.session.scalar(
            select(Objection.id).where(Objection.ballot_id == ballot.id, Objection.version == version)
        )
        if known is not None:
            return Outcome.KNOWN
        if not accepts_objections(consultation):
            record(Event.OBJECTION_TOO_LATE, by=by, **about, version=version)
            return Outcome.TOO_LATE
        before = _ranked(ballot)
        entry = append(head, EntryKind.CONTESTED, contested_payload(ballot.id, version), clock())
        objection = Objection(
            consultation_id=consultation.id,
            ballot_id=ballot.id,
            version=version,
            seq=entry.seq,
            void_from=None if consultation.has_closed else entry.seq,
            raised_at=entry.recorded_at,
        )
        db.session.add(objection)
        db.session.flush()
        if not consultation.has_closed:
            _count_again(consultation, head, ballot, before)
        record(Event.BALLOT_CONTESTED, by=by, **about, object_id=objection.id, version=version)
        tell_submitter(consultation, submission)
        return Outcome.RAISED


def answer(key: str, organisation_id: int, version: int, by: int) -> None:
    """Answer an objection: it was us. Raises Refused for anybody but the account that submitted the version."""
    with transaction():
        consultation, _ = locked(key)
        found = db.session.execute(
            select(Objection, BallotVersion.account_id)
            .join(Ballot, Ballot.id == Objection.ballot_id)
            .join(
                BallotVersion,
                (BallotVersion.ballot_id == Objection.ballot_id) & (BallotVersion.version == Objection.version),
            )
            .where(
                Ballot.consultation_id == consultation.id,
                Ballot.organisation_id == organisation_id,
                Objection.version == version,
            )
        ).one_or_none()
        if found is None:
            raise Unknown(_l("There is no objection at this address."))
        objection, submitted_by = found
        if submitted_by != by:
            raise Refused(NOT_YOURS)
        if objection.upheld is not None or consultation.settled_at is not None:
            raise Conflict(_l("This objection is decided already."))
        if objection.answered_at is None:
            objection.answered_at = clock()
            about = {"organisation_id": organisation_id, "consultation_id": consultation.id}
            record(Event.OBJECTION_ANSWERED, by=by, **about, object_id=objection.id)


def settle_due() -> None:
    """Settle each closed consultation whose period is over and whose objections are all decided."""
    now = clock()
    closed = select(Consultation).where(
        Consultation.status == Status.CLOSED,
        Consultation.objection_days.is_not(None),
        Consultation.settled_at.is_(None),
    )
    for consultation in db.session.scalars(closed).all():
        until = consultation.objections_until
        if until is not None and until <= now:
            settle(consultation.key)


def settle(key: str) -> bool:
    """Let all objections take effect, in one entry of the ledger; False if it cannot be done yet."""
    with transaction() as session:
        named = select(Objection.ballot_id).join(Consultation, Consultation.id == Objection.consultation_id)
        # First the ballots, as submissions and objections lock them; then the chain.
        ballots = session.scalars(
            select(Ballot)
            .where(Ballot.id.in_(named.where(Consultation.key == key)))
            .order_by(Ballot.id)
            .with_for_update()
        ).all()
        consultation, head = locked(key)
        objections, until = objections_of(consultation.id), consultation.objections_until
        if consultation.status != Status.CLOSED or consultation.is_settled or until is None or until > clock():
            return False
        if any(objection.upheld is None for objection in objections):
            return False
        if {objection.ballot_id for objection in objections} != {ballot.id for ballot in ballots}:
            return False  # one was raised between the two locks; the next attempt finds it
        before = {ballot.id: _ranked(ballot) for ballot in ballots}
        append_settled(consultation, head, objections)
        for ballot in ballots:
            _count_again(consultation, head, ballot, before[ballot.id])
        return True


def accepts_objections(consultation: Consultation) -> bool:
    """Whether an objection still has an effect."""
    if consultation.objection_days is None or consultation.settled_at is not None:
        return False
    until = consultation.objections_until
    return until is None or clock() < until


def _locked_ballot(key: str, organisation_id: int) -> Ballot:
    ballot = db.session.scalar(
        select(Ballot)
        .join(Consultation, Consultation.id == Ballot.consultation_id)
        .where(Consultation.key == key, Ballot.organisation_id == organisation_id)
        .with_for_update(of=Ballot)
        .execution_options(populate_existing=True)
    )
    if ballot is None:
        raise Unknown(_l("There is no such submission."))
    return ballot


def _version(ballot: Ballot, version: int) -> Select[BallotVersion]:
    return select(BallotVersion).where(BallotVersion.ballot_id == ballot.id, BallotVersion.version == version)


def _ranked(ballot: Ballot) -> int:
    """The version of a ballot whose ranking counts; 0 if none does."""
    ranking = db.session.scalar(
        select(BallotVersion.ranking).where(
            BallotVersion.ballot_id == ballot.id, BallotVersion.version == ballot.counting_version
        )
    )
    return ballot.counting_version if ranking else 0


def _count_again(consultation: Consultation, head: ChainHead, ballot: Ballot, before: int) -> None:
    """Find the version that counts now; under cohorts the queue follows. A released ballot stays as it is shown."""
    good = ~is_void(BallotVersion.ballot_id, BallotVersion.version)
    latest = select(func.max(BallotVersion.version)).where(BallotVersion.ballot_id == ballot.id, good)
    ballot.counting_version = db.session.scalar(latest) or 0
    after = _ranked(ballot)
    if consultation.release_policy != ReleasePolicy.COHORTS or after == before:
        return
    if not after:
        cohorts.ballot_withdrawn(ballot.id)
    elif before:
        cohorts.ballot_replaced(ballot.id, after)
    elif not cohorts.was_released(ballot.id):
        group = db.session.get_one(RollEntry, (consultation.id, ballot.organisation_id)).group
        if consultation.has_closed:
            cohorts.ballot_waits(head, group, ballot.id, after)
        else:
            cohorts.ballot_cast(head, group, ballot.id, after, first=False)
