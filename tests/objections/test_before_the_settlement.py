"""Between the close and the settlement no way out of the system shows a closing figure, and no page fails."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.leaderboards.boards import scopes_of
from ruhrvote.objections.actions import settle_due
from tests.people import World, make_world, visit
from tests.rounds import date_back_the_close, submit
from tests.security.everything import METHODS, PLAIN

ONE, TWO = "1A1B2~3~4~5~", "4~3~2~1A1B5~"
ENGLISH = {"Accept_Language": "en"}
API = "/api/v1/consultations/round/boards/"


@pytest.fixture
def week(app: Flask) -> World:
    """Fifteen firms have voted in cohorts; one that was shown already has changed its ballot."""
    with app.app_context():
        made = make_world(firms=20, release_policy=ReleasePolicy.COHORTS, objection_days=7)
        for firm in made.round.firms[:15]:
            submit(made.round, firm, ONE)
        submit(made.round, made.round.firms[0], TWO, version=1)
        return made


def figures_of(app: Flask) -> dict[str, Any]:
    """The rows of all boards as programs get them."""
    with app.app_context():
        scopes = [str(scope) for scope in scopes_of(get_consultation("round"))]
    visitor = visit(app)
    found = {}
    for scope in scopes:
        answer = visitor.get(API + scope)
        assert answer.status_code == 200
        rows = [*answer.json["ideas"], *answer.json["themes"]]
        found[scope] = [{name: value for name, value in row.items() if name != "as_of"} for row in rows]
        assert found[scope], "the control: there are rows"
    return found


def test_the_figures_stay_as_they_were_until_the_settlement(app: Flask, week: World) -> None:
    before = figures_of(app)
    with app.app_context():
        close_consultation("round")
    assert figures_of(app) == before
    with app.app_context():
        date_back_the_close(week.round, timedelta(days=7))
        settle_due()
    assert figures_of(app) != before, "the control: there is a closing figure"


@pytest.mark.parametrize("role", ["voter", "reviewer", "chamber_admin", "consultation_admin"])
def test_every_page_of_the_round_can_be_read(app: Flask, week: World, role: str) -> None:
    with app.app_context():
        close_consultation("round")
    visitor = visit(app, getattr(week, role), **ENGLISH)
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or set()) & METHODS or "key" not in rule.arguments or "stream" in str(rule):
            continue
        given = {**PLAIN, "key": "round"}
        if rule.arguments - given.keys():
            continue
        path = app.url_map.bind("localhost").build(rule.endpoint, {name: given[name] for name in rule.arguments})
        with visitor.get(path) as response:
            assert response.status_code < 500, path
