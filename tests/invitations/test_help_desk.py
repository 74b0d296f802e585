"""The help desk: it finds an organisation in reach, helps it in, and never learns what it chose."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, update

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.audit.models import AuditEntry
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db, transaction
from tests.drafts.desk import answers
from tests.invitations.conftest import code_in, counts, lets_in, pages_of, use_code
from tests.pages import Page, Visitor
from tests.people import World, post, visit
from tests.rounds import submit

DESK = "/consultations/round/help-desk"


@pytest.fixture
def world(app: Flask, world: World) -> World:
    with app.app_context():
        with transaction() as session:
            for number, organisation_id in (("4711", 4), ("47", 5), ("0815", 7)):
                mine = Membership.organisation_id == organisation_id
                session.execute(update(Membership).where(mine).values(member_number=number))
        db.session.remove()
    return world


def found(visitor: Visitor, text: str, **other: str) -> list[str]:
    page = visitor.page(DESK).submit({"q": text, **other}, action=DESK)
    return [link.text or "" for link in page.root.findall(".//div[@id='found']//p[@class='mails__head']/a")]


def letter(page: Page) -> bytes:
    response = page.visitor.post(f"{page.path}/letter", data={"csrf_token": token(page)})
    assert (response.status_code, response.mimetype) == (200, "application/pdf")
    assert response.headers["Cache-Control"] == "no-store"
    return response.data


def token(page: Page) -> str:
    return next(field.get("value", "") for field in page.root.iter("input") if field.get("name") == "csrf_token")


def test_finds_by_name_number_and_postcode_within_reach(app: Flask, world: World) -> None:
    everybody, chamber = visit(app, world.consultation_admin), visit(app, world.chamber_admin)
    assert found(everybody, "FIRM 1") == ["firm 1 (round)"]
    assert found(everybody, "47") == ["firm 2 (round)", "chamber 1 (round)", "firm 1 (round)"], "the exact number first"
    assert found(everybody, "58095") == ["Fremde Firma"]
    assert found(everybody, "0815") == ["Fremde Firma"]
    assert found(chamber, "fremde") == found(chamber, "0815") == found(chamber, "58095") == []
    assert found(everybody, "%") == []
    assert "passt keine Organisation" in everybody.page(f"{DESK}?q=nirgends").text
    foreign = world.foreign_firm
    assert chamber.get(f"{DESK}/{foreign}").status_code == 404
    for what in ("letter", "mail", "undeliverable", "address"):
        assert post(chamber, f"{DESK}/{foreign}/{what}").status_code == 404


def test_a_new_letter_is_shown_once_and_ends_the_old(app: Flask, world: World) -> None:
    visitor = visit(app, world.chamber_admin)
    first, second = (code_in(pages_of(letter(visitor.page(f"{DESK}/4")))[0]) for _ in range(2))
    assert lets_in(app, first) is None
    assert lets_in(app, second) == 4
    assert counts(app) == {"valid": 1, "pieces": 0, "mailings": 0}, "it is kept nowhere"
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.event == "letter reissued")).all()
        assert [(entry.account_id, entry.organisation_id) for entry in entries] == [(world.chamber_admin, 4)] * 2
    assert visitor.get(f"{DESK}/4/letter").status_code == 405, "no address that a scanner could open"


def test_says_where_it_stands_and_never_what_was_chosen(app: Flask, world: World) -> None:
    visitor = visit(app, world.chamber_admin)
    letter(visitor.page(f"{DESK}/4"))
    use_code(app, 4)
    answers(app, world, 1)
    text = visitor.page(f"{DESK}/4").text
    assert "Entwurfja" in text
    assert "Hat abgegebennein" in text
    assert "zuerst benutzt am" in text
    with app.app_context():
        submit(world.round, 4, "2A1A5~5~5~5~")
        db.session.remove()
    page = visitor.page(f"{DESK}/4")
    assert "Hat abgegebenja" in page.text
    assert "2A1A" not in page.html
    assert "Titel" not in page.text


def test_mail_goes_to_the_stored_address_only(app: Flask, world: World) -> None:
    visitor = visit(app, world.chamber_admin)
    old = code_in(pages_of(letter(visitor.page(f"{DESK}/4")))[0])
    page = visitor.page(f"{DESK}/4").submit({}, button="Einladung senden")
    assert "Die Einladung ist unterwegs" in page.text
    assert lets_in(app, old) is None
    assert "i…@firma.example: wartet" in page.text
    post(visitor, f"{DESK}/4/mail", {"email": "taken@over.example", "contact_email": "taken@over.example"})
    assert "taken@" not in visitor.page(f"{DESK}/4").html
    with app.app_context(), transaction() as session:
        session.execute(update(Organisation).values(contact_email=None))
    assert post(visitor, f"{DESK}/4/mail").status_code == 422


def test_undeliverable_until_the_address_is_another_one(app: Flask, world: World) -> None:
    visitor = visit(app, world.chamber_admin)
    old = code_in(pages_of(letter(visitor.page(f"{DESK}/4")))[0])
    page = visitor.page(f"{DESK}/4").submit(button="Ein Brief kam zurück")
    assert "unzustellbar" in page.text
    assert lets_in(app, old) is None
    assert "1 Anschrift ist unzustellbar" in visitor.page("/consultations/round/invitations").text
    assert found(visitor, "", show="undeliverable") == ["firm 1 (round)"]
    refused = post(visitor, f"{DESK}/4/letter")
    assert refused.status_code == 422
    assert "4 Briefe" in visitor.page("/consultations/round/invitations/order").text, "not to that address"
    page = visitor.page(f"{DESK}/4").submit({"postcode": "123"}, button="Anschrift speichern", status=422)
    assert "fünf Ziffern" in page.text
    page = page.submit({"street": "Neuer Weg 9", "postcode": "44135"}, button="Anschrift speichern")
    assert "unzustellbar" not in page.text
    assert "Neuer Weg 9" in pages_of(letter(page))[0]


def test_not_after_the_close_and_not_off_the_roll(app: Flask, world: World) -> None:
    with app.app_context():
        late = create_organisation(kind=Kind.FIRM, name="Späte Firma", chamber_ids=[1])
        with transaction() as session:
            session.execute(update(Organisation).values(street="Weg 1", postcode="44135", town="Dortmund"))
        db.session.remove()
    visitor = visit(app, world.chamber_admin)
    assert "steht nicht im Teilnehmerverzeichnis" in visitor.page(f"{DESK}/{late}").text
    assert post(visitor, f"{DESK}/{late}/letter").status_code == 422
    with app.app_context():
        close_consultation("round")
    assert post(visitor, f"{DESK}/4/letter").status_code == 409
    assert counts(app)["valid"] == 0
