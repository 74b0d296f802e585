"""What an organisation gets back once the result is published."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.accounts.queries import accounts_of
from ruhrvote.comments.actions import Author, reply, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.ideas.queries import ideas_of
from tests.leaderboards.reading import ranking
from tests.pages import Visitor
from tests.people import make_person, visit
from tests.rounds import Round, certify_and_publish, make_round, submit

pytestmark = pytest.mark.alike

PAGE = "/consultations/round/ballot/feedback"


@pytest.fixture
def made(app: Flask) -> Round:
    with app.app_context():
        made = make_round()
        writer = make_person(made.firms[0])
        for firm in made.firms[:11]:
            by = writer if firm == made.firms[0] else None
            submit(made, firm, ranking("2", "1A", "1B", "4", "0", "1"), by=by)
        idea = ideas_of(made.id)[0]
        comment_id = write_comment(
            idea.id, Author(made.firms[0], writer), CommentKind.QUESTION, "Wann geht es denn los?"
        )
        reply(comment_id, Author(made.firms[1], None), "Sobald das Geld bewilligt ist.")
        return made


def voter(app: Flask, organisation_id: int) -> Visitor:
    with app.app_context():
        there = accounts_of(organisation_id)
        person = there[0].id if there else make_person(organisation_id)
    return visit(app, person, Accept_Language="en")


def publish(app: Flask, made: Round) -> None:
    with app.app_context():
        close_consultation(made.key)
        certify_and_publish(made.key)


def cells(visitor: Visitor) -> dict[str, list[str]]:
    """The table's rows by idea: own place, region, chamber or group."""
    root = visitor.page(PAGE).root
    return {
        row.get("id", ""): [" ".join("".join(cell.itertext()).split()) for cell in row.findall("td")]
        for row in root.findall(".//tbody/tr")
    }


def test_before_the_publication_there_is_none(app: Flask, made: Round) -> None:
    answer = voter(app, made.firms[0]).get(PAGE)
    assert answer.status_code == 409
    assert "as soon as the result is published" in answer.text


def test_the_own_order_stands_beside_the_others(app: Flask, made: Round) -> None:
    publish(app, made)
    shown = cells(voter(app, made.firms[0]))
    assert list(shown)[:3] == ["row-2", "row-3", "row-6"]  # in the own order, not in the region's
    assert shown["row-2"] == ["1", "1", "1"]
    assert shown["row-1"] == ["4", "4", "4"]
    assert shown["row-5"][0] == "–"


def test_replies_come_with_it(app: Flask, made: Round) -> None:
    publish(app, made)
    assert "Sobald das Geld bewilligt ist." in voter(app, made.firms[0]).get(PAGE).text
    assert "Nobody has replied" in voter(app, made.firms[2]).get(PAGE).text


def test_who_did_not_vote_sees_the_result_all_the_same(app: Flask, made: Round) -> None:
    publish(app, made)
    visitor = voter(app, made.firms[11])
    assert "No ballot of" in visitor.get(PAGE).text
    assert cells(visitor)["row-2"][:2] == ["–", "1"]
