"""Changes to ideas after the opening: former texts stay readable, a withdrawn idea keeps its place."""

from __future__ import annotations

import json
import secrets

import pytest
from flask import Flask

from ruhrvote.accounts.models import Account
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db, transaction
from ruhrvote.drafts.queries import find_draft
from ruhrvote.drafts.workspace import open_workspace
from ruhrvote.errors import Conflict
from ruhrvote.ideas.actions import change_idea, retire_idea
from ruhrvote.ideas.lists import follow_up
from ruhrvote.ideas.models import Idea
from ruhrvote.ideas.queries import get_idea, ideas_of, themes_of
from ruhrvote.ledger.queries import entries
from ruhrvote.recount import recount_all
from tests.pages import Visitor, text_of
from tests.people import World, make_person, post, visit
from tests.rounds import count_kinds, submit

ENGLISH = {"Accept_Language": "en"}
IDEA = "/consultations/round/setup/ideas/1"


def edited(app: Flask, world: World, **texts: str) -> None:
    page = visit(app, world.consultation_admin, **ENGLISH).page(IDEA)
    page.submit(texts, button="Save the idea")


def test_a_changed_text_is_an_entry_and_the_former_one_stays_readable(app: Flask, world: World) -> None:
    edited(app, world, goal_en="Another goal.", title_de="Anderer Titel")
    page = visit(app, **ENGLISH).page("/consultations/round/ideas/1")
    assert "Another goal." in page.text
    assert "Goal in EnglishGoal 1" in page.text
    assert "Title in GermanTitel 1" in page.text
    assert "Text changed on" in visit(app, world.voter, **ENGLISH).page("/consultations/round/ballot/themes/one").text
    with app.app_context():
        assert count_kinds(world.round.id) == {"opened": 1, "idea_changed": 1}
        last = list(entries(world.round.id))[-1]
        assert json.loads(last.payload)["position"] == 0
        assert "Titel" not in last.payload, "the ledger quotes nothing"
        assert [result.faults for result in recount_all()] == [()]
        with transaction() as session:
            session.query(Idea).filter_by(number=1).one().title_de = "Heimlich geändert"
        (result,) = recount_all()
        assert result.faults == ("the ideas or their order were changed after the opening",)


def test_what_stays_the_same_leaves_no_trace(app: Flask, world: World) -> None:
    edited(app, world)
    with app.app_context():
        assert count_kinds(world.round.id) == {"opened": 1}


def test_a_withdrawn_idea_is_no_longer_asked_nor_ranked_and_stays_counted(app: Flask, world: World) -> None:
    with app.app_context():
        submit(world.round, world.firm, "1A1B1C1D1E1F")
    visitor = visit(app, world.consultation_admin, **ENGLISH)
    page = visitor.page("/consultations/round/setup/ideas")
    page.submit(button="Withdraw: Short 1", action=IDEA + "/place")
    board = visit(app, **ENGLISH).page("/consultations/round/boards/overall")
    (row,) = [element for element in board.root.iter() if element.get("id") == "row-1"]
    assert "withdrawn: no longer part of the ballot, not ranked" in text_of(row)
    first = next(element for element in board.root.iter() if element.get("data-rank") == "1")
    assert first.get("id") == "row-2"
    assert "80.0" in text_of(first), "it lost one of five comparisons: that against the withdrawn idea"
    assert "withdrawn on" in visit(app, **ENGLISH).page("/consultations/round/ideas/1").text
    assert "Title 1" not in visit(app, world.voter, **ENGLISH).page("/consultations/round/ballot/themes/one").text
    with app.app_context():
        work = open_workspace("round", db.session.get_one(Account, world.voter))
        assert (len(work.ideas), len(work.asked)) == (6, 5), "positions stay"
        assert count_kinds(world.round.id) == {"opened": 1, "cast": 1, "idea_retired": 1}
        assert [result.faults for result in recount_all()] == [()]
    assert post(visitor, IDEA + "/place", {"do": "retire"}).status_code == 409
    with app.app_context(), transaction() as session:
        session.query(Idea).filter_by(number=1).one().retired_at = None
    with app.app_context():
        assert [result.faults for result in recount_all()] == [
            ("the retired ideas are not those that the ledger names",)
        ]


def sent(visitor: Visitor, ranking: str, version: int = 0) -> int:
    """Submit a ranking that no page shows, as a crafted form does; returns the status."""
    fields = {"ranking": ranking, "expected_version": str(version), "idempotency_key": secrets.token_hex(16)}
    fields["entitled"] = "y"
    return post(visitor, "/consultations/round/ballot/submit", fields).status_code


