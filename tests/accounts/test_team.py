"""Several people of one organisation: inviting, joining, removing, and who submits."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.models import Account, ColleagueInvitation, Login, Role
from ruhrvote.accounts.queries import find_account
from ruhrvote.accounts.team.actions import LARGEST_TEAM, accept_invitation
from ruhrvote.accounts.team.actions import invite as send_invitation
from ruhrvote.accounts.typed_codes import new_long_code, read_long_code
from ruhrvote.db import clock, db, transaction
from ruhrvote.drafts.models import Draft
from ruhrvote.errors import Conflict, Refused
from ruhrvote.worker import work_once
from tests.accounts.colleagues import ENGLISH, EVA, enter_code, invite, names, secrets_in, team_page, the_mail
from tests.people import World, make_person, post, team_in, visit
from tests.rounds import PASSWORD, make_account
from tests.statements import counted

pytestmark = pytest.mark.alike


def invitations(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(ColleagueInvitation)) or 0


class TestInviting:
    def test_from_the_invitation_to_the_ballot(self, app: Flask, world: World) -> None:
        page = invite(app, world)
        assert "Eva Neu gets an e-mail" in page.text
        assert EVA in page.text, "among the open invitations"
        mail = the_mail(app)
        assert (mail.recipient, mail.purpose) == (EVA, "colleague_invited")
        token, _ = secrets_in(mail)
        visitor = visit(app, **ENGLISH)
        page = enter_code(visitor, token)
        assert page.h1 == "Join firm 1 (round)"
        assert "Kim Muster has invited you" in page.text
        page = page.submit({"person": "Eva Jung", "password": PASSWORD})
        assert page.path == "/consultations/round/ballot"
        assert "Eva Jung" in page.text
        assert invitations(app) == 0
        with app.app_context():
            account = find_account(EVA)
            assert account is not None
            assert (account.person, account.role, account.language) == ("Eva Jung", Role.VOTER, "en")
            assert account.organisation_id == world.firm
        page = visit(app).page("/login").submit({"email": EVA, "password": PASSWORD})
        assert "Eva Jung" in page.text

    def test_the_code_does_as_well_as_the_link_however_it_is_typed(self, app: Flask, world: World) -> None:
        invite(app, world)
        _, code = secrets_in(the_mail(app))
        page = enter_code(visit(app), f" {code.replace('-', ' ').lower().replace('0', 'o').replace('1', 'l')} ")
        assert page.root.find(".//input[@name='password']") is not None

    def test_looking_does_not_use_it_up_and_joining_does(self, app: Flask, world: World) -> None:
        invite(app, world)
        token, code = secrets_in(the_mail(app))
        for secret in (token, code, token):
            page = enter_code(visit(app), secret)
        other_window = enter_code(visit(app), token)
        page.submit({"password": PASSWORD})
        for secret in (token, code):
            enter_code(visit(app), secret, status=422)
        other_window.submit({"password": PASSWORD}, status=409)
        assert len(names(app, world.firm)) == 3

    def test_the_database_holds_neither_token_nor_code(self, app: Flask, world: World) -> None:
        invite(app, world)
        token, code = secrets_in(the_mail(app))
        with app.app_context():
            kept = db.session.scalars(select(ColleagueInvitation)).one()
            assert not {token, code} & {kept.token_hash, kept.code_hash}
            assert len(token) >= 43, "256 bits"

    def test_the_link_leads_to_the_configured_address(self, app: Flask, world: World) -> None:
        with app.test_request_context("/team", base_url="http://evil.example"):
            send_invitation(world.voter, email=EVA, person="Eva Neu")
        assert "http://127.0.0.1:8000/join#" in the_mail(app).text
        assert "evil" not in the_mail(app).text

    @pytest.mark.parametrize("secret", ["", "x", "0000-0000-0000-0000-0000-0000", "x" * 43, "ſ" * 24])
    def test_what_was_never_given_out_opens_nothing(self, app: Flask, world: World, secret: str) -> None:
        invite(app, world)
        enter_code(visit(app), secret, status=422)

    def test_after_seven_days_it_is_worth_nothing(self, app: Flask, world: World) -> None:
        invite(app, world)
        token, _ = secrets_in(the_mail(app))
        with app.app_context():
            expires_at = db.session.scalars(select(ColleagueInvitation.expires_at)).one()
            assert abs(expires_at - clock() - timedelta(days=7)) < timedelta(minutes=1)
            with transaction() as session:
                session.execute(update(ColleagueInvitation).values(expires_at=clock() - timedelta(seconds=1)))
        enter_code(visit(app), token, status=422)
        with app.app_context(), pytest.raises(Conflict):
            accept_invitation(token, person="Eva", password=PASSWORD, language="de")
        assert EVA not in team_page(app, world.voter).text
        with app.app_context():
            work_once(tidy=True)
        assert invitations(app) == 0, "nor is the person's address kept"

    def test_revoked(self, app: Flask, world: World) -> None:
        page = invite(app, world)
        token, _ = secrets_in(the_mail(app))
        page = page.submit(button="Revoke the invitation of Eva Neu")
        assert EVA not in page.text
        enter_code(visit(app), token, status=422)

    def test_a_new_invitation_to_an_address_ends_the_old_one(self, app: Flask, world: World) -> None:
        invite(app, world)
        old, _ = secrets_in(the_mail(app))
        invite(app, world, email=EVA.upper())
        new, _ = secrets_in(the_mail(app))
        assert invitations(app) == 1
        enter_code(visit(app), old, status=422)
        enter_code(visit(app), new)

    def test_whoever_has_an_account_is_told_so_by_mail_and_the_inviter_is_not(self, app: Flask, world: World) -> None:
        with app.app_context():
            make_account(world.foreign_firm, EVA)
        known = invite(app, world)
        mail = the_mail(app)
        assert (mail.recipient, mail.purpose) == (EVA, "address_in_use")
        assert "/join" not in mail.text
        unknown = invite(app, world, email="ewa@firma.example")
        alike = [known.text.split("Open invitations")[1], unknown.text.split("Open invitations")[1]]
        assert EVA in alike[0]
        assert "ewa@firma.example" in alike[1]
        assert known.response.status_code == unknown.response.status_code

    def test_an_address_that_got_an_account_meanwhile(self, app: Flask, world: World) -> None:
        invite(app, world)
        page = enter_code(visit(app, **ENGLISH), secrets_in(the_mail(app))[0])
        with app.app_context():
            make_account(world.foreign_firm, EVA)
        page = page.submit({"password": PASSWORD}, status=409)
        assert "has an account by now" in page.text

    def test_somebody_of_the_team_is_not_invited_again(self, app: Flask, world: World) -> None:
        with app.app_context():
            make_account(world.firm, EVA, colleague_of=world.voter)
        page = invite(app, world, status=409)
        assert "in your team already" in page.text

    @pytest.mark.parametrize(
        ("person", "email"), [("", EVA), ("Eva", ""), ("Eva", "eva@"), ("Eva", f"{EVA}\nBcc: x@y.example")]
    )
    def test_what_cannot_be_invited(self, app: Flask, world: World, person: str, email: str) -> None:
        invite(app, world, person=person, email=email, status=422)
        assert invitations(app) == 0

    def test_nobody_floods_mailboxes(self, app: Flask, world: World) -> None:
        for number in range(LARGEST_TEAM - 2):
            invite(app, world, email=f"eva{number}@firma.example")
        page = invite(app, world, status=422)
        assert "Your team is complete" in page.text

    @pytest.mark.parametrize("password", ["", "elf Zeichen", "x" * 129])
    def test_a_password_is_neither_short_nor_endless(self, app: Flask, world: World, password: str) -> None:
        invite(app, world)
        page = enter_code(visit(app), secrets_in(the_mail(app))[0]).submit({"password": password}, status=422)
        page.submit({"password": PASSWORD})  # the invitation is still good
        assert EVA in names(app, world.firm)

    def test_in_two_windows_at_once_one_account_comes_of_it(self, app: Flask, world: World) -> None:
        invite(app, world)
        token, _ = secrets_in(the_mail(app))
        barrier = Barrier(4)

        def join(number: int) -> bool:
            with app.app_context():
                barrier.wait(10)
                try:
                    accept_invitation(token, person=f"Eva {number}", password=PASSWORD, language="de")
                except Refused:
                    return False
                finally:
                    db.session.remove()
                return True

        with ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(join, range(4))) == 1
        assert names(app, world.firm).count(EVA) == 1


class TestTheFirstPlace:
    def test_a_colleague_sees_the_team_and_changes_nothing(self, app: Flask, world: World) -> None:
        page = team_page(app, world.colleague)
        assert "looks after the team" in page.text
        assert [form for form in page.root.iter("form") if form.get("action", "").startswith("/team")] == []
        visitor = visit(app, world.colleague)
        for path, data in [
            ("/team/invitations", {"person": "Eva", "email": EVA}),
            ("/team/invitations/1/revoke", {}),
            (f"/team/colleagues/{world.voter}/remove", {}),
            (f"/team/colleagues/{world.colleague}/first", {}),
            ("/team/signatory", {"signatory": str(world.colleague)}),
        ]:
            assert post(visitor, path, data).status_code == 409, path
        assert len(names(app, world.firm)) == 2
        assert invitations(app) == 0

    def test_another_organisation_is_out_of_reach(self, app: Flask, world: World) -> None:
        with app.app_context():
            stranger = make_person(world.foreign_firm)
        invite(app, world)
        visitor = visit(app, stranger)
        post(visitor, "/team/invitations/1/revoke")
        assert invitations(app) == 1
        for path, data in [
            (f"/team/colleagues/{world.colleague}/remove", {}),
            (f"/team/colleagues/{world.colleague}/first", {}),
            ("/team/signatory", {"signatory": str(world.colleague)}),
        ]:
            assert post(visitor, path, data).status_code == 409, path
        assert len(names(app, world.firm)) == 2

    def test_handed_over(self, app: Flask, world: World) -> None:
        page = team_page(app, world.voter).submit(action=f"/team/colleagues/{world.colleague}/first")
        assert page.root.find(".//input[@name='email']") is None
        assert team_page(app, world.colleague).root.find(".//input[@name='email']") is not None
        assert post(visit(app, world.voter), "/team/invitations", {"person": "Eva", "email": EVA}).status_code == 409
        team_page(app, world.colleague).submit(action=f"/team/colleagues/{world.voter}/first")
        assert team_page(app, world.voter).root.find(".//input[@name='email']") is not None, "and back"

    def test_it_falls_to_the_oldest_when_its_holder_is_gone(self, app: Flask, world: World) -> None:
        with app.app_context():
            third = make_person(world.firm, colleague_of=world.voter)
        team_page(app, world.voter).submit(action=f"/team/colleagues/{third}/first")
        with app.app_context():
            with transaction() as session:
                session.get_one(Account, third).removed_at = clock()
            assert team_in(world.firm)[0].id == world.voter

    def test_nobody_removes_themselves(self, app: Flask, world: World) -> None:
        assert post(visit(app, world.voter), f"/team/colleagues/{world.voter}/remove").status_code == 409
        assert len(names(app, world.firm)) == 2


class TestRemoving:
    def test_ends_the_access_at_once_and_keeps_the_name(self, app: Flask, world: World) -> None:
        with app.app_context():
            eva = make_account(world.firm, EVA, colleague_of=world.voter)
        removed = visit(app, eva, **ENGLISH)
        page = removed.page("/consultations/round/ballot/themes/one")
        page.submit({"answer-1": "1"}, button="overview")
        page = team_page(app, world.voter).submit(action=f"/team/colleagues/{eva}/remove")
        assert EVA not in page.text
        assert removed.get("/consultations/round/ballot").status_code == 303, "logged out"
        visit(app).page("/login").submit({"email": EVA, "password": PASSWORD}, status=422)
        with app.app_context():
            assert db.session.scalar(select(func.count()).where(Login.account_id == eva)) == 0
            account = db.session.get_one(Account, eva)
            assert EVA not in (account.email, account.password_hash)
            assert db.session.scalars(select(Draft)).one().account.person == "Kim Muster"
        assert "Last changed" in visit(app, world.voter, **ENGLISH).page("/consultations/round/ballot").text

    def test_the_address_is_free_for_another_account(self, app: Flask, world: World) -> None:
        with app.app_context():
            eva = make_account(world.firm, EVA, colleague_of=world.voter)
        team_page(app, world.voter).submit(action=f"/team/colleagues/{eva}/remove")
        invite(app, world)
        assert the_mail(app).purpose == "colleague_invited"
        enter_code(visit(app), secrets_in(the_mail(app))[0]).submit({"password": PASSWORD})
        assert EVA in names(app, world.firm)

    def test_a_login_that_comes_in_that_moment_is_worth_nothing(self, app: Flask, world: World) -> None:
        team_page(app, world.voter).submit(action=f"/team/colleagues/{world.colleague}/remove")
        assert visit(app, world.colleague).get("/team").status_code == 303


def test_the_page_costs_the_same_for_a_large_team(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter)
    with counted(app) as few:
        visitor.page("/team")
    with app.app_context():
        for _ in range(15):
            make_person(world.firm, colleague_of=world.voter)
    invite(app, world)
    with counted(app) as many:
        visitor.page("/team")
    assert len(many) == len(few) <= 8


def test_codes_are_read_back_as_they_were_given() -> None:
    for _ in range(50):
        code = new_long_code()
        assert re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}", code)
        assert read_long_code(code) == code
        assert read_long_code(code.lower().replace("-", "")) == code
