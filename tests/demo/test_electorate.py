"""The invented electorate: how many, how marked, how spread, and who logs in."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import func, select

from ruhrvote.accounts.actions import create_account, create_organisation, mark_installation
from ruhrvote.accounts.models import Account, Kind, Role
from ruhrvote.accounts.passwords import verify_password
from ruhrvote.accounts.texts import SIZE_CLASSES
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db, transaction
from ruhrvote.demo import PASSWORD
from ruhrvote.demo.electorate import CRAFTS, firms, invented_firms
from ruhrvote.demo.script import script
from ruhrvote.drafts.queries import find_draft
from ruhrvote.tally.weak_order import judged
from tests.pages import Visitor

pytestmark = pytest.mark.alike


def test_there_are_six_hundred_firms_and_every_name_says_that_it_is_invented() -> None:
    names = [firm.name for firm in firms()]
    assert len(names) == len(set(names)) == 600
    assert all(re.match(r"(Muster|Beispiel|Probe|Phantasie)\w+ .+ \(Demo\)$", name) for name in names)


def test_firms_are_of_all_sectors_and_sizes_in_all_municipalities(demo_app: Flask) -> None:
    with demo_app.app_context():
        found = invented_firms()
        assert len(found) == 600
        assert len({firm.sector for firm in found}) == len(script()["firms"]["sector"]) >= 20
        assert {firm.size_class for firm in found} == set(SIZE_CLASSES) - {""}
        seats = Counter(firm.municipality.name for firm in found if firm.municipality)
        assert len(seats) == 53
        assert [name for name, _ in seats.most_common(4)] == ["Dortmund", "Essen", "Duisburg", "Bochum"]


def test_a_firm_belongs_to_the_chambers_of_its_municipality(demo_app: Flask) -> None:
    with demo_app.app_context():
        kinds = Counter()
        for firm in invented_firms():
            assert firm.municipality is not None
            assert {chamber.id for chamber in firm.chambers} <= {chamber.id for chamber in firm.municipality.chambers}
            kinds[tuple(chamber.name in CRAFTS for chamber in firm.chambers)] += 1
        assert kinds.keys() == {(True,), (False,), (False, True)}
        assert min(kinds.values()) > 15


def test_there_is_a_login_for_each_role_and_nobody_else_has_an_account(demo_app: Flask) -> None:
    with demo_app.app_context():
        people = db.session.scalars(select(Account).order_by(Account.id)).all()
        assert all(person.is_demo and person.email.endswith(".example") for person in people)
        assert Counter((person.role, person.organisation.kind) for person in people) == {
            (Role.VOTER, Kind.FIRM): 2,
            (Role.VOTER, Kind.MUNICIPALITY): 1,
            (Role.VOTER, Kind.CHAMBER): 1,
            (Role.REVIEWER, Kind.CHAMBER): 1,
            (Role.CHAMBER_ADMIN, Kind.CHAMBER): 1,
            (Role.CONSULTATION_ADMIN, Kind.CHAMBER): 2,
        }
        colleagues = [person for person in people if person.organisation.kind == Kind.FIRM]
        assert len({person.organisation_id for person in colleagues}) == 1
        assert verify_password(people[0].password_hash, PASSWORD)


def test_the_voters_of_the_logins_have_not_voted_in_the_open_round(demo_app: Flask) -> None:
    with demo_app.app_context():
        open_round = get_consultation("ruhr-2026").id
        voters = select(Account.organisation_id).where(Account.role == Role.VOTER)
        ballots = select(func.count()).where(Ballot.consultation_id == open_round, Ballot.organisation_id.in_(voters))
        assert db.session.scalar(ballots) == 0
        robin = db.session.scalars(select(Account).where(Account.email == "robin.vorlage@kommune.example")).one()
        draft = find_draft(open_round, robin)
        assert draft is not None
        assert judged(draft.ranking) == 13
        assert sorted(draft.ranking[1::2].replace("~", "")) == ["A", "B", "C"]


def log_in_as(visitor: Visitor, account_id: int) -> int:
    """Press a demo login that is perhaps not on the page; the answer's status."""
    token = visitor.page("/login").root.find(".//input[@name='csrf_token']")
    assert token is not None
    answer = visitor.post("/login/demo", data={"csrf_token": token.get("value"), "account": str(account_id)})
    return answer.status_code


def test_each_demo_login_opens_by_one_click(demo_app: Flask) -> None:
    with demo_app.app_context():
        people = list(db.session.scalars(select(Account.id)))
    assert [log_in_as(demo_app.test_client(), person) for person in people] == [303] * 8


def test_a_live_system_has_no_demo_logins_even_for_an_account_marked_so(app: Flask, client: Visitor) -> None:
    with app.app_context():
        account = mark_a_live_system_account()
    assert log_in_as(client, account) == 404


def mark_a_live_system_account() -> int:
    """A live system with one account that claims to be a demo login; the account's id."""
    mark_installation(False)
    chamber = create_organisation(kind=Kind.CHAMBER, name="Kammer", chamber_ids=[])
    account_id = create_account(
        organisation_id=chamber, email="a@kammer.example", person="A", role=Role.REVIEWER, password=PASSWORD
    )
    with transaction() as session:
        session.get_one(Account, account_id).is_demo = True
    return account_id
