"""A letter's code lets its holder in, again and again, until there is another way in or the consultation closes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select

from ruhrvote.accounts.actions import create_account
from ruhrvote.accounts.codes.actions import find_code, issue_codes, revoke_codes, use_code
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, Login, Role
from ruhrvote.accounts.own_access.actions import set_password
from ruhrvote.accounts.queries import signatory_of, team_of
from ruhrvote.accounts.team.actions import name_signatory, remove_colleague
from ruhrvote.accounts.typed_codes import ALPHABET, in_fours, new_code
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db, transaction
from tests.pages import Page, Visitor
from tests.people import World, post, visit
from tests.rounds import PASSWORD, make_round

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}


def new_letter(app: Flask, world: World, organisation: int = 0) -> str:
    """The code of a letter to an organisation, by default to a firm in which nobody has an account."""
    organisation = organisation or world.round.firms[1]
    with app.app_context(), transaction():
        return in_fours(issue_codes(world.round.id, [organisation])[organisation])


def enter_code(visitor: Visitor, code: str, status: int = 200, path: str = "/code") -> Page:
    return visitor.page(path).submit({"code": code}, action="/code", status=status)


def accounts_in(app: Flask, organisation: int) -> list[Account]:
    with app.app_context():
        return team_of(organisation)


class TestIn:
    def test_from_the_letter_to_the_ballot_and_in_again_with_the_same_account(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        visitor = visit(app, **ENGLISH)
        page = enter_code(visitor, code)
        assert page.path == "/consultations/round/ballot"
        assert "firm 2 (round)" in page.text
        page.submit(action="/logout")
        assert enter_code(visitor, code.lower().replace("-", " ")).path == "/consultations/round/ballot"
        (account,) = accounts_in(app, world.round.firms[1])
        assert (account.role, account.email, account.person) == (Role.VOTER, None, "firm 2 (round)")

    @pytest.mark.parametrize("wrap", [" {} ", "\t{}\n"])
    def test_it_may_be_pasted_with_what_stands_around_it(self, app: Flask, world: World, wrap: str) -> None:
        assert enter_code(visit(app), wrap.format(new_letter(app, world))).path == "/consultations/round/ballot"

    def test_the_login_page_takes_it_too_and_goes_where_one_wanted_to_be(self, app: Flask, world: World) -> None:
        page = visit(app).page("/consultations/round/ballot/history")
        assert page.path == "/login"
        assert page.submit({"code": new_letter(app, world)}).path == "/consultations/round/ballot/history"

    def test_never_off_the_site(self, app: Flask, world: World) -> None:
        response = post(visit(app), "/code", {"code": new_letter(app, world), "next": "//evil.example"})
        assert (response.status_code, response.location) == (303, "/")

    def test_what_was_sent_after_the_login_had_ended_is_kept(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        visitor = visit(app, **ENGLISH)
        enter_code(visitor, code)
        page = visitor.page("/consultations/round/ballot/themes/one")
        with app.app_context(), transaction() as session:
            session.query(Login).delete()
        page = page.submit({"answer-1": "1"}, button="next", status=401)
        page = page.submit({"code": code})
        assert page.h1 == "You are logged in again"
        page.submit(button="Save now")
        page = visitor.page("/consultations/round/ballot/themes/one")
        checked = {field.get("id") for field in page.root.iter("input") if field.get("checked") is not None}
        assert "answer-1-1" in checked

    def test_looking_never_uses_it_up(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        scanner = visit(app)
        for path in ("/code", f"/code?code={code}", f"/code?next=/{code}"):
            assert scanner.get(path).status_code == 200
            assert scanner.head(path).status_code == 200
        with app.app_context():
            assert db.session.scalar(select(AccessCode.used_at)) is None
            assert db.session.scalar(select(func.count()).select_from(Login)) == 0
        assert enter_code(visit(app), code).path == "/consultations/round/ballot"

    def test_it_leads_to_the_consultation_that_it_was_sent_for(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        with app.app_context():
            make_round("newer")  # the one that visitors most likely come for
        assert enter_code(visit(app), code).path == "/consultations/round/ballot"

    def test_the_organisation_is_not_named_twice_as_if_it_were_a_person(self, app: Flask, world: World) -> None:
        page = enter_code(visit(app), new_letter(app, world))
        assert "who__text" in page.html
        assert "who__person" not in page.html


class TestNotIn:
    def test_a_typing_error_is_named_as_one_and_is_no_guess(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        wrong = ALPHABET[(ALPHABET.index(code[0]) + 1) % len(ALPHABET)] + code[1:]
        visitor = visit(app, **ENGLISH)
        for typed in (wrong, code[:-1], code + "A", "Ü" * 16):
            page = enter_code(visitor, typed, status=422)
            assert "Please check the spelling" in page.text
            field = page.root.find(".//input[@name='code']")
            assert (field.get("aria-invalid"), field.get("value")) == ("true", typed)
        with app.app_context():
            assert not db.session.connection().exec_driver_sql("SELECT * FROM attempt_count").all()

    def test_unknown_and_revoked_are_answered_alike(self, app: Flask, world: World) -> None:
        revoked = new_letter(app, world)
        with app.app_context(), transaction():
            revoke_codes(world.round.id, [world.round.firms[1]])
        visitor = visit(app, **ENGLISH)
        pages = [enter_code(visitor, code, status=422) for code in (revoked, in_fours(new_code()))]
        assert "This code is not valid. If you have received a newer letter" in pages[0].text
        assert pages[0].text == pages[1].text

    def test_after_the_close(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        enter_code(visit(app), code)
        with app.app_context():
            close_consultation("round")
        assert "This code is not valid" in enter_code(visit(app, **ENGLISH), code, status=422).text

    def test_a_new_letter_replaces_the_old_one_and_ends_its_logins(self, app: Flask, world: World) -> None:
        thief = visit(app)
        stolen = new_letter(app, world)
        enter_code(thief, stolen)
        code = new_letter(app, world)
        assert thief.get("/consultations/round/ballot").status_code == 303
        enter_code(thief, stolen, status=422)
        enter_code(visit(app), code)
        assert len(accounts_in(app, world.round.firms[1])) == 1, "the newer letter opens the same account"

    def test_with_a_password_it_is_dead_and_stays_dead(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        with app.app_context():
            used = use_code(code.replace("-", ""), "de")
            assert used is not None
            set_password(used.account_id, PASSWORD, "")
            assert find_code(code.replace("-", "")) is None
        enter_code(visit(app), code, status=422)

    def test_with_the_colleague_it_goes(self, app: Flask, world: World) -> None:
        code = new_letter(app, world, world.firm)
        enter_code(visit(app), code)
        by_code = accounts_in(app, world.firm)[-1]
        with app.app_context():
            remove_colleague(world.voter, by_code.id)
        enter_code(visit(app), code, status=422)


class TestInATeam:
    def test_whoever_was_there_keeps_first_place_and_signature(self, app: Flask, world: World) -> None:
        with app.app_context():
            name_signatory(world.voter, world.colleague)
        page = enter_code(visit(app, **ENGLISH), new_letter(app, world, world.firm))
        assert [account.id for account in accounts_in(app, world.firm)][:2] == [world.voter, world.colleague]
        with app.app_context():
            signatory = signatory_of(world.firm)
            assert signatory is not None
            assert signatory.id == world.colleague
        page = page.visitor.page("/consultations/round/ballot/themes/one").submit(
            {"answer-1": "1", "answer-2": "2"}, button="next"
        )
        page = page.visitor.page("/consultations/round/ballot/review")
        assert "tell Kim Muster when it is ready" in page.text

    def test_a_person_with_a_way_in_of_their_own_comes_before_a_mere_code(self, app: Flask, world: World) -> None:
        firm = world.round.firms[1]
        visitor = visit(app, **ENGLISH)
        enter_code(visitor, new_letter(app, world))
        with app.app_context():
            named = create_account(
                organisation_id=firm, email="eva@firma.example", person="Eva", role=Role.VOTER, password=PASSWORD
            )
        assert accounts_in(app, firm)[0].id == named
        page = visitor.page("/team")
        assert "by the letter’s code" in page.text
        assert "None" not in page.text
        # Setting up a way in of one's own later takes nothing away from her.
        visitor.page("/account").submit({"password": "vier Wörter reichen hier"}, action="/account/password")
        assert accounts_in(app, firm)[0].id == named

    def test_first_uses_at_the_same_moment_make_one_account(self, app: Flask, world: World) -> None:
        code = new_letter(app, world).replace("-", "")
        barrier = Barrier(6)

        def use(_: int) -> int:
            with app.app_context():
                barrier.wait(10)
                used = use_code(code, "de")
                db.session.remove()
                assert used is not None
                return used.account_id

        with ThreadPoolExecutor(6) as pool:
            assert len(set(pool.map(use, range(6)))) == 1
        assert len(accounts_in(app, world.round.firms[1])) == 1


class TestOffer:
    def test_after_submitting_a_way_in_is_offered_quietly(self, app: Flask, world: World) -> None:
        visitor = visit(app, **ENGLISH)
        enter_code(visitor, new_letter(app, world))
        assert "Next time without the letter?" not in visitor.page("/").text
        visitor.page("/consultations/round/ballot/themes/one").submit({"answer-1": "1", "answer-2": "2"}, button="next")
        page = visitor.page("/consultations/round/ballot/review").submit({"entitled": "yes"})
        assert page.path == "/consultations/round/ballot/receipt"
        assert "Next time without the letter?" in page.text
        assert "Next time without the letter?" in visitor.page("/").text
        assert page.follow("Set up my access").path == "/account"

    def test_not_to_those_who_have_one(self, app: Flask, world: World) -> None:
        visitor = visit(app, world.voter, **ENGLISH)
        visitor.page("/consultations/round/ballot/themes/one").submit({"answer-1": "1", "answer-2": "2"}, button="next")
        page = visitor.page("/consultations/round/ballot/review").submit({"entitled": "yes"})
        assert "Next time without the letter?" not in page.text
