"""Likely duplicates across chambers are proposed, and people decide."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.accounts.matching import Places, name_key, place_keys, register_key
from ruhrvote.accounts.models import Double, Membership, Organisation, Role
from ruhrvote.audit.models import AuditEntry
from ruhrvote.db import db
from tests.members.members import Importer, count, csv_of
from tests.pages import Page
from tests.people import World, make_person, visit


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller Gesellschaft mit beschränkter Haftung", "MUELLER GmbH"),
        ("Café Ruhr G.m.b.H. & Co. KG", "Cafe Ruhr GmbH und Co KG"),
        ("Schulze + Söhne e.K.", "Schulze & Soehne eK"),
        ("Groß-Bau AG", "Gross Bau Aktiengesellschaft"),
        ("Start UG (haftungsbeschränkt)", "Start UG"),
    ],
)
def test_two_spellings_of_a_name(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)
    assert name_key(one) != name_key(one + " Nord")


def test_keys_need_more_than_a_name() -> None:
    assert place_keys("Stahl GmbH", None, None) == (None, None)
    assert place_keys("Stahl GmbH", None, "Lange Straße 1")[1] == place_keys("stahl gmbh", None, "Lange Str. 1")[1]
    assert register_key("HRB 1234") == register_key("hrb-1234")
    assert register_key("Essen") is None


def test_towns_of_the_region_and_their_namesakes() -> None:
    names = ("Essen", "Hamm", "Wetter (Ruhr)", "Mülheim an der Ruhr", "Haltern am See", "Unna", "Kreis Unna")
    places = Places((number, f"0591{number}000", name) for number, name in enumerate(names, start=1))
    wanted = {
        ("", "ESSEN", "45127"): 1,
        ("", "Essen-Kettwig", ""): 1,
        ("", "Hamm", "59063"): 2,
        ("", "Hamm", "57577"): None,
        ("", "Hamm (Sieg)", "57577"): None,
        ("", "Wetter", "58300"): 3,
        ("", "Wetter", "35083"): None,
        ("", "Mülheim/Ruhr", "45468"): 4,
        ("", "Mülheim", "45468"): 4,
        ("", "Haltern", "45721"): 5,
        ("", "Unna", "59423"): 6,
        ("", "Kreis Unna", "59423"): None,
        ("05914000", "Berlin", "10115"): 4,
        ("5914000", "", ""): 4,
        ("11000000", "Essen", "45127"): None,
        ("", "", "45127"): None,
    }
    assert {asked: places.find(*asked[:1], *asked[1:]) for asked in wanted} == wanted


@pytest.fixture
def pair(app: Flask, world: World) -> Page:
    """The report of the second chamber's import, in which one firm seems to be the first chamber's."""
    Importer(app, world).bring_in(
        csv_of("1;Müller GmbH;Weg 1;45127;Essen;geheim@mueller.example;HRB 77", "2;Allein AG;;;;;")
    )
    second = Importer(app, world, account=world.consultation_admin, chamber=world.round.chambers[1])
    return second.bring_in(
        csv_of("A;Mueller Gesellschaft mit beschränkter Haftung;;45127;Essen;;hrb 77", "B;Anders GmbH;;;;;")
    )


def doubles(app: Flask, account: int) -> Page:
    return visit(app, account, Accept_Language="en").page("/organisations/doubles")


def test_they_are_proposed_with_what_is_needed_to_decide(app: Flask, world: World, pair: Page) -> None:
    assert count(pair, "Likely duplicates in other chambers") == 1
    page = doubles(app, world.chamber_admin)
    assert "1 pair" in page.text
    assert "Pair 1: same register number" in page.text
    assert "Müller GmbH, Essen (chamber 1 (round))" in page.text
    assert "Mueller Gesellschaft mit beschränkter Haftung, Essen (chamber 2 (round))" in page.text
    assert not any(secret in page.text for secret in ("geheim@", "HRB 77", "Weg 1"))
    with app.app_context():
        third = make_person(world.round.firms[0], Role.CHAMBER_ADMIN)
    assert "0 pairs" in doubles(app, third).text, "only those with an own member are shown"


def test_the_consultation_admin_unites_them(app: Flask, world: World, pair: Page) -> None:
    page = doubles(app, world.consultation_admin).submit(button="The same organisation")
    assert "The two are one organisation now" in page.text
    with app.app_context():
        one = db.session.query(Organisation).filter(Organisation.name.like("M%ller%")).one()
        numbers = db.session.query(Membership.member_number).filter_by(organisation_id=one.id)
        assert {number for (number,) in numbers} == {"1", "A"}
        assert db.session.query(Double).count() == 0
        assert db.session.query(AuditEntry).filter_by(event="organisations united").count() == 1


def test_of_two_chambers_both_must_say_the_same(app: Flask, world: World, pair: Page) -> None:
    page = doubles(app, world.chamber_admin).submit(button="The same organisation")
    assert "Once the other chamber says so too" in page.text
    page = page.submit(button="The same organisation")
    assert "You have called them the same" in page.text, "saying it twice is not saying it for both"
    with app.app_context():
        other = make_person(world.round.chambers[1], Role.CHAMBER_ADMIN)
    assert "The two are one organisation now" in doubles(app, other).submit(button="The same organisation").text


def test_what_is_different_is_not_proposed_again(app: Flask, world: World, pair: Page) -> None:
    page = doubles(app, world.chamber_admin).submit(button="Different")
    assert "will not be proposed again" in page.text
    Importer(app, world).bring_in(csv_of("1;Müller GmbH;Weg 2;45127;Essen;;HRB 77", "2;Allein AG;;;;;"))
    assert "0 pairs" in doubles(app, world.chamber_admin).text


def test_two_that_both_have_accounts_stay_two(app: Flask, world: World, pair: Page) -> None:
    with app.app_context():
        for firm in db.session.query(Organisation.id).filter(Organisation.name.like("M%ller%")).all():
            make_person(firm.id)
    page = doubles(app, world.consultation_admin).submit(button="The same organisation", status=422)
    assert "They cannot become one any more" in page.text
    with app.app_context():
        assert db.session.query(Organisation).filter(Organisation.name.like("M%ller%")).count() == 2


def test_the_one_with_an_account_is_kept(app: Flask, world: World, pair: Page) -> None:
    with app.app_context():
        kept = db.session.query(Organisation.id).filter(Organisation.name.like("Mueller%")).one().id
        make_person(kept)
    doubles(app, world.consultation_admin).submit(button="The same organisation")
    with app.app_context():
        assert db.session.query(Organisation.id).filter(Organisation.name.like("M%ller%")).one().id == kept


@pytest.mark.parametrize("way", ["help desk", "by hand", "by file"])
def test_a_firm_that_was_corrected_to_its_twins_address_is_proposed(app: Flask, world: World, way: str) -> None:
    """Whoever corrects it: the keys by which duplicates are found are those of the address as it is now."""
    first = Importer(app, world)
    first.bring_in(csv_of("1;Zwilling GmbH;Weg 1;45127;Essen;;", "2;Allein AG;;;;;"))
    second = Importer(app, world, account=world.consultation_admin, chamber=world.round.chambers[1])
    second.bring_in(csv_of("A;Zwilling GmbH;Allee 9;44135;Dortmund;;", "B;Anders GmbH;;;;;"))
    assert "0 pairs" in doubles(app, world.consultation_admin).text
    with app.app_context():
        twin = db.session.query(Membership.organisation_id).filter_by(member_number="A").scalar()
    address = {"street": "Weg 1", "postcode": "45127", "town": "Essen"}
    match way:
        case "help desk":
            page = second.visitor.page(f"/consultations/round/help-desk/{twin}")
            page.submit(address, action=f"{page.path}/address")
        case "by hand":
            second.visitor.page(f"/organisations/{twin}/edit").submit(address)
        case "by file":
            second.bring_in(csv_of("A;Zwilling GmbH;Weg 1;45127;Essen;;", "B;Anders GmbH;;;;;"))
    first.bring_in(csv_of("1;Zwilling GmbH;Weg 1;45127;Essen;;", "2;Allein AG;;;;;", "3;Neu AG;;;;;"))
    assert "1 pair" in doubles(app, world.consultation_admin).text
