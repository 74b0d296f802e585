"""What follows the close: every organisation for which a ballot counts is told so, while it may still object."""

from __future__ import annotations

from sqlalchemy import select

from ruhrvote.accounts.models import Organisation
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.ballots.notices import Link, add_paper_notice, link_token, receivers_of
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, transaction
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to

AT_A_TIME = 100  # ballots in one transaction
ROUNDS = 5  # transactions of one round of the worker: after them it sees to its other work


def tell_counted(key: str) -> None:
    """Tell further organisations that a ballot counts for them, each once."""
    for _ in range(ROUNDS):
        if not _tell_some(key):
            break


def _tell_some(key: str) -> bool:
    """Tell the next organisations, in the order of their ballots; whether there are more."""
    with transaction() as session:
        consultation = session.scalar(select(Consultation).where(Consultation.key == key).with_for_update())
        if consultation is None or not consultation.has_closed or consultation.told_up_to is None:
            return False
        rows = session.execute(
            select(Ballot, BallotVersion.ranking, Organisation)
            .join(Organisation, Organisation.id == Ballot.organisation_id)
            .outerjoin(
                BallotVersion,
                (BallotVersion.ballot_id == Ballot.id) & (BallotVersion.version == Ballot.counting_version),
            )
            .where(Ballot.consultation_id == consultation.id, Ballot.id > consultation.told_up_to)
            .order_by(Ballot.id)
            .limit(AT_A_TIME)
        ).all()
        for ballot, ranking, organisation in rows:
            if ranking:
                _tell(consultation, organisation, ballot.counting_version)
        consultation.told_up_to = rows[-1][0].id if len(rows) == AT_A_TIME else None
        return consultation.told_up_to is not None


def _tell(consultation: Consultation, organisation: Organisation, version: int) -> None:
    if organisation.contact_email is None:
        add_paper_notice(consultation.id, organisation.id, version)
    link = link_to("objections.show", token=link_token(Link(consultation.id, organisation.id, version)))
    until = consultation.objections_until
    for address, language in receivers_of(organisation).items():
        queue(
            Purpose.BALLOT_COUNTS,
            address,
            language,
            organisation=organisation.name,
            consultation=consultation,
            until=until if until is not None and until > clock() else None,
            link=link,
        )
