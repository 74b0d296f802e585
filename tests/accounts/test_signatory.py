"""Who of an organisation submits: everybody, or the signatory alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from ruhrvote.accounts.access import Permission, may
from ruhrvote.accounts.models import Account, Role
from ruhrvote.accounts.queries import may_submit, signatory_of
from ruhrvote.accounts.team.actions import name_signatory
from ruhrvote.db import clock, db, transaction
from tests.accounts.colleagues import ENGLISH, team_page
from tests.people import World, circle_of, post, visit

pytestmark = pytest.mark.alike


class TestWhoSubmits:
    def test_everybody_until_one_is_named(self, app: Flask, world: World) -> None:
        page = team_page(app, world.voter).submit({"signatory": str(world.colleague)})
        assert "submits" in page.text
        with app.app_context():
            voter, colleague = db.session.get_one(Account, world.voter), db.session.get_one(Account, world.colleague)
            assert (may_submit(voter), may_submit(colleague)) == (False, True)
            assert (may(Permission.SUBMIT, voter), may(Permission.SUBMIT, colleague)) == (False, True)
            assert may(Permission.VOTE, colleague)
            assert may(Permission.COMMENT, colleague)
            signatory = signatory_of(circle_of(world.voter))
            assert signatory is not None
            assert signatory.id == world.colleague
            assert not may_submit(db.session.get_one(Account, world.reviewer))
        page.submit({"signatory": "everybody"})
        with app.app_context():
            assert may_submit(db.session.get_one(Account, world.voter))
            assert signatory_of(circle_of(world.voter)) is None

    def test_from_one_to_another(self, app: Flask, world: World) -> None:
        for account in (world.colleague, world.voter, world.voter):
            team_page(app, world.voter).submit({"signatory": str(account)})
            with app.app_context():
                signatory = signatory_of(circle_of(world.voter))
                assert signatory is not None
                assert signatory.id == account

    def test_a_signatory_who_is_removed_leaves_it_to_everybody(self, app: Flask, world: World) -> None:
        page = team_page(app, world.voter).submit({"signatory": str(world.colleague)})
        page.submit(action=f"/team/colleagues/{world.colleague}/remove")
        with app.app_context():
            assert may_submit(db.session.get_one(Account, world.voter))
            assert not may_submit(db.session.get_one(Account, world.colleague))

    def test_the_signatory_has_the_start_page_and_the_ballot_of_a_voter(self, app: Flask, world: World) -> None:
        team_page(app, world.voter).submit({"signatory": str(world.colleague)})
        visitor = visit(app, world.colleague, **ENGLISH)
        assert "Next: say what matters" in visitor.page("/").text
        assert visitor.get("/ballot").location == "/consultations/round/ballot"
        assert visitor.get("/consultations/round/ballot").status_code == 200
        assert visitor.get("/mail").status_code == 403

    @pytest.mark.parametrize("chosen", ["", "999", "-1", "nobody", "3", "9" * 5000])
    def test_only_somebody_of_the_team(self, app: Flask, world: World, chosen: str) -> None:
        assert post(visit(app, world.voter), "/team/signatory", {"signatory": chosen}).status_code in (409, 422)
        with app.app_context():
            assert signatory_of(circle_of(world.voter)) is None
            assert db.session.get_one(Account, world.reviewer).role == Role.REVIEWER

    def test_the_database_itself_refuses_a_second_one(self, app: Flask, world: World) -> None:
        with app.app_context():
            name_signatory(world.voter, world.colleague)
            with pytest.raises(IntegrityError), transaction() as session:
                session.execute(update(Account).where(Account.id == world.voter).values(role=Role.SIGNATORY))
            with transaction() as session:
                session.execute(update(Account).where(Account.id == world.colleague).values(removed_at=clock()))
                session.execute(update(Account).where(Account.id == world.voter).values(role=Role.SIGNATORY))

    def test_named_by_two_at_once_there_is_one(self, app: Flask, world: World) -> None:
        barrier = Barrier(4)

        def name(account: int) -> None:
            with app.app_context():
                barrier.wait(10)
                try:
                    name_signatory(world.voter, account)
                finally:
                    db.session.remove()

        with ThreadPoolExecutor(4) as pool:
            for _ in range(5):
                list(pool.map(name, [world.voter, world.colleague] * 2))
        with app.app_context():
            assert signatory_of(circle_of(world.voter)) is not None
