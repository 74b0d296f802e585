"""The demonstration's own ballots: while its switch is on, one ballot every few seconds, so that boards move."""

from __future__ import annotations

import secrets
from time import monotonic

from sqlalchemy import exists, func, select

from ruhrvote.accounts.models import Account, Installation, Kind, Organisation
from ruhrvote.ballots.actions import Voter, cast
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.actions import set_demo_activity
from ruhrvote.consultations.models import Consultation, RollEntry, Status
from ruhrvote.db import db
from ruhrvote.demo.opinions import ranking, voice_of
from ruhrvote.demo.script import script
from ruhrvote.drafts.order import with_answer
from ruhrvote.errors import Refused
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.tally.weak_order import NO_OPINION

PAUSES = (2.0, 4.0)  # seconds between two ballots, at least and at most
LONGEST = 30 * 60  # seconds after which the switch turns itself off

# By the consultation's key: since when this process has seen the switch on, and when the next ballot is due.
_since: dict[str, float] = {}
_due: dict[str, float] = {}


def act() -> None:
    """Cast a ballot in each consultation whose switch is on and whose next ballot is due; called every second."""
    active = db.session.scalars(
        select(Consultation.key).where(
            Consultation.status == Status.OPEN, Consultation.demo_activity, exists().where(Installation.is_demo)
        )
    ).all()
    for key in _since.keys() - set(active):
        del _since[key]
    for key in active:
        now = monotonic()
        if now - _since.setdefault(key, now) > LONGEST:
            set_demo_activity(key, on=False)
        elif now >= _due.get(key, 0.0):
            cast_one(key)
            shortest, longest = PAUSES
            _due[key] = now + shortest + (longest - shortest) * secrets.randbelow(1000) / 1000


def cast_one(key: str) -> bool:
    """Cast the ballot of an invented firm, or replace one if all have voted; False if no firm can vote."""
    consultation = db.session.scalars(select(Consultation).where(Consultation.key == key)).one()
    firms = (
        select(Organisation, func.coalesce(Ballot.counting_version, 0))
        .join(
            RollEntry,
            (RollEntry.organisation_id == Organisation.id) & (RollEntry.consultation_id == consultation.id),
        )
        .outerjoin(Ballot, (Ballot.organisation_id == Organisation.id) & (Ballot.consultation_id == consultation.id))
        # Firms with an account are left to the people of the demonstration.
        .where(
            Organisation.kind == Kind.FIRM,
            Organisation.name.endswith(script()["firms"]["mark"], autoescape=True),
            ~exists().where(Account.organisation_id == Organisation.id),
        )
        .order_by(Ballot.id.is_not(None), func.random())
        .limit(1)
    )
    row = db.session.execute(firms).one_or_none()
    if row is None:
        return False
    firm, version = row
    voter = Voter(consultation.id, firm.id, None)
    ideas = ideas_of(consultation.id)
    wanted = ranking(voice_of(firm), [idea.number for idea in ideas], key, version + 1)
    for idea in ideas:
        if idea.retired_at is not None:
            wanted = with_answer(wanted, idea.position, NO_OPINION)
    try:
        cast(voter, wanted, expected_version=version, idempotency_key=secrets.token_hex(16))
    except Refused:
        return False  # closed a moment ago, or somebody entered a firm that looks like an invented one
    return True
