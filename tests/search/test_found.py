"""The same table of queries finds the same on SQLite and on PostgreSQL: the answers stand here."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.accounts.models import Account
from ruhrvote.comments.actions import delete_comment, edit_comment
from ruhrvote.comments.moderation import hide, publish
from ruhrvote.comments.search import find
from ruhrvote.db import db, transaction
from ruhrvote.ideas.actions import set_note
from ruhrvote.search.index import SearchDocument
from ruhrvote.seeding import fill_search
from tests.comments.talk import say
from tests.pages import text_of
from tests.people import World, visit
from tests.statements import counted

COMMENTS = {
    1: "Die Brücken über den Kanal sind gesperrt.",
    2: "Unsere Straße braucht keine neue Brückensanierung!",
    3: "Bridges and roads matter for our businesses.",
    4: "Das Café Müller liegt an der A 40, 日本 liegt woanders.",
    5: 'Häuser, Haus\' Dach und 100 % Wasserstoff: "Grün" OR NOT rot* (nah) AND {so}.',
}
# A query, and the comments that it finds; all agree with nobody, so the newest comes first.
TABLE = [
    ("Brücke", [2, 1]),
    ("brücken", [2, 1]),
    ("bruecken", [2, 1]),
    ("BRUCKE", [2, 1]),
    ("Brück", [2, 1]),
    ("bridge", [3]),
    ("business road", [3]),
    ("strasse", [2]),
    ("Straßen", [2]),
    ("neue sanierung", []),
    ("cafe muller", [4]),
    ("Mueller", [4]),
    ("A 40", [4]),
    ("日本", [4]),
    ("haus", [5]),
    ("100", [5]),
    ("or not", [5]),
    ('"grün" NEAR(rot)', []),
    ("rot*", [5]),
    ("') OR 1=1 --", []),
    ("gesperrt Kanal Brücke", [1]),
    ("gesperrt Wasserstoff", []),
    ("x" * 100, []),
    ("!!! ???", []),
    ("&|:*'\\ \"", []),
]


@pytest.fixture
def numbers(app: Flask, world: World) -> dict[int, int]:
    """What was said, by the numbers of the comments in the database."""
    return {say(app, world.firm, text): number for number, text in COMMENTS.items()}


def test_what_a_table_of_queries_finds(app: Flask, numbers: dict[int, int]) -> None:
    with app.app_context():
        found = {query: [numbers[comment.id] for comment in find(1, query).comments.rows] for query, _ in TABLE}
    assert found == dict(TABLE)


def test_ideas_are_found_in_both_languages_and_by_their_note(app: Flask, world: World) -> None:
    with app.app_context():
        set_note(1, 3, "Der Bund fördert Brücken.", "")
        assert [idea.number for idea in find(1, "Titel 2").ideas] == [2]
        assert [idea.number for idea in find(1, "titles").ideas] == [1, 2, 3, 4, 5, 6]
        assert [idea.number for idea in find(1, "Brücke").ideas] == [3]
        set_note(1, 3, "", "")
        assert not find(1, "Brücke").ideas
        assert not find(2, "Titel").ideas, "another consultation"


def test_what_nobody_may_read_is_not_found(app: Flask, world: World, numbers: dict[int, int]) -> None:
    first = min(numbers)

    def hits(query: str) -> list[int]:
        return [numbers[comment.id] for comment in find(1, query).comments.rows]

    with app.app_context():
        hide(first, db.session.get_one(Account, world.consultation_admin), "Ein Grund dafür.")
        assert hits("Kanal") == []
        publish(first, db.session.get_one(Account, world.consultation_admin))
        assert hits("Kanal") == [1]
        edit_comment(first, world.firm, "Jetzt steht hier ein Ersatztext.")
        assert (hits("Kanal"), hits("Ersatz")) == ([], [1])
        delete_comment(first, world.firm)
        assert hits("Ersatz") == []


def test_what_an_earlier_version_entered_is_found_after_the_update(app: Flask, world: World) -> None:
    say(app, world.firm, "Ein Kommentar von früher.")
    with app.app_context():
        with transaction() as session:
            session.query(SearchDocument).delete()
        assert not find(1, "Kommentar").comments.total
        for _ in range(2):
            fill_search()
        found = find(1, "Kommentar")
        assert (len(found.comments.rows), len(find(1, "Titel").ideas)) == (1, 6)


def test_the_page_marks_what_it_found_and_never_runs_it(app: Flask, world: World) -> None:
    say(app, world.firm, "Die Brücke <script>alert(1)</script> ist <b>gesperrt</b>.")
    page = visit(app).page("/consultations/round/search?q=br%C3%BCcken")
    assert [text_of(mark) for mark in page.root.iter("mark")] == ["Brücke"]
    assert "<script>alert(1)</script>" in page.text
    assert page.submit({"q": "gesperrt"}, action="/consultations/round/search").text.count("gesperrt") == 1
    alone = visit(app).get("/consultations/round/search?q=xyz", headers={"HX-Request": "true"})
    assert alone.get_data(as_text=True).lstrip().startswith('<div class="found')


def test_a_search_costs_the_same_however_much_it_finds(app: Flask, world: World) -> None:
    costs = []
    for number in (1, 25):
        for i in range(number):
            say(app, world.firm, f"Kommentar {i} über die Brücke.")
        with counted(app) as statements:
            visit(app).page("/consultations/round/search?q=Br%C3%BCcke")
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 8
