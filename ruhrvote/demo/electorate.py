"""The invented firms, their chambers and sizes, and the people who log in by one click."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from ruhrvote.accounts.models import Account, Kind, Membership, Organisation, Role, new_circle
from ruhrvote.accounts.passwords import hash_password
from ruhrvote.db import db, transaction
from ruhrvote.demo.chance import apportion, pick, pick_weighted, share
from ruhrvote.demo.script import script
from ruhrvote.seeding import CHAMBERS

PASSWORD = "ruhrvote-demo"  # noqa: S105  public: it is printed, and works in a demonstration only

CRAFTS = frozenset(name for name in CHAMBERS if name.startswith("HWK"))


@dataclass(frozen=True)
class Firm:
    """An invented firm; `chambers` are the kinds of chamber that it belongs to: trade, crafts or both."""

    name: str
    municipality: str  # official key
    sector: str
    size: str
    chambers: tuple[str, ...]


def firms() -> list[Firm]:
    """All invented firms; the first is that of the demo logins."""
    plan = script()["firms"]
    own = plan["own"]
    result = [Firm(own["name"], own["municipality"], own["sector"], own["size"], ("trade", "crafts"))]
    sectors = plan["sector"]
    numbers = apportion(plan["number"] - 1, [sector["weight"] for sector in sectors])
    seats = list(_seats(plan["spread"], plan["number"] - 1))
    for sector, number in zip(sectors, numbers, strict=True):
        for name, size in _names(plan, sector, number, taken=own["name"]):
            chambers = {"trade": ("trade",), "crafts": ("crafts",)}.get(sector["chamber"]) or pick(
                (("trade",), ("crafts",), ("crafts",), ("trade", "crafts")), "chambers", name
            )
            result.append(Firm(name, seats[len(result) - 1], sector["name"], size, chambers))
    return result


def _seats(spread: dict[str, float], number: int) -> Iterator[str]:
    """The official key of each firm's municipality, in mixed order."""
    parts = apportion(number, list(spread.values()), at_least=1)
    seats = [(key, i) for key, part in zip(spread, parts, strict=True) for i in range(part)]
    yield from (key for key, _ in sorted(seats, key=lambda seat: share("seat", *seat)))


def _names(plan: dict[str, Any], sector: dict[str, Any], number: int, taken: str) -> Iterator[tuple[str, str]]:
    """So many different names, each with its size class; every name contains the mark of invented firms."""
    stems = [f"{mark}{word} {place}" for mark in plan["marks"] for word in sector["words"] for place in plan["places"]]
    stems = [stem for stem in stems if not taken.startswith(stem)]
    for stem in sorted(stems, key=lambda stem: share("name", stem))[:number]:
        size = pick_weighted(plan["sizes"], sector["sizes"], "size", stem)
        yield f"{stem} {pick(plan['forms'][size], 'form', stem)} {plan['mark']}", size


def enter_firms() -> None:
    """Enter the firms with their memberships, all or none."""
    invented = firms()
    with transaction() as session:
        if session.scalar(select(Organisation.id).where(Organisation.name == invented[0].name)) is not None:
            return
        towns = {town.key: town for town in session.scalars(select(Organisation).where(Organisation.key.is_not(None)))}
        chambers: dict[int, dict[str, int]] = {}
        for town in towns.values():
            if town.kind == Kind.MUNICIPALITY:
                chambers[town.id] = {
                    "crafts" if chamber.name in CRAFTS else "trade": chamber.id for chamber in town.chambers
                }
        for number, firm in enumerate(invented):
            town = towns[firm.municipality]
            organisation = Organisation(
                kind=Kind.FIRM,
                name=firm.name,
                district=town.district,
                municipality_id=town.id,
                sector=firm.sector,
                size_class=firm.size,
                **invented_address(firm, number),
            )
            session.add(organisation)
            session.flush()  # one by one, so that ids are the same everywhere
            session.add_all(
                Membership(organisation_id=organisation.id, chamber_id=chambers[town.id][kind])
                for kind in firm.chambers
            )


def invented_address(firm: Firm, number: int) -> dict[str, str | None]:
    """A street that exists nowhere, a postcode made of the municipality, and for every third firm an e-mail address."""
    return {
        "street": f"Beispielweg {number % 200 + 1}",
        "postcode": f"4{firm.municipality[2:6]}",
        "town": "Musterstadt",
        "contact_email": f"post@firma-{number}.example" if number % 3 == 0 else None,
    }


def invented_firms() -> list[Organisation]:
    """The invented firms, that of the demo logins first; no firm that somebody entered by hand."""
    names = {firm.name for firm in firms()}
    rows = db.session.scalars(
        select(Organisation)
        .where(Organisation.kind == Kind.FIRM)
        .options(selectinload(Organisation.chambers), joinedload(Organisation.municipality))
        .order_by(Organisation.id)
    )
    return [firm for firm in rows if firm.name in names]


def enter_people() -> None:
    """Give the demo logins their accounts, all or none."""
    people: Sequence[dict[str, str]] = script()["person"]
    password_hash = hash_password(PASSWORD)
    with transaction() as session:
        if session.scalar(select(Account.id).where(Account.email == people[0]["email"])) is not None:
            return
        circles: dict[int, int] = {}  # the people of one organisation share their draft
        for person in people:
            organisation = session.scalars(
                select(Organisation)
                .where(Organisation.name == person["organisation"])
                .order_by(Organisation.id)
                .limit(1)
            ).one()
            circle = circles.setdefault(organisation.id, new_circle())
            session.add(
                Account(
                    organisation_id=organisation.id,
                    circle=circle,
                    email=person["email"],
                    person=person["name"],
                    role=Role(person["role"]),
                    password_hash=password_hash,
                    is_demo=True,
                )
            )
            session.flush()
