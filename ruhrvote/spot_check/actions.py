"""Writes of the spot check; each public function is one use case and one commit."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select, update

from ruhrvote.accounts.access import Reach
from ruhrvote.accounts.queries import is_demo
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.ballots.models import Ballot, PaperNotice
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Unknown
from ruhrvote.leaderboards.current_ballots import counting_ballots
from ruhrvote.ledger.models import EntryKind
from ruhrvote.ledger.queries import entries_of_kinds
from ruhrvote.objections.actions import settle_due
from ruhrvote.objections.after_close import tell_counted
from ruhrvote.spot_check.models import Answer, SampledBallot, SpotCheck
from ruhrvote.tally.sample import drawn

SIZE = 200
CHECKED = (Status.CLOSED, Status.CERTIFIED, Status.PUBLISHED)


def see_to_closed() -> None:
    """What follows the close by the clock: objections are settled, a sample is drawn, organisations are told.

    A demonstration draws and tells nobody, as its people do not exist.
    """
    unfinished = or_(Consultation.settled_at.is_(None), Consultation.told_up_to.is_not(None))
    ended = select(Consultation).where(
        Consultation.status.in_(CHECKED), Consultation.objection_days.is_not(None), unfinished
    )
    found = [(one.id, one.key, one.told_up_to is not None) for one in db.session.scalars(ended)]
    if not found:
        return
    settle_due()
    for consultation_id, key, untold in found:
        if untold and not is_demo():
            draw(consultation_id)
            tell_counted(key)


def draw(consultation_id: int) -> None:
    """Draw the sample of a closed consultation from the ballots that counted at its close, once."""
    if db.session.get(SpotCheck, consultation_id) is not None:
        return
    (closed,) = entries_of_kinds(consultation_id, (EntryKind.CLOSED,))
    ballots = counting_ballots(consultation_id, closed.seq)
    sample = drawn(closed.hash, ballots, SIZE)
    with transaction() as session:
        if session.get(SpotCheck, consultation_id) is not None:
            return
        session.add(
            SpotCheck(
                consultation_id=consultation_id,
                seq=closed.seq,
                seed=closed.hash,
                ballots=len(ballots),
                drawn_at=clock(),
            )
        )
        session.flush()
        owners = session.execute(select(Ballot.id, Ballot.organisation_id).where(Ballot.id.in_(sample)))
        session.add_all(
            SampledBallot(consultation_id=consultation_id, ballot_id=ballot, organisation_id=owner)
            for ballot, owner in owners
        )
        record(Event.SPOT_CHECK_DRAWN, by=None, consultation_id=consultation_id, number=len(sample))


def note_answer(consultation_id: int, ballot_id: int, answer: Answer, by: int, reach: Reach) -> None:
    """Note what an organisation within reach has answered; a later call replaces it, and the trail has both."""
    with transaction() as session:
        found = session.scalar(
            select(SampledBallot)
            .where(
                SampledBallot.consultation_id == consultation_id,
                SampledBallot.ballot_id == ballot_id,
                reach.covers(SampledBallot.organisation_id),
            )
            .with_for_update()
        )
        if found is None:
            raise Unknown(_l("There is no such ballot in your part of the sample."))
        found.answer, found.answered_at = answer, clock()
        record(
            Event.SPOT_CHECK_ANSWERED,
            by=by,
            organisation_id=found.organisation_id,
            consultation_id=consultation_id,
            answer=str(answer),
        )


def note_letter(consultation_id: int, organisation_id: int, by: int, reach: Reach) -> None:
    """Note that a letter to an organisation within reach was sent, about all that was to be told so far."""
    with transaction() as session:
        told = update(PaperNotice).where(
            PaperNotice.consultation_id == consultation_id,
            PaperNotice.organisation_id == organisation_id,
            PaperNotice.done_at.is_(None),
            reach.covers(PaperNotice.organisation_id),
        )
        numbers = session.scalars(told.values(done_at=clock()).returning(PaperNotice.id)).all()
        if not numbers:
            raise Unknown(_l("There is no letter due to this organisation."))
        record(Event.NOTICE_POSTED, by=by, organisation_id=organisation_id, consultation_id=consultation_id)
