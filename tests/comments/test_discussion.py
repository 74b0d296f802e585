"""The discussion of an idea: writing, reading page by page, deleting what is one's own."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from ruhrvote.accounts.models import Login
from ruhrvote.comments.models import Comment
from ruhrvote.comments.queries import PER_PAGE
from ruhrvote.comments.text import LONGEST
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db, transaction
from tests.comments.talk import PATH, TEXT, kept, say, texts, write
from tests.pages import parse, text_of
from tests.people import World, post, visit
from tests.rounds import PASSWORD, make_account
from tests.statements import counted

pytestmark = pytest.mark.alike


def add(app: Flask, world: World, number: int) -> None:
    authors = [*world.round.firms, *world.round.chambers, *world.round.municipalities]
    for i in range(1, number + 1):
        say(app, authors[i % len(authors)], f"Kommentar {i:02d} mit genug Text.")


def test_written_for_all_to_read_under_the_name_of_the_organisation(app: Flask, world: World) -> None:
    page = write(visit(app, world.voter))
    assert page.path == PATH
    assert texts(page) == [TEXT]
    assert page.root.find(".//textarea").text in (None, "", "\n"), "the field is empty again"
    for reader in (visit(app), visit(app, world.chamber_admin)):
        page = reader.page(PATH)
        assert TEXT in page.text
        assert "firm 1 (round)" in page.text
        assert "Kim Muster" not in text_of(page.root.find(".//main")), "the person is not named"
        assert page.root.find(".//textarea") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "nothing"),
        ("   \n\t   ", "only spaces"),
        ("Neunzehn Zeichen, ja", None),
        ("Neunzehn Zeichen ja", "one too few"),
        ("\u200b" * 40, "only invisible characters"),
        ("\u3164" * 40, "only fillers"),
        ("\u2800" * 40, "only blank patterns"),
        ("kurz" + "\ufe0f" * 40, "made long by selectors of variants"),
        ("kurz" + "\u200b\u2060\ufeff" * 20, "made long by invisible ones"),
        ("x" * LONGEST, None),
        ("x" * (LONGEST + 1), "one too many"),
        ("Zeile\r\n" * (LONGEST // 6), None),
    ],
    ids=lambda value: None if value is None or len(str(value)) > 30 else ascii(value),
)
def test_how_long_a_comment_is(app: Flask, world: World, text: str, why: str | None) -> None:
    page = write(visit(app, world.voter), text, status=422 if why else 200)
    assert len(kept(app)) == (0 if why else 1)
    if why:
        field = page.root.find(".//textarea")
        assert field.get("aria-invalid") == "true"
        assert sorted(set(field.text or "") - {"\n"}) == sorted(
            set(text.strip()) - set("\u200b\u2060\ufeff\u3164\u2800\ufe0f")
        )


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Umlaute ÄÖÜ und ß und 日本語 bleiben.", "Umlaute ÄÖÜ und ß und 日本語 bleiben."),
        ("Rechts\u202egnilda\u202c nach links gedreht.", "Rechtsgnilda nach links gedreht."),
        ("Un\u200bsicht\u2060bar\u00ad ge\ufefftrennt, hier.", "Unsichtbar getrennt, hier."),
        ("Ein festes\u00a0Leerzeichen\u2009und\tTabulator.", "Ein festes Leerzeichen und Tabulator."),
        ("  Am Rand ist nichts übrig.  \n\n", "Am Rand ist nichts übrig."),
        ("Erste Zeile\r\nzweite Zeile\rdritte Zeile", "Erste Zeile\nzweite Zeile\ndritte Zeile"),
    ],
    ids=["letters", "direction", "invisible", "spaces", "around", "lines"],
)
def test_what_is_kept_of_a_text(app: Flask, world: World, typed: str, wanted: str) -> None:
    assert post(visit(app, world.voter), PATH, {"text": typed, "kind": "note", "shown_as": "name"}).status_code == 303
    assert kept(app) == [wanted]


def test_sent_twice_it_is_there_once(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter)
    data = {"text": TEXT, "kind": "note", "shown_as": "name", "reply-1-text": TEXT, "reply-1-shown_as": "name"}
    for path in (PATH, PATH, f"{PATH}/1/reply", f"{PATH}/1/reply"):
        assert post(visitor, path, data).status_code == 303
    assert kept(app) == [TEXT, TEXT], "a comment, and a reply in the same words"


def test_a_preview_is_what_the_focus_goes_to(app: Flask, world: World) -> None:
    data = {"text": TEXT, "kind": "note", "shown_as": "name", "then": "preview"}
    answer = post(visit(app, world.voter), PATH, data, headers={"HX-Request": "true"})
    root, _ = parse(answer.get_data(as_text=True), fragment=True)
    assert [place.get("class") for place in root.iter() if place.get("data-focus-after-post") is not None] == [
        "preview"
    ]


def test_html_is_shown_as_it_was_typed(app: Flask, world: World) -> None:
    text = '<script>alert("x")</script> & <b onclick="y">fett</b> {{ 7 * 7 }}'
    page = write(visit(app, world.voter), text)
    assert texts(page) == [text]
    main = page.root.find(".//main")
    assert main.find(".//script") is None
    assert not [element for element in main.iter() if element.get("onclick")]


def test_inside_the_idea_htmx_gets_the_discussion_alone(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter)
    for response in (
        visitor.get(PATH, headers={"HX-Request": "true"}),
        post(visitor, PATH, {"text": TEXT, "kind": "note", "shown_as": "name"}, headers={"HX-Request": "true"}),
    ):
        assert response.status_code == 200
        root, _ = parse(response.get_data(as_text=True), fragment=True)
        assert [child.get("id") for child in root] == ["comments"]
    assert TEXT in text_of(root)
    refused = post(visitor, PATH, {"text": "kurz"}, headers={"HX-Request": "true"})
    assert refused.status_code == 422
    assert "kurz" in refused.get_data(as_text=True)


def test_the_newest_first_twenty_on_a_page(app: Flask, world: World) -> None:
    add(app, world, 2 * PER_PAGE + 1)
    page = visit(app).page(PATH)
    assert texts(page)[0] == "Kommentar 41 mit genug Text."
    seen = texts(page)
    older = [link.get("href") for link in page.root.iter("a") if link.get("rel") == "next"]
    while older:
        page = visit(app).page(older[0].partition("#")[0])
        seen += texts(page)
        older = [link.get("href") for link in page.root.iter("a") if link.get("rel") == "next"]
    assert seen == [f"Kommentar {i:02d} mit genug Text." for i in range(2 * PER_PAGE + 1, 0, -1)]
    assert texts(visit(app).page(f"{PATH}?page=99")) == []


def test_deleted_by_the_own_organisation_only(app: Flask, world: World) -> None:
    foreign = say(app, world.round.firms[1], "Von einem anderen Unternehmen.")
    own = say(app, world.firm, "Vom eigenen Unternehmen, Person A.", account_id=world.voter)
    colleague = visit(app, world.colleague)
    form = f".//form[@action='{PATH}/{{}}/delete']"
    assert colleague.page(f"{PATH}/{foreign}?form=delete").root.find(form.format(foreign)) is None
    assert post(colleague, f"{PATH}/{foreign}/delete").status_code == 404
    assert post(visit(app, world.reviewer), f"{PATH}/{own}/delete").status_code == 404
    assert "" not in kept(app)
    page = colleague.page(f"{PATH}/{own}?form=delete").submit(action=f"{PATH}/{own}/delete")
    assert page.path == PATH
    assert texts(page) == ["Von einem anderen Unternehmen."]
    assert post(colleague, f"{PATH}/{own}/delete").status_code == 404, "twice is once"


def test_the_discussion_ends_with_the_consultation(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter, Accept_Language="en")
    page = visitor.page(PATH)
    with app.app_context():
        close_consultation(world.key)
    refused = page.submit({"text": TEXT, "kind": "note"}, status=409)
    assert "The discussion has ended with the consultation." in refused.text
    assert kept(app) == []
    assert visitor.page(PATH).root.find(".//textarea") is None


def test_what_was_written_too_late_is_not_lost(app: Flask, world: World) -> None:
    page = visit(app, world.voter).page(PATH)
    with app.app_context():
        close_consultation(world.key)
    assert TEXT in page.submit({"text": TEXT, "kind": "note"}, status=409).text, "the input is still on the page"


@pytest.mark.parametrize("number", [0, 7, 999])
def test_an_idea_that_does_not_exist_has_no_discussion(app: Flask, world: World, number: int) -> None:
    path = f"/consultations/round/ideas/{number}/comments"
    assert visit(app).get(path).status_code == 404
    assert post(visit(app, world.voter), path, {"text": TEXT}).status_code == 404
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Comment)) == 0


def test_many_comments_cost_no_more_statements_than_one(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter)
    costs = []
    for number in (1, 30):
        add(app, world, number)
        for path in (PATH, "/consultations/round/ideas/1"):
            with counted(app) as statements:
                visitor.page(path)
            costs.append(len(statements))
    assert costs[:2] == costs[2:]
    assert max(costs) <= 16


def test_what_was_written_survives_the_end_of_the_login(app: Flask, world: World) -> None:
    with app.app_context():
        account = make_account(world.firm, "eva@firma.example")
    visitor = visit(app, account, Accept_Language="en")
    page = visitor.page(PATH)
    with app.app_context(), transaction() as session:
        session.execute(delete(Login))
    page = page.submit({"text": TEXT, "kind": "support"}, status=401)
    page = page.submit({"email": "eva@firma.example", "password": PASSWORD})
    assert kept(app) == [], "nothing is sent without a person pressing a button"
    page.submit(button="Save now")
    assert texts(visit(app).page(PATH)) == [TEXT]
