"""Finding likely doubles across chambers by indexed keys, never by comparing all with all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import aliased

from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.administration.importing.matching import place_keys, register_key
from ruhrvote.administration.importing.models import Double, Match
from ruhrvote.db import db, transaction
from ruhrvote.db import insert as insert_or

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


def forget_keys(organisation_id: int) -> None:
    """Let the keys of an organisation that was changed be made again with the next import."""
    with transaction() as session:
        session.execute(delete(Match).where(Match.organisation_id == organisation_id))


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
