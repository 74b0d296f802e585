"""Whether two organisations are one: a person decides, and what was decided is not asked again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts.models import Account, Membership, Organisation, Role
from ruhrvote.administration.importing.models import Double, Match
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import RollEntry
from ruhrvote.db import db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown

NO_SUCH_PAIR = _l("There is no such pair in your reach, or it was decided already.")


def decide(first_id: int, second_id: int, same: bool, by: Account) -> bool:
    """Decide on a pair and return whether the two are one now.

    A consultation admin decides alone. Of two chambers either may say that they are different; that they are the
    same, both must say, for then each of them reaches what the other has entered.
    """
    number, chamber_id, alone = by.id, by.organisation_id, by.role == Role.CONSULTATION_ADMIN
    try:
        with transaction() as session:
            pair = session.get(Double, (first_id, second_id), with_for_update=True)
            members = select(Membership.organisation_id).where(
                Membership.chamber_id == chamber_id, Membership.organisation_id.in_((first_id, second_id))
            )
            if pair is None or pair.decided or (not alone and session.scalar(members) is None):
                raise Unknown(NO_SUCH_PAIR)
            if not same:
                pair.decided = "different"
                record(Event.DOUBLE_KEPT, by=number, organisation_id=first_id, object_id=second_id)
                return False
            if not alone and pair.same_says_id in (None, chamber_id):
                pair.same_says_id = chamber_id
                record(Event.DOUBLE_AGREED, by=number, organisation_id=first_id, object_id=second_id)
                return False
            _unite(first_id, second_id, number)
            return True
    except IntegrityError as error:
        raise Conflict(
            _l("The two cannot become one: for both, something was written or sent already. Say “different”.")
        ) from error


def _unite(first_id: int, second_id: int, by: int) -> None:
    """Move the memberships to the one that people act for, and delete the other; nothing may refer to that."""
    session = db.session
    for number in (first_id, second_id):
        session.get_one(Organisation, number, with_for_update=True, populate_existing=True)
    in_use = [number for number in (first_id, second_id) if _in_use(number)]
    if len(in_use) == 2:
        raise Refused(
            _l(
                "Both have accounts or stand on the roll of a consultation, so both may have a ballot. "
                "They cannot become one any more; say “different”, and end one of the memberships by hand."
            )
        )
    kept = in_use[0] if in_use else first_id
    other = second_id if kept == first_id else first_id
    own = select(Membership.chamber_id).where(Membership.organisation_id == kept)
    both = session.scalar(
        select(func.count()).where(Membership.organisation_id == other, Membership.chamber_id.in_(own))
    )
    if both:
        raise Refused(_l("Both are members of one chamber, which counts them apart. Say “different”."))
    session.execute(update(Membership).where(Membership.organisation_id == other).values(organisation_id=kept))
    for model, column in ((Double, Double.first_id), (Double, Double.second_id), (Match, Match.organisation_id)):
        session.execute(delete(model).where(column == other))
    session.execute(delete(Match).where(Match.organisation_id == kept))  # made again with the next import
    session.execute(delete(Organisation).where(Organisation.id == other))
    record(Event.ORGANISATIONS_UNITED, by=by, organisation_id=kept, object_id=other)


def _in_use(organisation_id: int) -> bool:
    return any(
        db.session.scalar(select(model.organisation_id).where(model.organisation_id == organisation_id).limit(1))
        for model in (Account, RollEntry)
    )
