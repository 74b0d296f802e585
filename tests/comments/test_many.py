"""Ten thousand comments on one idea: the first page costs as many statements as with one, and not much more time."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from sqlalchemy import insert

from ruhrvote.comments.models import Agreement, Attribution, Comment, CommentKind, State
from ruhrvote.comments.queries import PER_PAGE
from ruhrvote.db import clock, transaction
from tests.comments.talk import PATH, idea_id, say, texts
from tests.people import World, visit
from tests.statements import counted

MANY = 10_000
PAGES = (PATH, f"{PATH}?sort=agreement", f"{PATH}?sort=unanswered", f"{PATH}?kind=question", f"{PATH}/1")


def fill(app: Flask, world: World) -> None:
    """Comments of all kinds, every third one a reply to the first, some agreed with."""
    kinds = list(CommentKind)
    with app.app_context(), transaction() as session:
        now, here = clock(), idea_id()
        rows = [
            {
                "idea_id": here,
                "organisation_id": world.round.firms[i % 3],
                "parent_id": 1 if i % 3 == 0 else None,
                "kind": None if i % 3 == 0 else kinds[i % 4],
                "attribution": Attribution.NAME,
                "place": "",
                "state": State.PUBLISHED,
                "hidden_because": "",
                "text": f"Kommentar {i} mit genug Text.",
                "agreements": 1 if i % 100 == 1 else 0,
                "written_at": now,
            }
            for i in range(2, MANY + 1)
        ]
        session.execute(insert(Comment), rows)
        agreed = [{"comment_id": 2, "organisation_id": world.round.chambers[0]}]
        session.execute(insert(Agreement), agreed)


@pytest.mark.parametrize(
    "person",
    [pytest.param("voter", marks=pytest.mark.alike), "reviewer", pytest.param(None, marks=pytest.mark.alike)],
)
def test_ten_thousand_cost_no_more_statements_than_one(app: Flask, world: World, person: str | None) -> None:
    assert say(app, world.firm, kind=CommentKind.QUESTION) == 1
    visitor = visit(app, getattr(world, person) if person else None)
    costs: list[list[int]] = []
    for number in (1, MANY):
        if number == MANY:
            fill(app, world)
        costs.append([])
        for path in PAGES:
            began = time.process_time()  # a busy machine makes us wait, not work
            with counted(app) as statements:
                page = visitor.page(path)
            costs[-1].append(len(statements))
            assert time.process_time() - began < 5, path  # seconds
    assert costs[0] == costs[1]
    assert max(costs[0]) <= 16
    assert "Kommentar" in texts(page)[1]
    assert len(texts(visitor.page(PATH))) == PER_PAGE
