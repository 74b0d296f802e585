"""Reads of the spot check: its numbers for everybody, its calls for the chambers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.access import Reach
from ruhrvote.accounts.models import Organisation
from ruhrvote.ballots.models import PaperNotice
from ruhrvote.db import db
from ruhrvote.spot_check.models import Answer, SampledBallot, SpotCheck
from ruhrvote.tally.sample import most_foreign


@dataclass(frozen=True)
class Findings:
    """What the calls have found so far.

    bound: the upper confidence bound for the foreign ballots among all, from those that answered; cautious: the same
    if every ballot whose organisation has not answered were foreign.
    """

    check: SpotCheck
    drawn: int
    confirmed: int
    denied: int
    bound: int
    cautious: int

    @property
    def asked(self) -> int:
        """How many have answered."""
        return self.confirmed + self.denied

    @property
    def unknown(self) -> int:
        """How many have not been asked or not been reached."""
        return self.drawn - self.asked

    def percent(self, ballots: int) -> float:
        """A number of ballots in per cent of all that counted at the close."""
        return 100 * ballots / self.check.ballots if self.check.ballots else 0.0


def findings_of(consultation_id: int) -> Findings | None:
    """The findings of a consultation's spot check; None before it is drawn."""
    check = db.session.get(SpotCheck, consultation_id)
    if check is None:
        return None
    rows = db.session.execute(
        select(SampledBallot.answer, func.count())
        .where(SampledBallot.consultation_id == consultation_id)
        .group_by(SampledBallot.answer)
    )
    number = {answer: count for answer, count in rows}
    drawn, confirmed, denied = sum(number.values()), number.get(Answer.CONFIRMED, 0), number.get(Answer.DENIED, 0)
    return Findings(
        check,
        drawn,
        confirmed,
        denied,
        bound=most_foreign(check.ballots, confirmed + denied, denied),
        cautious=most_foreign(check.ballots, drawn, drawn - confirmed),
    )


def calls_of(consultation_id: int, reach: Reach) -> Sequence[SampledBallot]:
    """The sampled ballots of the organisations within reach, those without an answer first."""
    return db.session.scalars(
        select(SampledBallot)
        .where(SampledBallot.consultation_id == consultation_id, reach.covers(SampledBallot.organisation_id))
        .options(joinedload(SampledBallot.organisation))
        .order_by(SampledBallot.answer != "", SampledBallot.ballot_id)
    ).all()


MOST_LETTERS = 200  # on one page; who has written them sees the next ones


def letters_of(consultation_id: int, reach: Reach) -> tuple[int, Sequence[tuple[PaperNotice, Organisation]]]:
    """How many organisations within reach a letter must still tell of their ballot, and the first of them.

    Of each organisation the latest notice: it names the latest version.
    """
    latest = (
        select(func.max(PaperNotice.id))
        .where(
            PaperNotice.consultation_id == consultation_id,
            PaperNotice.done_at.is_(None),
            reach.covers(PaperNotice.organisation_id),
        )
        .group_by(PaperNotice.organisation_id)
    )
    number = db.session.scalar(select(func.count()).select_from(latest.subquery())) or 0
    rows = db.session.execute(
        select(PaperNotice, Organisation)
        .join(Organisation, Organisation.id == PaperNotice.organisation_id)
        .where(PaperNotice.id.in_(latest))
        .order_by(PaperNotice.id)
        .limit(MOST_LETTERS)
    )
    return number, [(notice, organisation) for notice, organisation in rows]
