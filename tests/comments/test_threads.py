"""Replies, agreement, changes within a quarter of an hour, and what stays of a deleted comment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.comments.actions import COMMENT_LIMIT, agree, delete_comment, reply
from ruhrvote.comments.models import Agreement, Attribution, Comment, CommentKind, EarlierText
from ruhrvote.comments.queries import REPLIES_SHOWN
from ruhrvote.comments.summary import comment_counts
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.web import MAX_BODY
from tests.comments.talk import PATH, TEXT, idea_id, kept, say, texts, write
from tests.pages import text_of
from tests.people import World, post, visit

pytestmark = pytest.mark.alike


@pytest.fixture
def question(app: Flask, world: World) -> int:
    return say(app, world.round.firms[1], "Wer bezahlt das alles am Ende?", CommentKind.QUESTION)


def make_older(app: Flask, comment_id: int, minutes: int) -> None:
    with app.app_context(), transaction() as session:
        then = clock() - timedelta(minutes=minutes)
        session.execute(update(Comment).where(Comment.id == comment_id).values(written_at=then))


def test_one_level_of_replies_below_their_comment(app: Flask, world: World, question: int) -> None:
    page = visit(app, world.voter).page(f"{PATH}/{question}?form=reply")
    page = page.submit({f"reply-{question}-text": "Das haben wir uns auch gefragt."})
    assert texts(page) == ["Wer bezahlt das alles am Ende?", "Das haben wir uns auch gefragt."]
    with app.app_context():
        answer = db.session.scalars(select(Comment.id).where(Comment.parent_id == question)).one()
    links = {link.get("href", "").partition("#")[0] for link in page.root.iter("a")}
    assert f"{PATH}/{question}?form=reply" in links
    assert f"{PATH}/{answer}?form=reply" not in links
    with app.app_context(), pytest.raises(Conflict):
        say(app, world.firm, to=answer)


def test_below_a_comment_stand_the_official_replies_and_the_first_ones(app: Flask, world: World, question: int) -> None:
    for i in range(REPLIES_SHOWN + 2):
        say(app, world.firm, f"Antwort {i} mit genug Text darin.", to=question)
    say(app, world.round.chambers[0], "Hierzu nehmen wir Stellung.", to=question, attribution=Attribution.OFFICIAL)
    page = visit(app, Accept_Language="en").page(PATH)
    shown = texts(page)
    assert shown[1] == "Hierzu nehmen wir Stellung."
    assert shown[2:] == [f"Antwort {i} mit genug Text darin." for i in range(REPLIES_SHOWN - 1)]
    assert len(texts(page.follow(f"All {REPLIES_SHOWN + 3} replies"))) == REPLIES_SHOWN + 4


def test_a_question_is_open_until_a_chamber_answers_officially(app: Flask, world: World, question: int) -> None:
    def openly() -> tuple[int, int]:
        with app.app_context():
            return comment_counts(1)[idea_id()]

    say(app, world.firm, "Das wüssten wir auch gern.", to=question)
    assert openly() == (2, 1)
    reviewer = visit(app, world.reviewer, Accept_Language="en")
    listed = reviewer.page("/consultations/round/questions")
    assert "Wer bezahlt das alles am Ende?" in listed.text
    assert "1 open question of your members" in reviewer.page("/").text
    page = reviewer.page(f"{PATH}/{question}?form=reply")
    page = page.submit({f"reply-{question}-text": "Das Land bezahlt die Hälfte."})
    assert "Official reply of the chamber" in page.text
    assert "Answered" in page.text
    assert openly() == (3, 0)
    assert "Wer bezahlt" not in reviewer.page("/consultations/round/questions?of=all").text
    assert texts(visit(app).page(f"{PATH}?sort=unanswered")) == []
    with app.app_context():
        official = db.session.scalars(select(Comment.id).where(Comment.attribution == "official")).one()
        delete_comment(official, world.round.chambers[0])
    assert openly() == (2, 1), "without its answer it is open again"


def test_a_chamber_answers_after_the_close_as_well_and_nobody_else_does(
    app: Flask, world: World, question: int
) -> None:
    with app.app_context():
        close_consultation(world.key)
    fields = {f"reply-{question}-text": "Eine späte Antwort an alle."}
    late = f"{PATH}/{question}/reply"
    name, official = ({f"reply-{question}-shown_as": how} for how in ("name", "official"))
    assert post(visit(app, world.voter), late, fields | name).status_code == 409
    assert post(visit(app, world.voter), late, fields | official).status_code == 422
    assert post(visit(app, world.reviewer), late, fields | name).status_code == 409
    assert post(visit(app, world.reviewer), late, fields | official).status_code == 303


def test_each_organisation_agrees_once_and_never_with_itself(app: Flask, world: World, question: int) -> None:
    one, colleague = visit(app, world.voter), visit(app, world.colleague)
    for visitor in (one, colleague, one):
        assert post(visitor, f"{PATH}/{question}/agree", {"agreed": "1"}).status_code == 303
    with app.app_context():
        assert db.session.get_one(Comment, question).agreements == 1
        with pytest.raises(Conflict):
            agree(question, world.round.firms[1], agreed=True)
    page = colleague.page(PATH)
    assert page.root.find(".//button[@class='agree']").get("aria-pressed") == "true"
    page = page.submit(action=f"{PATH}/{question}/agree")
    assert page.path == PATH, "back on the page that one was on"
    assert page.root.find(".//button[@class='agree']").get("aria-pressed") == "false"
    with app.app_context():
        assert db.session.get_one(Comment, question).agreements == 0


def test_agreements_at_the_same_moment_are_all_counted(app: Flask, world: World, question: int) -> None:
    others = [*world.round.firms, *world.round.chambers, *world.round.municipalities, world.foreign_firm]
    others.remove(world.round.firms[1])

    def press(organisation_id: int) -> None:
        with app.app_context():
            agree(question, organisation_id, agreed=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(press, others * 2))
    with app.app_context():
        rows = db.session.scalar(select(func.count()).select_from(Agreement))
        assert db.session.get_one(Comment, question).agreements == rows == len(others)


def test_the_most_agreed_first_and_in_the_summary(app: Flask, world: World, question: int) -> None:
    say(app, world.firm, "Ein Kommentar ohne Zustimmung, neu.", CommentKind.SUPPORT)
    best = say(app, world.firm, "Diesem stimmen die meisten zu.", CommentKind.SUPPORT)
    say(app, world.firm, "Noch einer ohne Zustimmung, neu.", CommentKind.OBJECTION)
    with app.app_context():
        for organisation in (world.round.chambers[0], world.round.municipalities[0]):
            agree(best, organisation, agreed=True)
        agree(question, world.firm, agreed=True)
    page = visit(app, Accept_Language="en").page(f"{PATH}?sort=agreement")
    assert texts(page)[:2] == ["Diesem stimmen die meisten zu.", "Wer bezahlt das alles am Ende?"]
    kinds = [text_of(part) for part in page.root.iter("p") if part.get("class") == "summary__count"]
    assert kinds == ["In favour 2", "Against 1", "Note 0", "Question 1 · 1 open"]
    assert [text_of(quoted) for quoted in page.root.iter("q")] == [
        "Diesem stimmen die meisten zu.",
        "Wer bezahlt das alles am Ende?",
    ]
    assert texts(visit(app).page(f"{PATH}?kind=objection")) == ["Noch einer ohne Zustimmung, neu."]


def test_changed_within_a_quarter_of_an_hour_and_marked(app: Flask, world: World) -> None:
    own = say(app, world.firm, account_id=world.voter)
    visitor = visit(app, world.voter, Accept_Language="en")
    page = visitor.page(f"{PATH}/{own}?form=edit").submit({f"edit-{own}-text": "Jetzt steht hier etwas Besseres."})
    assert texts(page) == ["Jetzt steht hier etwas Besseres."]
    assert "edited" in page.text
    assert TEXT not in visit(app).page(PATH).text
    moderators = visit(app, world.reviewer).page(f"/consultations/round/moderation/{own}")
    assert TEXT in moderators.text, "moderators see what it said before"
    page = visitor.page(f"{PATH}/{own}?form=edit")
    make_older(app, own, 16)
    late = page.submit({f"edit-{own}-text": "Zu spät für diese Änderung."}, status=409)
    assert "Zu spät für diese Änderung." in late.text, "what was typed is still there"
    assert post(visit(app, world.reviewer), f"{PATH}/{own}/edit", {f"edit-{own}-text": "x" * 30}).status_code == 404
    assert kept(app) == ["Jetzt steht hier etwas Besseres."]


def test_a_placeholder_without_text_stays_above_the_replies(app: Flask, world: World) -> None:
    own = say(app, world.firm, account_id=world.voter)
    say(app, world.round.firms[1], "Eine Antwort, die bleiben soll.", to=own)
    visitor = visit(app, world.voter, Accept_Language="en")
    visitor.page(f"{PATH}/{own}?form=edit").submit({f"edit-{own}-text": "Zwischendurch stand hier etwas."})
    visitor.page(f"{PATH}/{own}?form=delete").submit(action=f"{PATH}/{own}/delete")
    page = visit(app, Accept_Language="en").page(PATH)
    assert texts(page) == ["Eine Antwort, die bleiben soll."]
    assert "This comment was deleted by its author." in page.text
    assert "firm 1 (round)" not in page.text
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(EarlierText)) == 0
        assert [count for count, _ in comment_counts(1).values()] == [1]
        with pytest.raises(Unknown):
            reply(own, None, "x")  # type: ignore[arg-type] # refused before anybody looks at who writes
    alone = say(app, world.firm)
    with app.app_context():
        delete_comment(alone, world.firm)
    assert visit(app).get(f"{PATH}/{alone}").status_code == 404, "no placeholder above nothing"


def test_whoever_writes_too_fast_waits_and_loses_nothing(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter, Accept_Language="en")
    for i in range(COMMENT_LIMIT):
        write(visitor, f"Kommentar {i:02d} mit genug Text.")
    with app.app_context():
        delete_comment(db.session.scalars(select(Comment.id).limit(1)).one(), world.firm)
    refused = write(visitor, "Der elfte Kommentar von mir heute.", status=422)
    assert "Please wait a little" in refused.text
    assert "Der elfte Kommentar von mir heute." in (refused.root.find(".//textarea").text or "")
    other = write(visit(app, world.colleague), "Eine andere Person darf noch schreiben.")
    assert "Eine andere Person darf noch schreiben." in texts(other)
    with app.app_context(), transaction() as session:
        session.execute(update(Comment).values(written_at=clock() - timedelta(minutes=11)))
    write(visitor, "Nach einer Pause geht es wieder.")


def test_many_at_once_from_one_account_are_counted_too(app: Flask, world: World) -> None:
    for i in range(COMMENT_LIMIT - 1):
        say(app, world.firm, f"Kommentar {i:02d} mit genug Text.", account_id=world.voter)
    ready = Barrier(6)

    def send(number: int) -> bool:
        ready.wait(10)
        try:
            say(app, world.firm, f"Zugleich {number} mit genug Text.", account_id=world.voter)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(send, range(6))) == 1
    assert len(kept(app)) == COMMENT_LIMIT


@pytest.mark.parametrize("size", [50_000, 100_000])
def test_much_too_much_text_is_refused_with_a_message(app: Flask, world: World, size: int) -> None:
    data = {"text": "x" * size, "kind": "note", "shown_as": "name"}
    for headers in ({}, {"HX-Request": "true"}):
        answer = post(visit(app, world.voter, Accept_Language="en"), PATH, data, headers=headers)
        assert answer.status_code == (413 if size > MAX_BODY else 422)
        page = answer.get_data(as_text=True)
        assert ("That was too much text" if size > MAX_BODY else "between 20 and 2000 characters") in page
        assert size > MAX_BODY or "x" * size in page
    assert kept(app) == []


def test_own_comments_in_one_list(app: Flask, world: World) -> None:
    say(app, world.firm, "Zur ersten Idee gesagt, unter Namen.", account_id=world.voter)
    text, attribution = "Zur zweiten Idee gesagt, ganz allgemein.", Attribution.ANYBODY
    say(app, world.firm, text, account_id=world.voter, idea=2, attribution=attribution)
    say(app, world.round.firms[1], "Von jemand anderem gesagt worden.")
    page = visit(app, world.colleague).page("/consultations/round/my-comments")
    assert texts(page) == ["Zur zweiten Idee gesagt, ganz allgemein.", "Zur ersten Idee gesagt, unter Namen."]
