"""Finding likely doubles across chambers by indexed keys, never by comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, joinedload, selectinload

from ruhrvote.accounts.access import Reach, reach_of
from ruhrvote.accounts.matching import place_keys, register_key
from ruhrvote.accounts.models import Account, Double, Kind, Match, Membership, Organisation
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import RollEntry
from ruhrvote.db import Page, db, page_of, transaction
from ruhrvote.db import insert as insert_or
from ruhrvote.errors import Conflict, Refused, Unknown

NO_SUCH_PAIR = _l("There is no such pair in your reach, or it was decided already.")

AT_A_TIME = 1_000
MOST_PAIRS = 1_000  # of so many organisations: a file in which all share a number proposes no million pairs
# The strongest reason first.
REASONS = {"register": "register_key", "postcode": "postcode_key", "street": "street_key"}


def count_doubles(chamber_id: int, rows: Sequence[dict[str, Any]]) -> int:
    """How many of these new members other chambers seem to have already."""
    keys = [_keys(row["name"], row["postcode"], row["street"], row["register_number"]) for row in rows]
    own = select(Membership.organisation_id).where(
        Membership.organisation_id == Match.organisation_id, Membership.chamber_id == chamber_id
    )
    known: dict[str, set[str]] = {}
    for column in REASONS.values():
        wanted = {key[column] for key in keys} - {None}
        attribute = getattr(Match, column)
        query = select(attribute).where(attribute.in_(wanted), ~own.exists())
        known[column] = set(db.session.scalars(query)) if wanted else set()
    return sum(any(key[column] in found for column, found in known.items()) for key in keys)


def find_doubles() -> Iterator[None]:
    """Make the keys of firms that have none, in small steps, and propose those who share one with another chamber's."""
    last = 0
    missing = (
        select(
            Organisation.id,
            Organisation.name,
            Organisation.postcode,
            Organisation.street,
            Organisation.register_number,
        )
        .outerjoin(Match, Match.organisation_id == Organisation.id)
        .where(Organisation.kind == Kind.FIRM, Match.organisation_id.is_(None))
        .order_by(Organisation.id)
        .limit(AT_A_TIME)
    )
    while rows := db.session.execute(missing.where(Organisation.id > last)).all():
        last = rows[-1].id
        values = [
            {"organisation_id": row.id, **_keys(row.name, row.postcode, row.street, row.register_number)}
            for row in rows
        ]
        with transaction() as session:
            session.connection().execute(insert_or(Match).on_conflict_do_nothing(), values)
        numbers = [row.id for row in rows]
        pairs = _pairs(numbers)
        if pairs:
            with transaction() as session:
                session.execute(insert_or(Double).on_conflict_do_nothing(), pairs)
        yield


def _pairs(numbers: list[int]) -> list[dict[str, Any]]:
    """The pairs of these organisations with others of other chambers, each with its strongest reason."""
    found: dict[tuple[int, int], str] = {}
    for reason, column in REASONS.items():
        one, other = aliased(Match), aliased(Match)
        query = (
            select(one.organisation_id, other.organisation_id)
            .join(other, getattr(other, column) == getattr(one, column))
            .where(one.organisation_id.in_(numbers), other.organisation_id != one.organisation_id)
            .where(~_share_a_chamber(one, other))
            .limit(MOST_PAIRS)
        )
        for first, second in db.session.execute(query):
            found.setdefault((min(first, second), max(first, second)), reason)
    return [{"first_id": first, "second_id": second, "reason": reason} for (first, second), reason in found.items()]


def _keys(name: str, postcode: str | None, street: str | None, register: str | None) -> dict[str, str | None]:
    by_postcode, by_street = place_keys(name, postcode, street)
    return {"register_key": register_key(register), "postcode_key": by_postcode, "street_key": by_street}


def _share_a_chamber(first: type[Match], second: type[Match]) -> ColumnElement[bool]:
    """Whether two organisations are members of one chamber: it counts them apart, so they are two."""
    one, other = aliased(Membership), aliased(Membership)
    return (
        select(one.chamber_id)
        .join(other, other.chamber_id == one.chamber_id)
        .where(one.organisation_id == first.organisation_id, other.organisation_id == second.organisation_id)
        .exists()
    )


def doubles(reach: Reach, number: int, size: int) -> Page[Double]:
    """One page of the pairs that wait for a decision; a chamber sees those with a member."""
    query = select(Double).where(
        Double.decided == "", or_(reach.has_member(Double.first_id), reach.has_member(Double.second_id))
    )
    chambers = selectinload(Organisation.chambers)
    query = query.options(joinedload(Double.first).options(chambers), joinedload(Double.second).options(chambers))
    query = query.order_by(Double.proposed_at.desc(), Double.first_id, Double.second_id)
    return page_of(query, number, size)


def decide(first_id: int, second_id: int, same: bool, by: Account) -> bool:
    """Decide on a pair and return whether the two are one now.

    A consultation admin decides alone. Of two chambers either may say that they are different; that they are the
    same, both must say, for then each of them reaches what the other has entered.
    """
    number, chamber_id, alone = by.id, by.organisation_id, reach_of(by).chamber_id is None
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
