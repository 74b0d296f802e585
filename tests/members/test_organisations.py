"""Entering organisations and accounts by hand, searching them, and letting late ones take part."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, select

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Account, ColleagueInvitation, Kind, Membership, Organisation, Role
from ruhrvote.accounts.passwords import verify_password
from ruhrvote.accounts.queries import TEAM, find_account
from ruhrvote.consultations.queries import roll_entry
from ruhrvote.db import db, transaction
from tests.accounts.colleagues import secrets_in, the_mail
from tests.pages import Page, parse, text_of
from tests.people import World, circle_of, post, visit
from tests.rounds import make_round
from tests.statements import counted

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}
PASSWORD = "correct horse battery"


def names(page: Page) -> list[str]:
    table = page.root.find(".//*[@id='organisations']//tbody")
    return [] if table is None else [text_of(row.find("th")) for row in table]


def problems(page: Page) -> str:
    return text_of(page.root.find(".//*[@id='problems']"))


def value(page: Page, name: str) -> str | None:
    field = page.root.find(f".//input[@name='{name}']")
    assert field is not None
    return field.get("value")


class TestCreatingAnOrganisation:
    def new(self, app: Flask, account: int) -> Page:
        return visit(app, account, **ENGLISH).page("/organisations").follow("New organisation")

    def test_with_everything(self, app: Flask, world: World) -> None:
        town, chambers = world.round.municipalities[0], [str(chamber) for chamber in world.round.chambers]
        fields = {"name": "  Stahl &  Söhne\u00a0KG ", "kind": "firm", "chambers": chambers, "municipality": str(town)}
        page = self.new(app, world.consultation_admin).submit(fields | {"sector": "Stahl", "size_class": "50-249"})
        assert page.h1 == "Stahl & Söhne KG"
        assert all(word in page.text for word in ("municipality 1 (round)", "chamber 2 (round)", "Stahl", "50-249"))
        assert "Nobody can log in for this organisation yet" in page.text
        with app.app_context():
            made = db.session.query(Organisation).filter_by(name="Stahl & Söhne KG").one()
            assert (made.kind, made.municipality_id, len(made.chambers)) == (Kind.FIRM, town, 2)

    def test_with_its_name_alone(self, app: Flask, world: World) -> None:
        page = self.new(app, world.consultation_admin).submit({"name": "Neue Kammer", "kind": "chamber"})
        assert page.h1 == "Neue Kammer"

    @pytest.mark.parametrize("name", ["", "   ", "X", "\u200b\u200b\u200b", "x" * 201])
    def test_without_a_usable_name(self, app: Flask, world: World, name: str) -> None:
        page = self.new(app, world.consultation_admin).submit({"name": name, "sector": "Stahl"}, status=422)
        assert problems(page).startswith("Please check what you entered")
        assert page.root.find(".//input[@name='name']").get("aria-invalid") == "true"
        assert value(page, "sector") == "Stahl", "the rest is still there"

    def test_twice_in_the_same_place(self, app: Flask, world: World) -> None:
        towns = world.round.municipalities
        fields = {"name": "Zweimal GmbH", "municipality": str(towns[0]), "sector": "Handel"}
        self.new(app, world.consultation_admin).submit(fields)
        page = self.new(app, world.consultation_admin).submit(fields, status=409)
        assert "There is an organisation of this name already" in problems(page)
        assert (value(page, "name"), value(page, "sector")) == ("Zweimal GmbH", "Handel")
        self.new(app, world.consultation_admin).submit(fields | {"municipality": "0"})  # somewhere else it may exist
        self.new(app, world.consultation_admin).submit(fields | {"municipality": "0"}, status=409)
        with app.app_context():
            assert db.session.query(Organisation).filter_by(name="Zweimal GmbH").count() == 2

    def test_a_chamber_admin_is_offered_what_is_allowed(self, app: Flask, world: World) -> None:
        page = self.new(app, world.chamber_admin)
        kinds = [option.get("value") for option in page.root.find(".//select[@name='kind']")]
        assert kinds == ["firm"]
        page = page.submit({"name": "Mitglied GmbH"})
        assert "chamber 1 (round)" in page.text
        assert "Mitglied GmbH" in names(visit(app, world.chamber_admin).page("/organisations?q=Mitglied"))

    @pytest.mark.parametrize(
        "wrong", [{"kind": "empire"}, {"municipality": "999"}, {"municipality": "x"}, {"chambers": "999"}]
    )
    def test_choices_that_nobody_offered(self, app: Flask, world: World, wrong: dict[str, str]) -> None:
        fields = {"name": "Neue Firma", "kind": "firm", "municipality": "0", "size_class": ""} | wrong
        assert post(visit(app, world.consultation_admin), "/organisations/new", fields).status_code == 422


class TestCreatingAnAccount:
    def form(self, world: World, **changed: str) -> dict[str, str]:
        return {"person": "Eva Beispiel", "role": "voter"} | changed

    def page(self, app: Flask, world: World, account: int) -> Page:
        return visit(app, account, **ENGLISH).page(f"/organisations/{world.round.firms[1]}")

    @pytest.fixture(autouse=True)
    def address_on_file(self, app: Flask, world: World) -> None:
        with app.app_context(), transaction() as session:
            session.get_one(Organisation, world.round.firms[1]).contact_email = "Info@Firma.example"

    def accept(self, app: Flask, status: int = 200) -> Page:
        token = secrets_in(the_mail(app))[0]
        page = visit(app, **ENGLISH).page("/join").submit({"secret": token})
        return page.submit({"password": PASSWORD, "person": "Eva Beispiel"}, status=status)

    def test_an_invitation_goes_to_the_address_on_file(self, app: Flask, world: World) -> None:
        page = self.page(app, world, world.chamber_admin).submit(self.form(world))
        assert "An invitation goes to Info@Firma.example" in page.text
        assert "Eva Beispiel, info@firma.example, valid until" in page.text
        mail = the_mail(app)
        assert (mail.recipient, mail.purpose) == ("info@firma.example", "account_invited")
        for secret in secrets_in(mail):
            assert secret not in page.html, "only the mail has it"
        with app.app_context():
            assert find_account("info@firma.example") is None, "nobody has an account before it is accepted"
        assert self.accept(app).path == "/consultations/round/ballot"
        with app.app_context():
            made = find_account("info@firma.example")
            assert made is not None
            assert (made.role, made.organisation_id, made.is_demo) == (Role.VOTER, world.round.firms[1], False)
            assert verify_password(made.password_hash, PASSWORD)

    def test_never_to_an_address_and_never_with_a_password_of_the_admins_choice(self, app: Flask, world: World) -> None:
        form = self.form(world, email="mine@kammer.example", password=PASSWORD)
        for admin in (world.chamber_admin, world.consultation_admin):
            post(visit(app, admin), f"/organisations/{world.round.firms[1]}/accounts", form)
            assert the_mail(app).recipient == "info@firma.example"
        with app.app_context():
            assert find_account("mine@kammer.example") is None

    def test_without_an_address_on_file_nobody_is_invited(self, app: Flask, world: World) -> None:
        page = visit(app, world.chamber_admin, **ENGLISH).page(f"/organisations/{world.round.firms[2]}")
        assert "No e-mail address is on file" in page.submit(self.form(world), status=422).text
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(ColleagueInvitation)) == 0

    def test_the_account_begins_a_circle_of_its_own(self, app: Flask, world: World) -> None:
        with app.app_context(), transaction() as session:
            session.get_one(Organisation, world.firm).contact_email = "info@erste.example"
        visit(app, world.chamber_admin).page(f"/organisations/{world.firm}").submit(self.form(world))
        page = self.accept(app)
        assert "1 person" in page.visitor.page("/team").text
        with app.app_context():
            made = find_account("info@erste.example")
            assert made is not None
            assert made.circle != circle_of(world.voter)

    def test_a_second_invitation_replaces_the_first(self, app: Flask, world: World) -> None:
        page = self.page(app, world, world.chamber_admin).submit(self.form(world))
        first = secrets_in(the_mail(app))[0]
        page.submit(self.form(world))
        visit(app).page("/join").submit({"secret": first}, status=422)
        self.accept(app)

    @pytest.mark.parametrize("role", [role for role in Role if role not in (*TEAM, Role.CONSULTATION_ADMIN)])
    def test_of_every_role_in_a_chamber_by_the_consultation_admin(self, app: Flask, world: World, role: Role) -> None:
        chamber = f"/organisations/{world.round.chambers[0]}"
        form = self.form(world, role=role, email="eva@kammer.example")
        visit(app, world.consultation_admin, **ENGLISH).page(chamber).submit(form)
        page = self.accept(app)
        assert page.path.startswith("/second-factor"), "and a second factor before anything else"
        with app.app_context():
            assert db.session.scalar(select(Account.role).where(Account.email == "eva@kammer.example")) == role

    @pytest.mark.parametrize("role", [role for role in Role if role != Role.VOTER])
    def test_in_a_firm_people_vote_and_nothing_else(self, app: Flask, world: World, role: Role) -> None:
        page = self.page(app, world, world.consultation_admin)
        assert [field.get("value") for field in page.root.findall(".//input[@name='role']")] == [Role.VOTER]
        client = visit(app, world.consultation_admin)
        path = f"/organisations/{world.round.firms[1]}/accounts"
        assert post(client, path, self.form(world, role=role, email="eva@firma.example")).status_code == 422

    def test_a_further_consultation_admin_takes_two_and_no_invitation(self, app: Flask, world: World) -> None:
        form = self.form(world, role=Role.CONSULTATION_ADMIN, email="eva@kammer.example")
        path = f"/organisations/{world.round.chambers[0]}/accounts"
        assert post(visit(app, world.consultation_admin), path, form).status_code == 422
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(ColleagueInvitation)) == 0

    def test_a_team_names_its_signatory_and_nobody_else_does(self, app: Flask, world: World) -> None:
        for admin in (world.chamber_admin, world.consultation_admin):
            for organisation in (world.round.firms[1], world.round.chambers[0]):
                form = self.form(world, role="signatory", email="eva@firma.example")
                assert post(visit(app, admin), f"/organisations/{organisation}/accounts", form).status_code == 422
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(ColleagueInvitation)) == 0

    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"person": ""}, "Enter a name."),
            ({"role": "reviewer"}, "Enter the e-mail address of the person."),
            ({"role": "reviewer", "email": "eva@"}, "This is not an e-mail address."),
            ({"role": "reviewer", "email": "eva@firma.example\nBcc: x@y.example"}, "This is not an e-mail address."),
        ],
        ids=lambda value: ascii(value)[:40] if isinstance(value, dict) else "",
    )
    def test_what_is_wrong_is_said(self, app: Flask, world: World, changed: dict[str, str], message: str) -> None:
        chamber = visit(app, world.consultation_admin, **ENGLISH).page(f"/organisations/{world.round.chambers[0]}")
        page = chamber.submit(self.form(world, **changed), status=422)
        assert message in problems(page)
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(ColleagueInvitation)) == 0

    def test_an_address_has_one_account(self, app: Flask, world: World) -> None:
        self.page(app, world, world.consultation_admin).submit(self.form(world))
        self.accept(app)
        page = self.page(app, world, world.consultation_admin).submit(self.form(world), status=409)
        assert "This e-mail address has an account already." in problems(page)
        assert value(page, "person") == "Eva Beispiel"

    def test_for_an_organisation_that_does_not_exist(self, app: Flask, world: World) -> None:
        form = self.form(world)
        assert post(visit(app, world.consultation_admin), "/organisations/999/accounts", form).status_code == 404


class TestSearching:
    @pytest.fixture
    def many(self, app: Flask, world: World) -> World:
        with app.app_context(), transaction() as session:
            firms = [Organisation(kind=Kind.FIRM, name=f"Betrieb {i:03d}") for i in range(1, 121)]
            firms += [Organisation(kind=Kind.FIRM, name=name) for name in ("MÜLLER GmbH", "Öl & Gas", "100 % Holz")]
            session.add_all(firms)
            session.flush()
            chamber = world.round.chambers[0]
            session.add_all(Membership(organisation_id=firm.id, chamber_id=chamber) for firm in firms[:60])
        return world

    def test_by_a_part_of_the_name_in_whatever_spelling(self, app: Flask, many: World) -> None:
        page = visit(app, many.consultation_admin).page("/organisations")
        for typed, wanted in (
            ("betrieb 007", ["Betrieb 007"]),
            ("müller", ["MÜLLER GmbH"]),
            ("MÜLLER", ["MÜLLER GmbH"]),
            ("öl", ["Öl & Gas"]),
            ("ÖL", ["Öl & Gas"]),
            ("%", ["100 % Holz"]),
            ("_", []),
            ("Fremde", ["Fremde Firma"]),
        ):
            assert names(page.submit({"q": typed}, action="/organisations")) == wanted, typed

    def test_by_kind(self, app: Flask, many: World) -> None:
        page = visit(app, many.consultation_admin).page("/organisations")
        found = page.submit({"kind": "chamber"}, action="/organisations")
        assert names(found) == ["chamber 1 (round)", "chamber 2 (round)"]
        assert found.root.find(".//option[@value='chamber']").get("selected") is not None

    def test_fifty_on_a_page_each_once(self, app: Flask, many: World) -> None:
        page = visit(app, many.consultation_admin, **ENGLISH).page("/organisations?q=Betrieb")
        assert "120 organisations" in page.text
        found = names(page)
        assert len(found) == 50
        while [link for link in page.root.iter("a") if text_of(link) == "Next page"]:
            page = page.follow("Next page")
            found += names(page)
        assert found == [f"Betrieb {i:03d}" for i in range(1, 121)]
        assert names(page.follow("Previous page")) == [f"Betrieb {i:03d}" for i in range(51, 101)]

    def test_a_page_beyond_the_last_and_nothing_found(self, app: Flask, many: World) -> None:
        visitor = visit(app, many.consultation_admin, **ENGLISH)
        for address in ("/organisations?page=99", "/organisations?q=nirgends", "/organisations?page=-1"):
            assert visitor.page(address).h1 == "Organisations"
        assert "No organisation is called like that" in visitor.page("/organisations?q=nirgends").text

    def test_a_chamber_admin_finds_members_only(self, app: Flask, many: World) -> None:
        page = visit(app, many.chamber_admin, **ENGLISH).page("/organisations?q=Betrieb")
        assert "60 organisations" in page.text
        assert names(visit(app, many.chamber_admin).page("/organisations?q=Betrieb+061")) == []

    def test_htmx_gets_the_list_alone(self, app: Flask, many: World) -> None:
        response = visit(app, many.consultation_admin).get("/organisations?q=öl", headers={"HX-Request": "true"})
        root, _ = parse(response.get_data(as_text=True), fragment=True)
        assert [child.get("id") for child in root] == ["organisations"]

    def test_a_long_list_costs_no_more_statements_than_a_short_one(self, app: Flask, many: World) -> None:
        visitor = visit(app, many.consultation_admin)
        costs = []
        for query in ("q=Betrieb+001", "q=Betrieb"):
            with counted(app) as statements:
                visitor.page(f"/organisations?{query}")
            costs.append(len(statements))
        # Chambers and municipalities of the list are read with it: at most one more statement each.
        assert max(costs) - min(costs) <= 1
        assert max(costs) <= 8


class TestTheRoll:
    def test_a_late_organisation_is_let_in(self, app: Flask, world: World) -> None:
        admin = visit(app, world.consultation_admin, **ENGLISH)
        page = admin.page("/organisations/new").submit({"name": "Spät GmbH"})
        assert "is not on the roll" in page.text
        page = page.submit(button="Let it take part")
        assert "may take part" in page.text
        assert "Let it take part" not in page.text
        with app.app_context():
            late = db.session.query(Organisation).filter_by(name="Spät GmbH").one()
            assert roll_entry(world.round.id, late.id) is not None

    def test_of_each_running_consultation_is_on_the_page(self, app: Flask, world: World) -> None:
        with app.app_context():
            make_round("newer", firms=0)
            late = create_organisation(kind=Kind.FIRM, name="Spät GmbH", chamber_ids=world.round.chambers[:1])
        page = visit(app, world.consultation_admin, **ENGLISH).page(f"/organisations/{late}")
        assert page.text.count("is not on the roll") == 2
        page = page.submit(button="Let it take part: Round newer")
        assert page.text.count("is not on the roll") == 1
        assert "Let it take part: Round newer" not in [button.get("aria-label") for button in page.root.iter("button")]

    @pytest.mark.parametrize(("key", "status"), [("nothing", 404), ("", 404), ("round", 409)])
    def test_to_a_consultation_that_is_not_there_or_twice(
        self, app: Flask, world: World, key: str, status: int
    ) -> None:
        path = f"/organisations/{world.firm}/roll"
        assert post(visit(app, world.consultation_admin), path, {"consultation": key}).status_code == status

    def test_a_chamber_admin_has_no_such_button(self, app: Flask, world: World) -> None:
        page = visit(app, world.chamber_admin, **ENGLISH).page("/organisations/new").submit({"name": "Spät GmbH"})
        assert "is not on the roll" in page.text
        assert "Let it take part" not in page.text
