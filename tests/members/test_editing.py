"""Changing an organisation by hand: details, address and memberships within the admin's reach."""

from __future__ import annotations

from flask import Flask

from ruhrvote.accounts.models import Membership, Organisation
from ruhrvote.audit.models import AuditEntry
from ruhrvote.consultations.queries import roll_entry
from ruhrvote.db import db, transaction
from tests.pages import Page
from tests.people import World, post, visit
from tests.statements import counted

ADDRESS = {
    "street": "Musterweg 1",
    "postcode": "45127",
    "town": "Essen",
    "contact_email": "post@firma.example",
    "register_number": "HRB 1",
}


def edit(app: Flask, account: int, organisation: int) -> Page:
    return (
        visit(app, account, Accept_Language="en")
        .page(f"/organisations/{organisation}")
        .follow("Change the organisation")
    )


def memberships(app: Flask, organisation: int) -> dict[int, str | None]:
    with app.app_context():
        rows = db.session.query(Membership).filter_by(organisation_id=organisation)
        return {row.chamber_id: row.member_number for row in rows}


def test_address_and_member_numbers_are_kept_and_shown(app: Flask, world: World) -> None:
    one, other = world.round.chambers
    page = edit(app, world.consultation_admin, world.firm).submit(
        {**ADDRESS, "chambers": [str(one), str(other)], f"number-{one}": " 4711 ", f"number-{other}": "H 1"}
    )
    assert "The organisation is changed" in page.text
    assert "chamber 1 (round) (member number 4711), chamber 2 (round) (member number H 1)" in page.text
    assert "Musterweg 1, 45127 Essen" in page.text
    assert memberships(app, world.firm) == {one: "4711", other: "H 1"}
    with app.app_context():
        assert db.session.query(AuditEntry).filter_by(event="organisation changed").one().organisation_id == world.firm


def test_the_audit_trail_names_who_changed_an_organisation(app: Flask, world: World) -> None:
    edit(app, world.chamber_admin, world.firm).submit({"street": "Musterweg 2"}, button="Save")
    with app.app_context():
        (entry,) = db.session.query(AuditEntry).filter_by(event="organisation changed")
        assert (entry.account_id, entry.organisation_id) == (world.chamber_admin, world.firm)


def test_saving_without_a_change_changes_nothing(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        firm = session.get_one(Organisation, world.firm)
        firm.municipality_id, firm.size_class, firm.sector = world.round.municipalities[0], "10-49", "Stahl"
        for name, value in ADDRESS.items():
            setattr(firm, name, value)
    before = memberships(app, world.firm)
    edit(app, world.chamber_admin, world.firm).submit(button="Save")
    assert memberships(app, world.firm) == before
    with app.app_context():
        firm = db.session.get_one(Organisation, world.firm)
        assert (firm.municipality_id, firm.size_class, firm.sector) == (world.round.municipalities[0], "10-49", "Stahl")
        assert {name: getattr(firm, name) for name in ADDRESS} == ADDRESS


def test_a_chamber_admin_changes_no_membership_of_another_chamber(app: Flask, world: World) -> None:
    own, foreign = world.round.chambers
    with app.app_context(), transaction() as session:
        session.add(Membership(organisation_id=world.firm, chamber_id=foreign, member_number="F"))
    page = edit(app, world.chamber_admin, world.firm)
    assert "chamber 2" not in page.text
    answer = post(
        page.visitor,
        page.path,
        {"name": "Neu GmbH", "kind": "firm", "municipality": "0", "chambers": [str(foreign)], f"number-{foreign}": "X"},
    )
    assert answer.status_code == 422
    edit(app, world.chamber_admin, world.firm).submit({f"number-{own}": "77"})
    assert memberships(app, world.firm) == {own: "77", foreign: "F"}
    assert visit(app, world.chamber_admin).get(f"/organisations/{world.foreign_firm}/edit").status_code == 404
    assert post(visit(app, world.chamber_admin), f"/organisations/{world.foreign_firm}/edit").status_code == 404


def test_a_member_number_belongs_to_one_member_of_a_chamber(app: Flask, world: World) -> None:
    own = world.round.chambers[0]
    edit(app, world.chamber_admin, world.round.firms[0]).submit({f"number-{own}": "1"})
    page = edit(app, world.chamber_admin, world.round.firms[1]).submit(
        {f"number-{own}": "1", "street": "Bleibt 1"}, status=409
    )
    assert "Another member of the chamber has this member number already" in page.text
    field = page.root.find(".//input[@name='street']")
    assert field is not None
    assert field.get("value") == "Bleibt 1"
    page.submit({f"number-{own}": "2"})
    assert memberships(app, world.round.firms[1]) == {own: "2"}


def test_the_roll_of_an_open_consultation_stays(app: Flask, world: World) -> None:
    edit(app, world.consultation_admin, world.firm).submit({"chambers": []})
    assert memberships(app, world.firm) == {}
    with app.app_context():
        assert roll_entry(world.round.id, world.firm) is not None


def test_a_wrong_address_is_said_beside_its_field(app: Flask, world: World) -> None:
    page = edit(app, world.chamber_admin, world.firm).submit({"contact_email": "post@"}, status=422)
    assert "This is not an e-mail address" in page.text


def test_the_pages_cost_the_same_however_many_there_are(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    for path in (f"/organisations/{world.firm}/edit", "/organisations/import", "/organisations/doubles"):
        visitor.get(path)
        with counted(app) as statements:
            assert visitor.get(path).status_code == 200
        assert len(statements) <= 8, path
        assert not statements.writing
