"""A chamber's shortlist, and what it lets everybody read of it."""

from __future__ import annotations

from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from tests.pages import Visitor
from tests.people import World, make_person, post, visit

LIST = "/consultations/round/shortlist"
OUTCOME = "/consultations/round/outcome"


def reviewer(app: Flask, world: World) -> Visitor:
    return visit(app, world.reviewer, Accept_Language="en")


def save(visitor: Visitor, number: int, **said: str) -> int:
    fields = {"step": "noted"} | said
    return post(
        visitor, f"{LIST}/{number}", {f"idea-{number}-{name}": text for name, text in fields.items()}
    ).status_code


def public(app: Flask) -> str:
    return visit(app, Accept_Language="en").get(OUTCOME).text


def test_an_idea_is_noted_and_comes_off_again(app: Flask, world: World) -> None:
    visitor = reviewer(app, world)
    assert "Nothing is on the shortlist yet" in visitor.get(LIST).text
    assert post(visitor, LIST, {"number": "2"}).status_code == 303
    assert post(visitor, LIST, {"number": "2"}).status_code == 303  # twice is once
    assert save(visitor, 2, step="in_committee", note="On Tuesday") == 303
    page = visitor.get(LIST).text
    assert page.count('class="panel stack shortlist"') == 1
    assert "On Tuesday" in page
    assert post(visitor, f"{LIST}/2/remove").status_code == 303
    assert "On Tuesday" not in visitor.get(LIST).text


def test_each_chamber_has_its_own(app: Flask, world: World) -> None:
    visitor = reviewer(app, world)
    post(visitor, LIST, {"number": "1"})
    save(visitor, 1, note="Only ours")
    with app.app_context():
        other = make_person(world.round.chambers[1], "reviewer")
    theirs = visit(app, other)
    assert "Only ours" not in theirs.get(LIST).text
    assert save(theirs, 1, note="Not mine") == 404
    assert "Only ours" in visitor.get(LIST).text


def test_nothing_is_published_while_votes_come_in(app: Flask, world: World) -> None:
    visitor = reviewer(app, world)
    post(visitor, LIST, {"number": "1"})
    answer = post(
        visitor, f"{LIST}/1", {"idea-1-step": "decided", "idea-1-outcome": "We build it", "idea-1-published": "y"}
    )
    assert answer.status_code == 422
    assert "Publish this after the close" in answer.text
    assert "We build it" in answer.text  # what was typed stays
    assert "We build it" not in public(app)


def test_after_the_close_everybody_reads_status_and_text_but_not_the_note(app: Flask, world: World) -> None:
    visitor = reviewer(app, world)
    post(visitor, LIST, {"number": "1"})
    with app.app_context():
        close_consultation("round")
    assert "No chamber has published anything yet" in public(app)
    assert save(visitor, 1, step="decided", note="Secret", outcome="We build it", published="y") == 303
    page = public(app)
    assert "We build it" in page
    assert "Decided" in page
    assert "Secret" not in page
    assert save(visitor, 1, step="decided", outcome="We build it") == 303
    assert "We build it" not in public(app)


def test_too_long_a_note_is_said_at_its_field_and_stays(app: Flask, world: World) -> None:
    visitor = reviewer(app, world)
    post(visitor, LIST, {"number": "1"})
    answer = post(visitor, f"{LIST}/1", {"idea-1-step": "noted", "idea-1-note": "x" * 2001})
    assert answer.status_code == 422
    assert "A note has at most 2000 characters." in answer.text
    assert "x" * 2001 in answer.text


def test_an_unknown_idea_is_refused(app: Flask, world: World) -> None:
    assert post(reviewer(app, world), LIST, {"number": "999"}).status_code == 404
    assert post(reviewer(app, world), LIST, {}).status_code == 422
