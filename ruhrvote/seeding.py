"""Seeding a new database: tables, the region's chambers and municipalities, the 40 ideas. All steps are idempotent."""

from __future__ import annotations

import csv

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import upgrade
from sqlalchemy import select

from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.comments import actions as comments
from ruhrvote.config import ROOT
from ruhrvote.consultations.actions import create_consultation
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db, transaction
from ruhrvote.ideas import actions as ideas
from ruhrvote.ideas.lists import add_list, read_ideas
from ruhrvote.ideas.models import Idea

SEED = ROOT / "seed"

# Chambers of industry and commerce first: a firm in both kinds of chamber counts in the first.
CHAMBERS = (
    "Niederrheinische IHK Duisburg-Wesel-Kleve",
    "IHK zu Essen",
    "IHK Nord Westfalen",
    "IHK Mittleres Ruhrgebiet",
    "IHK zu Dortmund",
    "SIHK zu Hagen",
    "HWK Düsseldorf",
    "HWK Dortmund",
    "HWK Münster",
)
# Official keys of the four districts (Kreise), which are organisations of the kind municipality too.
DISTRICTS = {"Wesel": "05170000", "Recklinghausen": "05562000", "Ennepe-Ruhr-Kreis": "05954000", "Unna": "05978000"}


def migrate_database() -> None:
    """Upgrade the database to the latest migration."""
    db.session.remove()
    upgrade(directory=str(ROOT / "migrations"))


def fill_search() -> None:
    """Add ideas and comments to the search index that an earlier version of the program entered."""
    ideas.index_missing()
    comments.index_missing()


def database_is_current() -> bool:
    """Whether the database is at the latest migration of this version of the program."""
    wanted = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == wanted


def seed_region() -> None:
    """Enter the nine chambers, the 53 municipalities and the four districts."""
    with (SEED / "region.csv").open(encoding="utf-8", newline="") as file:
        places = list(csv.DictReader(file))
    with transaction() as session:
        if session.scalar(select(Organisation.id).limit(1)) is not None:
            return
        chambers = {name: Organisation(kind=Kind.CHAMBER, name=name, key=name) for name in CHAMBERS}
        districts = {
            name: Organisation(kind=Kind.MUNICIPALITY, name=district_name(name), key=key, district=name)
            for name, key in DISTRICTS.items()
        }
        towns = {
            place["ags"]: Organisation(
                kind=Kind.MUNICIPALITY, name=place["municipality"], key=place["ags"], district=place["district"] or None
            )
            for place in places
        }
        for organisation in (*chambers.values(), *districts.values(), *towns.values()):
            session.add(organisation)
            session.flush()  # one by one, so that chambers get the lowest ids
        belongs = {(towns[place["ags"]].id, chambers[place[kind]].id) for place in places for kind in ("ihk", "hwk")}
        belongs |= {
            (districts[place["district"]].id, chambers[place[kind]].id)
            for place in places
            if place["district"]
            for kind in ("ihk", "hwk")
        }
        session.add_all(
            Membership(organisation_id=organisation, chamber_id=chamber) for organisation, chamber in sorted(belongs)
        )


def district_name(district: str) -> str:
    """The full name of a district, since two are named after a town, which is an organisation of its own."""
    return district if district.endswith("-Kreis") else f"Kreis {district}"


def seed_consultation() -> None:
    """Enter the draft of the consultation with the 40 ideas."""
    seed = read_ideas()
    text = seed["consultation"]
    known = db.session.scalar(select(Consultation.id).where(Consultation.key == text["key"]))
    consultation_id = known or create_consultation(**text)
    if db.session.scalar(select(Idea.id).where(Idea.consultation_id == consultation_id).limit(1)) is None:
        add_list(consultation_id, seed["theme"], seed["idea"])
