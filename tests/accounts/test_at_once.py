"""Two people who enter the same at the same time: one is told so, and nobody meets a fault of ours."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from flask import Flask
from sqlalchemy import func, select

from ruhrvote.accounts.actions import create_account, create_organisation
from ruhrvote.accounts.first_admin import create_first_admin, first_code
from ruhrvote.accounts.models import Account, Kind, Membership, Role
from ruhrvote.db import db
from ruhrvote.errors import Conflict
from tests.people import World
from tests.rounds import PASSWORD

AT_ONCE = 4


def succeed(app: Flask, do: Callable[[int], object]) -> int:
    """How many of four who do this at once are not told of a conflict."""
    barrier = Barrier(AT_ONCE)

    def one(number: int) -> bool:
        with app.app_context():
            barrier.wait(10)
            try:
                do(number)
            except Conflict:
                return False
            finally:
                db.session.remove()
            return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(one, range(AT_ONCE)))


def test_one_address_for_people_of_several_organisations(app: Flask, world: World) -> None:
    def create(number: int) -> None:
        create_account(
            organisation_id=[*world.round.chambers, *world.round.firms][number],
            email="eva@firma.example",
            person="Eva",
            role=Role.VOTER,
            password=PASSWORD,
        )

    assert succeed(app, create) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Account.email == "eva@firma.example")) == 1


def test_one_member_number_for_several_firms(app: Flask, world: World) -> None:
    chamber = world.round.chambers[0]

    def create(number: int) -> None:
        create_organisation(
            kind=Kind.FIRM, name=f"Firma {number}", chamber_ids=[chamber], member_numbers={chamber: "4711"}
        )

    assert succeed(app, create) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Membership.member_number == "4711")) == 1


def test_several_first_admins(app: Flask) -> None:
    with app.app_context():
        chambers = [create_organisation(kind=Kind.CHAMBER, name=f"Kammer {n}", chamber_ids=[]) for n in range(AT_ONCE)]
        code = first_code()

    def create(number: int) -> None:
        create_first_admin(
            code=code,
            organisation_id=chambers[number],
            email=f"eva-{number}@kammer.example",
            person="Eva",
            password=PASSWORD,
        )

    assert succeed(app, create) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Account)) == 1
