"""How far a chamber's people reach: the own chamber, its members, and no more rights than they may give."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.accounts.models import ColleagueInvitation, Kind, Organisation, Role
from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.db import db
from ruhrvote.ideas.models import Idea
from tests.people import World, post, visit


def organisations(app: Flask) -> int:
    with app.app_context():
        return db.session.query(Organisation).count()


def test_a_chamber_admin_reaches_the_own_chamber_and_its_members_only(app: Flask, world: World) -> None:
    visitor, own, foreign = visit(app, world.chamber_admin), world.round.chambers[0], world.round.chambers[1]
    for organisation in (own, world.firm):
        assert visitor.get(f"/organisations/{organisation}").status_code == 200
    for organisation in (foreign, world.foreign_firm, 999):
        assert visitor.get(f"/organisations/{organisation}").status_code == 404
        account = {"person": "Eva", "email": "eva@fremd.example", "role": "voter"}
        assert post(visitor, f"/organisations/{organisation}/accounts", account).status_code == 404
    assert "Fremde Firma" not in visitor.page("/organisations?q=Firma").text
    with app.app_context():
        assert db.session.query(ColleagueInvitation).count() == 0


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CHAMBER_ADMIN, Role.CONSULTATION_ADMIN, "god"])
def test_a_chamber_admin_gives_nobody_more_than_a_vote(app: Flask, world: World, role: str) -> None:
    account = {"person": "Eva", "email": "eva@firma.example", "role": role}
    path = f"/organisations/{world.firm}/accounts"
    assert post(visit(app, world.chamber_admin), path, account).status_code == 422
    with app.app_context():
        assert db.session.query(ColleagueInvitation).count() == 0


@pytest.mark.parametrize("kind", [Kind.CHAMBER, Kind.MUNICIPALITY, "empire"])
def test_a_chamber_admin_creates_firms_only(app: Flask, world: World, kind: str) -> None:
    before = organisations(app)
    form = {"name": "Neue Organisation", "kind": kind, "municipality": "0", "size_class": ""}
    assert post(visit(app, world.chamber_admin), "/organisations/new", form).status_code == 422
    assert organisations(app) == before


def test_a_chamber_admin_creates_members_of_the_own_chamber_only(app: Flask, world: World) -> None:
    form = {
        "name": "Neue Firma",
        "kind": "firm",
        "municipality": "0",
        "size_class": "",
        "chambers": str(world.round.chambers[1]),
    }
    assert post(visit(app, world.chamber_admin), "/organisations/new", form).status_code == 303
    with app.app_context():
        created = db.session.query(Organisation).filter_by(name="Neue Firma").one()
        assert [chamber.id for chamber in created.chambers] == [world.round.chambers[0]]


def test_a_reviewer_cannot_delete_the_comment_of_a_member(app: Flask, world: World) -> None:
    path = "/consultations/round/ideas/1/comments"
    with app.app_context():
        idea = db.session.query(Idea).filter_by(number=1).one()
        write_comment(idea.id, Author(world.firm, None), CommentKind.NOTE, "Ein Kommentar des Unternehmens.")
    assert post(visit(app, world.reviewer), f"{path}/1/delete").status_code == 404
    assert "Ein Kommentar des Unternehmens." in visit(app).page(path).text
    assert post(visit(app, world.colleague), f"{path}/1/delete").status_code == 303
    assert "Ein Kommentar des Unternehmens." not in visit(app).page(path).text