def test_nobody_judges_an_idea_that_has_been_withdrawn(app: Flask, world: World) -> None:
    """Neither by a crafted ballot nor by a crafted answer or move; who has judged it before keeps what was said."""
    with app.app_context():
        submit(world.round, world.firm, "1A1B1C2~0~0~", by=world.voter)
        retire_idea("round", 1)
        newcomer = make_person(world.round.firms[1])
    visitor, voter = visit(app, newcomer, **ENGLISH), visit(app, world.voter, **ENGLISH)
    assert sent(visitor, "1A1B1C0~0~0~") == 422
    assert sent(visitor, "4~1A1B0~0~0~") == 422
    answers = {"answer-1": "1", "seen-1": "0", "answer-2": "1", "seen-2": "0", "answer-3": "2", "seen-3": "0"}
    assert post(visitor, "/consultations/round/ballot/themes/one", answers).status_code == 303
    move = {"number": "1", "seen": "0~", "move": "top"}
    assert post(visitor, "/consultations/round/ballot/order", move).status_code == 422
    with app.app_context():
        draft = find_draft(world.round.id, db.session.get_one(Account, newcomer))
        assert draft is not None
        assert draft.ranking == "0~1~2~0~0~0~", "the answers to the others are saved"
    assert sent(visitor, "1~1~2~0~0~0~") == 409, "that is not the draft"
    assert sent(visitor, "0~1~2~0~0~0~") == 303
    assert sent(visitor, "5~1~2~0~0~0~", version=1) == 409
    # Whoever judged it before submits again as the page has it, and may not change what was said of it.
    assert sent(voter, "4~1A1B2~0~0~", version=1) == 422
    assert sent(voter, "1A1C1B2~0~0~", version=1) == 303
    assert sent(voter, "0~1A1B2~0~0~", version=2) == 303
    assert sent(voter, "1A1B1C2~0~0~", version=3) == 422, "once taken back it is gone"
    with app.app_context():
        assert [result.faults for result in recount_all()] == [()]


def test_a_draft_from_before_the_withdrawal_loses_no_ballot(app: Flask, world: World) -> None:
    voter = visit(app, world.voter, **ENGLISH)
    answers = {"answer-1": "1", "seen-1": "0", "answer-2": "2", "seen-2": "0"}
    assert post(voter, "/consultations/round/ballot/themes/one", answers).status_code == 303
    review = voter.page("/consultations/round/ballot/review")
    with app.app_context():
        retire_idea("round", 1)
    again = {"answer-1": "4", "seen-1": "1", "answer-2": "3", "seen-2": "2"}
    assert post(voter, "/consultations/round/ballot/themes/one", again).status_code == 303
    assert sent(voter, "4~3~0~0~0~0~") == 409
    assert review.submit({"ranking": "1~3~0~0~0~0~", "entitled": "yes"}).response.status_code == 200
    with app.app_context():
        assert count_kinds(world.round.id)["cast"] == 1


def test_two_ideas_remain_and_after_the_close_nothing_changes(app: Flask, world: World) -> None:
    with app.app_context():
        for number in (1, 2, 3, 4):
            retire_idea("round", number)
        with pytest.raises(Conflict):
            retire_idea("round", 5)
        close_consultation("round")
        with pytest.raises(Conflict):
            retire_idea("round", 5)
        with pytest.raises(Conflict):
            change_idea("round", 5, {"title_de": "Neu"}, "two")


def test_the_next_round_has_the_same_ideas_under_their_numbers(app: Flask, world: World) -> None:
    with app.app_context():
        submit(world.round, world.firm, "1A1B1C1D1E1F")
        retire_idea("round", 2)
    page = visit(app, world.consultation_admin, **ENGLISH).page("/consultations/round/control")
    page = page.submit({"key": "round-2"}, button="Duplicate as the next round")
    assert page.path == "/consultations/round-2/setup/texts"
    with app.app_context():
        found = get_consultation("round-2", drafts=True)
        assert (found.status, found.title_en, found.closes_at) == ("draft", "Round round", None)
        assert [idea.number for idea in ideas_of(found.id)] == [1, 3, 4, 5, 6]
        assert [theme.key for theme in themes_of(found.id)] == ["one", "two", "rest"]
        assert get_idea(found.id, 3).title_de == get_idea(world.round.id, 3).title_de
        with pytest.raises(Conflict):
            follow_up(get_consultation("round"), key="round-2")
        assert count_kinds(found.id) == {}
