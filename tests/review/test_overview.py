"""The overview: who takes part, the own members as counts, and what waits for somebody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from ruhrvote.accounts.models import Role
from ruhrvote.ballots.actions import withdraw
from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.boards import OVERALL, make_board
from ruhrvote.review.charts.turnout import course_of
from tests.pages import Page
from tests.people import World, make_person, visit
from tests.rounds import make_round, submit

pytestmark = pytest.mark.alike

HALF = "1A1B2A0~0~0~"


def overview(app: Flask, person: int, key: str = "round") -> Page:
    return visit(app, person, Accept_Language="en").page(f"/consultations/{key}/review")


def test_turnout_and_own_members_as_counts(app: Flask, world: World) -> None:
    with app.app_context():
        submit(world.round, world.firm, HALF)
        submit(world.round, world.foreign_firm, HALF)
    page = overview(app, world.reviewer)
    assert "2 of 7 organisations (28.6 %)" in page.text
    assert "Of your members that may take part, 1 of 4 have submitted (25.0 %)" in page.text
    assert "3.0 of 6" in page.text
    assert "50 %" in page.text
    assert "Fremde Firma" not in page.text
    with app.app_context():
        admin = make_person(world.round.chambers[0], Role.CONSULTATION_ADMIN)
    assert "Of your members" not in overview(app, admin).text


def test_what_waits_for_somebody(app: Flask, world: World) -> None:
    with app.app_context():
        idea = ideas_of(world.round.id)[0].id
        write_comment(idea, Author(world.firm, None), CommentKind.QUESTION, "Wer bezahlt das?")
        write_comment(idea, Author(world.foreign_firm, None), CommentKind.QUESTION, "Und wann beginnt es?")
    page = overview(app, world.reviewer)
    assert page.follow("2 open questions, of your members 1").h1 == "Open questions"
    assert page.follow("0 comments to decide on").response.status_code == 200
    assert "Mail: 0 waiting, 0 failed" in page.text
    assert page.follow("Compare and doubt").h1 == "Compare and doubt"


def test_the_release_backlog_of_cohorts(app: Flask) -> None:
    with app.app_context():
        round_ = make_round("cohorts", firms=14, release_policy=ReleasePolicy.COHORTS)
        person = make_person(round_.chambers[0], Role.REVIEWER)
        for firm in round_.firms[:3]:
            submit(round_, firm, HALF)
    page = overview(app, person, "cohorts")
    assert "3 first ballots wait for their cohort; next update after 7 more submissions" in page.text
    assert "No votes yet" in page.text


def test_the_course_counts_what_came_and_went(app: Flask, world: World) -> None:
    with app.test_request_context():
        consultation = get_consultation("round")
        for firm in world.round.firms[:2]:
            submit(world.round, firm, HALF)
        groups = make_board(consultation, OVERALL).group_turnouts
        place = list(groups).index("firm")
        assert course_of(consultation, groups).received[place] == [0, 2]
        submit(world.round, world.round.firms[2], HALF)
        submit(world.round, world.round.firms[2], "1A1B2A2B0~0~", version=1)
        withdraw(world.round.voter(world.firm), expected_version=1)
        course = course_of(consultation, make_board(consultation, OVERALL).group_turnouts)
        assert course.received[place][-1] == 2, "one more came, was replaced, and another was withdrawn"
        assert course.moments[-1] - datetime.now(UTC) < timedelta(hours=1)
        assert course.percent(place, len(course.moments) - 1) == 50


def test_the_ways_lead_here(app: Flask, world: World) -> None:
    visitor = visit(app, world.reviewer, Accept_Language="en")
    assert visitor.page("/").follow("Evaluation").path == "/consultations/round/review"
    assert "Evaluation" not in visit(app, world.voter, Accept_Language="en").page("/").text
