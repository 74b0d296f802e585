"""Browsing the ideas: the list with its filters, one idea, and the note on it."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.consultations.actions import create_consultation
from ruhrvote.db import db, transaction
from ruhrvote.ideas.actions import set_note
from ruhrvote.ideas.lists import add_list
from ruhrvote.ideas.models import Idea
from tests.pages import Page, parse, text_of
from tests.people import World, make_world, post, visit
from tests.rounds import idea, make_round
from tests.statements import counted

pytestmark = pytest.mark.alike

PATH = "/consultations/round/ideas"
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def world(app: Flask, world: World) -> World:
    """A round in which the texts of three ideas are worth searching."""
    with app.app_context():
        with transaction() as session:
            ideas = {found.number: found for found in session.query(Idea)}
            ideas[1].goal_de = "Die Überquerung der Ruhr in Essen-Süd wird barrierefrei."
            ideas[2].background_de = "ÖPNV und Güterverkehr; 100 % der Züge fahren elektrisch."
            ideas[4].goal_de = "Grüne Wärme für Essen."
            ideas[4].goal_en = "Green heat for the north_side"
        return world


def numbers(page: Page) -> list[int]:
    """The numbers of the ideas on the list, in the order of the page."""
    cards = [element.get("id", "") for element in page.root.iter("li")]
    return [int(name.removeprefix("card-")) for name in cards if name.startswith("card-")]


def test_all_ideas_under_their_themes(app: Flask, world: World) -> None:
    page = visit(app).page(PATH)
    assert numbers(page) == [1, 2, 3, 4, 5, 6]
    headings = [text_of(heading) for heading in page.root.find(".//main").iter("h2")]
    assert [heading for heading in headings if heading in ("Erstes Feld", "Zweites Feld", "Weiteres")] == [
        "Erstes Feld",
        "Zweites Feld",
        "Weiteres",
    ]


# What is typed, and which ideas are found: every word must occur, in whatever spelling.
SEARCHES = [
    ("Ruhr", [1]),
    ("ruhr", [1]),
    ("Überquerung", [1]),
    ("überquerung", [1]),
    ("ÜBERQUERUNG", [1]),
    ("querung", [1]),
    ("öpnv", [2]),
    ("ÖPNV", [2]),
    ("GÜTERVERKEHR", [2]),
    ("grüne wärme", [4]),
    ("Essen", [1, 4]),
    ("essen barrierefrei", [1]),
    ("  barrierefrei   essen ", [1]),
    ("essen köln", []),
    ("green heat", [4]),
    ("%", [2]),
    ("north_side", [4]),
    ("northXside", []),
    ("_", [4]),
    ("\\", []),
    ("Titel 3", [3]),
    ("'; DROP TABLE idea; --", []),
]


def test_searching(app: Flask, world: World) -> None:
    page = visit(app).page(PATH)
    for words, wanted in SEARCHES:
        found = page.submit({"q": words}, action=PATH)
        assert numbers(found) == wanted, words
        assert found.root.find(".//input[@name='q']").get("value") == words.strip()


def test_theme_and_words_together(app: Flask, world: World) -> None:
    page = visit(app).page(PATH)
    assert numbers(page.submit({"theme": "two"}, action=PATH)) == [4, 5]
    page = page.submit({"theme": "two", "q": "Essen"}, action=PATH)
    assert numbers(page) == [4]
    assert page.root.find(".//option[@value='two']").get("selected") is not None
    assert numbers(visit(app).page(f"{PATH}?theme=nothing")) == []


def test_finding_nothing_is_said_in_a_sentence(app: Flask, world: World) -> None:
    page = visit(app, **ENGLISH).page(f"{PATH}?q=nirgends")
    assert "No idea matches" in page.text
    assert numbers(page.follow("Show all ideas")) == [1, 2, 3, 4, 5, 6]


def test_htmx_gets_the_list_alone(app: Flask, world: World) -> None:
    response = visit(app).get(f"{PATH}?q=Essen", headers={"HX-Request": "true"})
    root, _ = parse(response.get_data(as_text=True), fragment=True)
    assert [child.get("id") for child in root] == ["idea-list"]


def test_one_idea_with_its_neighbours(app: Flask, world: World) -> None:
    visitor = visit(app, **ENGLISH)
    page = visitor.page(f"{PATH}/2")
    assert page.h1 == "Title 2"
    assert all(word in page.text for word in ("Goal 2", "Why 2", "First theme", "page 3", "Quelle"))
    leading = {link.get("rel"): link.get("href") for link in page.root.iter("a") if link.get("rel")}
    assert (leading["prev"], leading["next"]) == (f"{PATH}/1", f"{PATH}/3")
    ends = [{link.get("rel") for link in visitor.page(f"{PATH}/{n}").root.iter("a")} for n in (1, 6)]
    assert ["prev" in ends[0], "next" in ends[1]] == [False, False]
    assert visit(app, Accept_Language="de").page(f"{PATH}/2").h1 == "Titel 2"


@pytest.mark.parametrize("number", [0, 7, 40])
def test_an_idea_that_does_not_exist(app: Flask, world: World, number: int) -> None:
    assert visit(app).page(f"{PATH}/{number}", 404).h1


class TestNote:
    def test_written_by_the_consultation_admin_and_read_by_all(self, app: Flask, world: World) -> None:
        admin = visit(app, world.consultation_admin, **ENGLISH)
        note = admin.page(f"{PATH}/3").follow("Add a note")
        page = note.submit({"note_de": "Seit Mai im Bau. <b>Ja</b>", "note_en": "Under construction."})
        assert page.path == f"{PATH}/3"
        for language, words in (("de", "Seit Mai im Bau. <b>Ja</b>"), ("en", "Under construction.")):
            assert words in visit(app, Accept_Language=language).page(f"{PATH}/3").text
        page = page.follow("Change the note")
        assert page.root.find(".//textarea[@name='note_en']").text.strip() == "Under construction."
        page.submit({"note_de": "", "note_en": ""})
        with app.app_context():
            found = db.session.query(Idea).filter_by(number=3).one()
            assert (found.note_de, found.note_en, found.note_at) == ("", "", None)

    def test_in_the_other_language_where_there_is_one_only(self, app: Flask, world: World) -> None:
        with app.app_context():
            set_note(world.round.id, 3, "Nur auf Deutsch.", "")
            set_note(world.round.id, 4, "", "In English only.")
        assert "Nur auf Deutsch." in visit(app, **ENGLISH).page(f"{PATH}/3").text
        assert "In English only." in visit(app, **ENGLISH).page(f"{PATH}/4").text

    def test_too_long_is_refused_and_kept_on_the_page(self, app: Flask, world: World) -> None:
        page = visit(app, world.consultation_admin).page(f"{PATH}/3/note")
        page = page.submit({"note_de": "x" * 1001, "note_en": "kept"}, status=422)
        assert page.root.find(".//textarea[@name='note_de']").text.strip() == "x" * 1001
        assert page.root.find(".//textarea[@name='note_en']").text.strip() == "kept"
        with app.app_context():
            assert db.session.query(Idea).filter_by(number=3).one().note_de == ""

    @pytest.mark.parametrize("role", ["voter", "reviewer", "chamber_admin"])
    def test_by_nobody_else(self, app: Flask, world: World, role: str) -> None:
        visitor = visit(app, getattr(world, role))
        assert f"{PATH}/3/note" not in visitor.page(f"{PATH}/3").html
        assert post(visitor, f"{PATH}/3/note", {"note_de": "Nein"}).status_code == 403

    def test_found_by_its_words(self, app: Flask, world: World) -> None:
        with app.app_context():
            set_note(world.round.id, 3, "Inzwischen eröffnet.", "")
        assert numbers(visit(app).page(f"{PATH}?q=eröffnet")) == [3]


def test_each_consultation_has_a_list_of_its_own(app: Flask) -> None:
    with app.app_context():
        make_round("one", ideas=4, firms=1)
        make_round("other", ideas=3, firms=1)
    assert numbers(visit(app).page("/consultations/one/ideas")) == [1, 2, 3, 4]
    assert numbers(visit(app).page("/consultations/other/ideas?q=Titel")) == [1, 2, 3]
    assert visit(app).get("/consultations/other/ideas/4").status_code == 404


def test_a_draft_without_ideas_says_so(app: Flask, world: World) -> None:
    with app.app_context():
        create_consultation(key="bare", title_de="A", title_en="A", intro_de="A", intro_en="A", source="A")
    page = visit(app, world.consultation_admin, **ENGLISH).page("/consultations/bare/ideas")
    assert "This list has no ideas yet." in page.text


def test_the_list_costs_the_same_for_few_and_for_many_ideas(app: Flask) -> None:
    with app.app_context():
        for key, number in (("few", 3), ("many", 40)):
            made = create_consultation(key=key, title_de="A", title_en="A", intro_de="A", intro_en="A", source="A")
            themes = [{"key": k, "name_de": k, "name_en": k} for k in ("one", "two", "rest")]
            add_list(made, themes, [idea(n, number) for n in range(1, number + 1)])
        world = make_world()
    visitor = visit(app, world.consultation_admin)
    costs = []
    for key in ("few", "many"):
        for path in ("", "?q=Titel", "/2"):
            with counted(app) as statements:
                visitor.page(f"/consultations/{key}/ideas{path}")
            costs.append(len(statements))
    assert costs[:3] == costs[3:]
    assert max(costs) <= 8
