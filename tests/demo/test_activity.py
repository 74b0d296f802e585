"""The demonstration's own ballots: only where and while the switch is on, and never for those who log in."""

from __future__ import annotations

import itertools

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from ruhrvote import demo
from ruhrvote.accounts.models import Account, Installation, Kind, Organisation, Role
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.actions import close_consultation, set_demo_activity
from ruhrvote.consultations.models import RollEntry
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db, transaction
from ruhrvote.demo import activity
from ruhrvote.recount import recount_all

pytestmark = pytest.mark.alike

KEY = "ruhr-2026"


@pytest.fixture(autouse=True)
def seconds(monkeypatch: pytest.MonkeyPatch):
    """A clock of which each look takes a second, and no memory of other tests."""
    ticks = itertools.count(1000)
    monkeypatch.setattr(activity, "monotonic", lambda: float(next(ticks)))
    monkeypatch.setattr(activity, "_since", {})
    monkeypatch.setattr(activity, "_due", {})


def submissions() -> int:
    return db.session.scalar(select(func.count()).select_from(BallotVersion)) or 0


def act_often(times: int = 40) -> int:
    """Act so often and return how many ballots came of it."""
    before = submissions()
    for _ in range(times):
        demo.act()
    return submissions() - before


def test_while_the_switch_is_on_a_ballot_comes_every_few_seconds(demo_app: Flask) -> None:
    with demo_app.app_context():
        assert act_often() == 0
        set_demo_activity(KEY, on=True)
        assert 15 <= act_often(60) <= 30
        set_demo_activity(KEY, on=False)
        assert act_often() == 0


def test_nothing_happens_in_a_system_that_is_no_demonstration(demo_app: Flask) -> None:
    with demo_app.app_context():
        set_demo_activity(KEY, on=True)
        with transaction() as session:
            session.execute(update(Installation).values(is_demo=False))
        assert act_often() == 0


def test_nothing_happens_once_the_round_is_closed(demo_app: Flask) -> None:
    with demo_app.app_context():
        set_demo_activity(KEY, on=True)
        close_consultation(KEY)
        assert act_often() == 0


def test_the_switch_turns_itself_off(demo_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with demo_app.app_context():
        set_demo_activity(KEY, on=True)
        monkeypatch.setattr(activity, "LONGEST", -1)
        assert act_often() == 0
        assert not get_consultation(KEY).demo_activity


def test_the_firms_left_vote_before_any_changes_and_those_of_the_logins_never(demo_app: Flask) -> None:
    with demo_app.app_context():
        round_id = get_consultation(KEY).id
        of_logins = select(Account.organisation_id)
        voted = select(Ballot.organisation_id).where(Ballot.consultation_id == round_id)
        left = (
            select(Organisation.id)
            .where(Organisation.kind == Kind.FIRM, Organisation.id.not_in(voted), Organisation.id.not_in(of_logins))
            .order_by(Organisation.id)
        )
        keep_on_the_roll(round_id, {*db.session.scalars(left.limit(3)), *db.session.scalars(of_logins)})
        before, last = set(db.session.scalars(voted)), submissions()
        for _ in range(3):
            assert activity.cast_one(KEY)
        assert len(set(db.session.scalars(voted)) - before) == 3
        for _ in range(5):
            assert activity.cast_one(KEY)
        assert len(set(db.session.scalars(voted)) - before) == 3
        assert submissions() == last + 8
        voters = select(Account.organisation_id).where(Account.role == Role.VOTER)
        assert not set(db.session.scalars(voters)) & set(db.session.scalars(voted))
        assert [counted.faults for counted in recount_all()] == [(), (), ()]


def keep_on_the_roll(round_id: int, firms: set[int]) -> None:
    """Strike all firms that have not voted from the roll, except these: voting 331 times takes long."""
    voted = select(Ballot.organisation_id).where(Ballot.consultation_id == round_id)
    with transaction() as session:
        session.execute(
            delete(RollEntry).where(
                RollEntry.consultation_id == round_id,
                RollEntry.group == Kind.FIRM,
                RollEntry.organisation_id.not_in(voted),
                RollEntry.organisation_id.not_in(firms),
            )
        )
