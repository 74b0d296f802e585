"""The table of the organisations in an admin's reach. Who has submitted a ballot is not in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.consultations.models import RollEntry
from ruhrvote.db import db
from ruhrvote.exports.tables.scope import Asked, in_parts
from ruhrvote.files.table import Column, Format, Row, Table

KINDS: dict[str, LazyString] = {
    Kind.CHAMBER: _l("Chamber"),
    Kind.MUNICIPALITY: _l("Municipality"),
    Kind.FIRM: _l("Firm"),
}
COLUMNS = (
    Column("id", _l("Organisation number"), Format.WHOLE),
    Column("kind", _l("Kind")),
    Column("name", _l("Name")),
    Column("key", _l("Official key"), about=_l("Of municipalities, and the short name of chambers.")),
    Column("chambers", _l("Chambers")),
    Column("member_numbers", _l("Member numbers"), about=_l("In the order of the chambers; of other chambers none.")),
    Column("municipality", _l("Municipality")),
    Column("district", _l("District")),
    Column("sector", _l("Sector")),
    Column("size_class", _l("Size")),
    Column("street", _l("Street")),
    Column("postcode", _l("Postcode")),
    Column("town", _l("Town")),
    Column("contact_email", _l("E-mail address")),
    Column("register_number", _l("Register number")),
    Column("on_roll", _l("May take part"), Format.FLAG),
    Column("created_at", _l("Entered on"), Format.MOMENT),
)
_Place = aliased(Organisation)


def organisations_table(asked: Asked) -> Table:
    """All organisations, or a chamber and its members, in the order in which they were entered."""
    within = asked.reach.covers()
    total = db.session.scalar(select(func.count(Organisation.id)).where(within)) or 0
    chambers = {chamber.id: chamber.name for chamber in organisations_of_kind(Kind.CHAMBER)}
    query = _query(asked.consultation.id).where(within)

    def made(found: Sequence[Any]) -> list[Row]:
        memberships = _memberships(found[0].id, found[-1].id) if found else {}
        return [_row(row, memberships.get(row.id, []), chambers, asked.reach.chamber_id) for row in found]

    rows = in_parts(lambda last: query.where(Organisation.id > last), 0, lambda row: int(row.id), made)
    return Table("organisations", _l("Organisations"), COLUMNS, rows, total)


def _query(consultation_id: int) -> Select[*tuple[Any, ...]]:
    here = (RollEntry.organisation_id == Organisation.id) & (RollEntry.consultation_id == consultation_id)
    return (
        select(
            Organisation.id,
            Organisation.kind,
            Organisation.name,
            Organisation.key,
            _Place.name.label("municipality"),
            Organisation.district,
            Organisation.sector,
            Organisation.size_class,
            Organisation.street,
            Organisation.postcode,
            Organisation.town,
            Organisation.contact_email,
            Organisation.register_number,
            RollEntry.organisation_id.is_not(None).label("on_roll"),
            Organisation.created_at,
        )
        .outerjoin(_Place, _Place.id == Organisation.municipality_id)
        .outerjoin(RollEntry, here)
        .order_by(Organisation.id)
    )


def _memberships(first: int, last: int) -> dict[int, list[tuple[int, str | None]]]:
    """The chambers of all organisations between two numbers, and what these call them."""
    rows = db.session.execute(
        select(Membership.organisation_id, Membership.chamber_id, Membership.member_number)
        .where(Membership.organisation_id.between(first, last))
        .order_by(Membership.organisation_id, Membership.chamber_id)
    )
    found: dict[int, list[tuple[int, str | None]]] = defaultdict(list)
    for organisation_id, chamber_id, member_number in rows:
        found[organisation_id].append((chamber_id, member_number))
    return found


def _row(row: Any, memberships: list[tuple[int, str | None]], chambers: dict[int, str], own: int | None) -> Row:
    known = [number for chamber, number in memberships if number and own in (None, chamber)]
    return [
        row.id,
        str(KINDS[row.kind]),
        row.name,
        row.key,
        "; ".join(chambers[chamber] for chamber, _ in memberships) or None,
        "; ".join(known) or None,
        *row[4:13],
        bool(row.on_roll),
        row.created_at,
    ]
