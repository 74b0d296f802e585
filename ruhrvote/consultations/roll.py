"""The roll that the opening makes of the organisations in the database, and its digest in the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import select

from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.consultations.models import RollEntry
from ruhrvote.db import db


def roll_entries(consultation_id: int, organisation_ids: list[int] | None) -> list[RollEntry]:
    """Roll entries of the given organisations, or, for None, of all except firms without a chamber; ordered by id.

    The group is the organisation's kind; small groups are merged later. A firm counts in the first of its chambers:
    chambers of industry and commerce come before chambers of crafts.
    """
    organisations = select(
        Organisation.id,
        Organisation.kind,
        Organisation.municipality_id,
        Organisation.sector,
        Organisation.size_class,
    ).order_by(Organisation.id)
    memberships = select(Membership.organisation_id, Membership.chamber_id).order_by(Membership.chamber_id.desc())
    belongs = select(Membership.chamber_id).where(Membership.organisation_id == Organisation.id)
    if organisation_ids is None:  # an admin who adds a firm by hand decides that it may take part
        organisations = organisations.where((Organisation.kind != Kind.FIRM) | belongs.exists())
    else:
        organisations = organisations.where(Organisation.id.in_(organisation_ids))
        memberships = memberships.where(Membership.organisation_id.in_(organisation_ids))
    first_chamber = {organisation: chamber for organisation, chamber in db.session.execute(memberships)}
    return [
        RollEntry(
            consultation_id=consultation_id,
            organisation_id=organisation_id,
            kind=kind,
            group=kind,
            chamber_id=first_chamber.get(organisation_id),
            municipality_id=organisation_id if kind == Kind.MUNICIPALITY else municipality_id,
            sector=sector,
            size_class=size_class,
        )
        for organisation_id, kind, municipality_id, sector, size_class in db.session.execute(organisations)
    ]


def roll_digest(roll: Iterable[RollEntry]) -> str:
    """The digest of roll entries for the ledger: each organisation's id with its cell."""
    return digest(f"{entry.organisation_id} {entry.cell}" for entry in roll)


def digest(lines: Iterable[str]) -> str:
    """SHA-256 over lines of text, in hexadecimal."""
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
