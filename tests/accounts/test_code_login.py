"""A letter's code and a PIN let their holder in, until there is another way in or the consultation closes."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from ruhrvote.accounts.codes import pins
from ruhrvote.accounts.codes.actions import MOST_BEGUN, begin_with_code, find_code, revoke_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, AttemptCount, Login, Role
from ruhrvote.accounts.own_access.actions import set_password
from ruhrvote.accounts.queries import accounts_of, signatory_of
from ruhrvote.accounts.team.actions import name_signatory, remove_colleague
from ruhrvote.accounts.typed_codes import ALPHABET, in_fours, new_code
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db, transaction
from ruhrvote.errors import Conflict
from tests.accounts.letters import OTHER_PIN, PIN, begin, come_again, enter_code, new_letter
from tests.people import World, circle_of, post, team_in, visit
from tests.rounds import PASSWORD, make_round, submit

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}


def accounts_in(app: Flask, organisation: int) -> Sequence[Account]:
    with app.app_context():
        return accounts_of(organisation)


class TestIn:
    def test_from_the_letter_to_the_ballot_and_in_again_with_the_same_account(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        visitor = visit(app, **ENGLISH)
        page = enter_code(visitor, code)
        assert (page.path, page.h1) == ("/code", "Choose a PIN")
        page = page.submit({"new_pin": PIN})
        assert page.path == "/consultations/round/ballot"
        assert "firm 2 (round)" in page.text
        page.submit(action="/logout")
        page = enter_code(visitor, code.lower().replace("-", " "))
        assert page.h1 == "Your PIN"
        assert page.submit({"pin": f" {PIN[:3]} {PIN[3:]}"}).path == "/consultations/round/ballot"
        (account,) = accounts_in(app, world.round.firms[1])
        assert (account.role, account.email, account.person) == (Role.VOTER, None, "firm 2 (round)")

    @pytest.mark.parametrize("wrap", [" {} ", "\t{}\n"])
    def test_it_may_be_pasted_with_what_stands_around_it(self, app: Flask, world: World, wrap: str) -> None:
        assert begin(visit(app), wrap.format(new_letter(app, world))).path == "/consultations/round/ballot"

    def test_the_login_page_takes_it_too_and_goes_where_one_wanted_to_be(self, app: Flask, world: World) -> None:
        page = visit(app).page("/consultations/round/ballot/history")
        assert page.path == "/login"
        page = page.submit({"code": new_letter(app, world)}).submit({"new_pin": PIN})
        assert page.path == "/consultations/round/ballot/history"

    def test_never_off_the_site(self, app: Flask, world: World) -> None:
        sent = {"code": new_letter(app, world), "next": "//evil.example", "new_pin": PIN}
        response = post(visit(app), "/code/begin", sent)
        assert (response.status_code, response.location) == (303, "/")

    def test_what_was_sent_after_the_login_had_ended_is_kept(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        visitor = visit(app, **ENGLISH)
        begin(visitor, code)
        page = visitor.page("/consultations/round/ballot/themes/one")
        with app.app_context(), transaction() as session:
            session.query(Login).delete()
        page = page.submit({"answer-1": "1"}, button="next", status=401)
        page = page.submit({"code": code}).submit({"pin": PIN})
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
        enter_code(visit(app), code)
        with app.app_context():
            assert db.session.scalar(select(AccessCode.used_at)) is None, "nor does typing it, before a PIN is chosen"
        assert begin(visit(app), code).path == "/consultations/round/ballot"

    def test_it_leads_to_the_consultation_that_it_was_sent_for(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        with app.app_context():
            make_round("newer")  # the one that visitors most likely come for
        assert begin(visit(app), code).path == "/consultations/round/ballot"

    def test_the_organisation_is_not_named_twice_as_if_it_were_a_person(self, app: Flask, world: World) -> None:
        page = begin(visit(app), new_letter(app, world))
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
        begin(visit(app), code)
        with app.app_context():
            close_consultation("round")
        assert "This code is not valid" in enter_code(visit(app, **ENGLISH), code, status=422).text

    def test_a_new_letter_replaces_the_old_one_and_ends_its_logins(self, app: Flask, world: World) -> None:
        thief = visit(app)
        stolen = new_letter(app, world)
        begin(thief, stolen)
        code = new_letter(app, world)
        assert thief.get("/consultations/round/ballot").status_code == 303
        enter_code(thief, stolen, status=422)
        come_again(visit(app), code)
        assert len(accounts_in(app, world.round.firms[1])) == 1, "with the PIN the newer letter opens the same account"

    def test_with_a_password_it_is_dead_and_stays_dead(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        with app.app_context():
            used = begin_with_code(code.replace("-", ""), "de", pin=PIN)
            assert used is not None
            set_password(used.account_id, PASSWORD, "")
            assert find_code(code.replace("-", "")) is None
        enter_code(visit(app), code, status=422)

    def test_with_the_colleague_it_goes(self, app: Flask, world: World) -> None:
        code = new_letter(app, world, world.firm)
        begin(visit(app), code)
        by_code = accounts_in(app, world.firm)[-1].id
        with app.app_context():
            with transaction() as session:
                session.get_one(Account, by_code).circle = circle_of(world.voter)
            remove_colleague(world.voter, by_code)
        enter_code(visit(app), code, status=422)


class TestBesideATeam:
    def test_a_code_neither_joins_a_team_nor_is_bound_by_its_signatory(self, app: Flask, world: World) -> None:
        with app.app_context():
            name_signatory(world.voter, world.colleague)
        visitor = visit(app, **ENGLISH)
        begin(visitor, new_letter(app, world, world.firm))
        assert "1 person" in visitor.page("/team").text
        assert "by the letter’s code" in visitor.page("/team").text
        with app.app_context():
            assert [each.id for each in team_in(world.firm)] == [world.voter, world.colleague]
            signatory = signatory_of(circle_of(world.voter))
            assert signatory is not None
            assert signatory.id == world.colleague
        visitor.page("/consultations/round/ballot/themes/one").submit({"answer-1": "1", "answer-2": "2"}, button="next")
        page = visitor.page("/consultations/round/ballot/review").submit({"entitled": "yes"})
        assert page.path == "/consultations/round/ballot/receipt"

    def test_naming_a_signatory_locks_nobody_else_out(self, app: Flask, world: World) -> None:
        intruder = visit(app, **ENGLISH)
        page = begin(intruder, new_letter(app, world, world.firm))
        me = [each.id for each in accounts_in(app, world.firm)][-1]
        intruder.page("/team").submit({"signatory": str(me)})
        with app.app_context():
            submit(world.round, world.firm, "1~2~0~0~0~0~", by=world.voter)
        assert "Your organisation has submitted (version 1" in page.visitor.page("/consultations/round/ballot").text

    def test_first_uses_at_the_same_moment_make_one_account(self, app: Flask, world: World) -> None:
        code = new_letter(app, world).replace("-", "")
        barrier = Barrier(6)

        def use(_: int) -> bool:
            with app.app_context():
                barrier.wait(10)
                try:
                    return begin_with_code(code, "de", pin=PIN) is not None
                except Conflict:  # this page then asks for the PIN
                    return False
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(6) as pool:
            assert sum(pool.map(use, range(6))) == 1
        assert len(accounts_in(app, world.round.firms[1])) == 1


class TestPin:
    @pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３１５９"])
    def test_six_digits(self, app: Flask, world: World, pin: str) -> None:
        page = enter_code(visit(app, **ENGLISH), new_letter(app, world)).submit({"new_pin": pin}, status=422)
        assert "A PIN has six digits." in page.text
        assert page.root.find(".//input[@name='new_pin']").get("aria-invalid") == "true"

    @pytest.mark.parametrize("pin", ["000000", "123456", "654321", "121212", "123123"])
    def test_not_one_that_anybody_would_try_first(self, app: Flask, world: World, pin: str) -> None:
        page = enter_code(visit(app, **ENGLISH), new_letter(app, world)).submit({"new_pin": pin}, status=422)
        assert "This PIN is easy to guess" in page.text
        assert accounts_in(app, world.round.firms[1]) == []

    def test_only_a_keyed_hash_is_stored(self, app: Flask, world: World) -> None:
        begin(visit(app), new_letter(app, world))
        (account,) = accounts_in(app, world.round.firms[1])
        assert account.pin_hash is not None
        assert len(account.pin_hash) == 64
        assert PIN not in account.pin_hash

    def test_a_wrong_one_says_so_and_what_to_do(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        begin(visit(app), code)
        page = come_again(visit(app, **ENGLISH), code, OTHER_PIN, status=422)
        assert "This PIN is not right. If you do not know it, begin anew below." in page.text
        assert page.submit({"new_pin": OTHER_PIN}).path == "/consultations/round/ballot"
        assert len(accounts_in(app, world.round.firms[1])) == 2

    def test_beginning_anew_with_somebodys_pin_tells_nothing(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        begin(visit(app), code)
        intruder = visit(app, **ENGLISH)
        begin(intruder, code, PIN)
        assert "Nothing is submitted yet" not in intruder.page("/consultations/round/ballot").text
        first, second = accounts_in(app, world.round.firms[1])
        assert first.circle != second.circle

    def test_guessing_stops_for_good(self, app: Flask, world: World) -> None:
        """However slowly and from wherever: after a few wrong ones not even the right one lets a stranger in."""
        code = new_letter(app, world)
        known = visit(app, **ENGLISH)
        begin(known, code)
        known.page("/").submit(action="/logout")
        for number in range(pins.MOST_WRONG):
            with app.app_context(), transaction() as session:  # each from another address, long after the one before
                session.execute(delete(AttemptCount))
            come_again(visit(app), code, f"9{number:05d}", status=422)
        with app.app_context(), transaction() as session:
            session.execute(delete(AttemptCount))
        assert "This PIN is not right" in come_again(visit(app, **ENGLISH), code, PIN, status=422).text
        assert come_again(known, code).path == "/consultations/round/ballot", "not locked out at one's own desk"

    def test_guessing_is_slowed_down_like_other_guesses(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        begin(visit(app), code)
        visitor = visit(app, **ENGLISH)
        for number in range(5):
            come_again(visitor, code, f"9{number:05d}", status=422)
        assert come_again(visitor, code, PIN, status=429).response.headers["Retry-After"]

    def test_many_who_begin_with_one_letter(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        with app.app_context():
            for _ in range(MOST_BEGUN):
                begin_with_code(code.replace("-", ""), "de", pin=PIN, anew=True)
        page = enter_code(visit(app, **ENGLISH), code).submit({"new_pin": OTHER_PIN}, status=409)
        assert "Ask your chamber for a new one" in page.text
        assert begin(visit(app), new_letter(app, world), OTHER_PIN).path == "/consultations/round/ballot"

    def test_a_way_of_ones_own_leaves_the_code_to_others_who_came_with_it(self, app: Flask, world: World) -> None:
        code = new_letter(app, world)
        begin(visit(app), code)
        intruder = visit(app, **ENGLISH)
        begin(intruder, code, OTHER_PIN)
        intruder.page("/account").submit({"password": "vier Wörter reichen hier"}, action="/account/password")
        assert come_again(visit(app), code).path == "/consultations/round/ballot"
        come_again(visit(app), code, OTHER_PIN, status=422)


class TestOffer:
    def test_after_submitting_a_way_in_is_offered_quietly(self, app: Flask, world: World) -> None:
        visitor = visit(app, **ENGLISH)
        begin(visitor, new_letter(app, world))
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
