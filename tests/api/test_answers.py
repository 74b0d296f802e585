"""The interface for programs: what is answered, to whom, and how it is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.ledger.queries import head_of
from tests.pages import Visitor
from tests.people import World, make_world, visit
from tests.rounds import certify_and_publish, submit
from tests.statements import counted

pytestmark = pytest.mark.alike

API = "/api/v1/consultations"
PATHS = ("", "/round", "/round/ideas", "/round/boards", "/round/boards/overall", "/round/turnout", "/round/ledger")


@pytest.fixture
def visitor(app: Flask, world: World) -> Visitor:
    return visit(app, Accept_Language="en")


def ask(visitor: Visitor, path: str, status: int = 200) -> Any:
    response = visitor.get(API + path)
    assert response.status_code == status, response.data
    assert response.content_type == ("application/json" if status == 200 else "application/problem+json")
    return json.loads(response.data)


def test_a_consultation_with_its_rules(visitor: Visitor) -> None:
    found = ask(visitor, "/round")
    assert (found["title"], found["status"], found["release_policy"]) == ("Round round", "open", "immediate")
    assert found["opened_at"].endswith("+00:00")
    assert ask(visitor, "")["items"] == [found]


def test_texts_are_in_the_language_that_is_asked_for(app: Flask, visitor: Visitor) -> None:
    german = visitor.get(f"{API}/round/ideas", headers={"Accept-Language": "de"})
    assert german.headers["Content-Language"] == "de"
    assert "Accept-Language" in german.headers["Vary"]
    assert json.loads(german.data)["items"][0]["title"] == "Titel 1"
    assert ask(visitor, "/round/ideas")["items"][0]["title"] == "Title 1"


def test_lists_come_page_by_page(visitor: Visitor) -> None:
    found, numbers, links = "/round/ideas?per_page=4", [], []
    while found:
        response = visitor.get(API + found if found.startswith("/round") else found)
        links.append(sorted(part.split("rel=")[1].strip('"') for part in response.headers["Link"].split(", ")))
        numbers += [idea["number"] for idea in json.loads(response.data)["items"]]
        following = [part for part in response.headers["Link"].split(", ") if 'rel="next"' in part]
        found = following[0].partition("<")[2].partition(">")[0] if following else ""
    assert numbers == [1, 2, 3, 4, 5, 6]
    assert links == [["first", "last", "next"], ["first", "last", "prev"]]
    beyond = ask(visitor, "/round/ideas?page=99")
    assert (beyond["items"], beyond["total"]) == ([], 6)


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=-1", "page=", "per_page=201", "per_page=1e2", "page=²"])
def test_a_page_that_cannot_be(visitor: Visitor, query: str) -> None:
    problem = ask(visitor, f"/round/ideas?{query}", 400)
    assert problem["detail"].startswith(query.partition("=")[0])
    assert "is a whole number from 1 to" in problem["detail"]


@pytest.mark.parametrize(
    ("path", "detail"),
    [
        ("/nothing", "There is no consultation at this address."),
        ("/round/boards/theme-none", "There is no board at this address."),
        ("/round/nothing", "The address may be mistyped"),
    ],
)
def test_what_there_is_not(visitor: Visitor, path: str, detail: str) -> None:
    problem = ask(visitor, path, 404)
    assert problem["status"] == 404
    assert problem["type"] == "about:blank"
    assert problem["detail"].startswith(detail)


def test_it_only_answers_and_changes_nothing(visitor: Visitor) -> None:
    for method in (visitor.post, visitor.put, visitor.patch, visitor.delete):
        response = method(f"{API}/round")
        assert response.status_code == 405
        assert response.content_type == "application/problem+json"
        assert "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", PATHS)
def test_who_has_it_already_is_told_so(app: Flask, world: World, visitor: Visitor, path: str) -> None:
    first = visitor.get(API + path)
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = visitor.get(API + path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    if path in ("/round/boards/overall", "/round/turnout", "/round/ledger"):
        with app.app_context():
            submit(world.round, world.firm, "1A1B2~3~4~5~")
        assert visitor.get(API + path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("path", [*PATHS, "/nothing"])
def test_scripts_of_any_site_may_read_it_and_no_cookie_is_set(visitor: Visitor, path: str) -> None:
    response = visitor.get(API + path, headers={"Origin": "https://news.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Set-Cookie" not in response.headers


def test_a_script_may_ask_with_an_etag(visitor: Visitor) -> None:
    response = visitor.options(f"{API}/round", headers={"Access-Control-Request-Method": "GET"})
    assert response.headers["Access-Control-Allow-Headers"] == "If-None-Match"
    assert response.headers["Access-Control-Expose-Headers"] == "ETag, Link"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_other_pages_stay_closed_to_other_sites(visitor: Visitor) -> None:
    response = visitor.get("/consultations/round/boards/overall")
    assert "Access-Control-Allow-Origin" not in response.headers


def test_the_head_of_the_ledger(app: Flask, world: World, visitor: Visitor) -> None:
    found = ask(visitor, "/round/ledger")
    with app.app_context():
        assert (found["seq"], found["hash"]) == head_of(world.round.id)


def test_somebody_logged_in_gets_the_same(app: Flask, world: World, visitor: Visitor) -> None:
    admin = visit(app, world.consultation_admin, Accept_Language="en")
    for path in PATHS:
        assert admin.get(API + path).data == visitor.get(API + path).data


def test_the_gate_is_the_same(app: Flask) -> None:
    with app.app_context():
        world = make_world(release_policy=ReleasePolicy.AFTER_CLOSE)
        for organisation in (*world.round.firms, *world.round.chambers):
            submit(world.round, organisation, "1A1B2~3~4~5~")
    visitor = visit(app, Accept_Language="en")
    for step in (None, close_consultation):
        if step:
            with app.app_context():
                step("round")
        board = ask(visitor, "/round/boards/overall")
        assert (board["visible"], board["ideas"], board["received"], board["counted"]) == (False, [], 5, 0)
        assert {group["counted"] for group in ask(visitor, "/round/turnout")["groups"]} == {None}
        assert "The result is not published yet." in ask(visitor, "/round/results", 409)["detail"]
    with app.app_context():
        certify_and_publish("round")
    result = ask(visitor, "/round/results")
    assert (result["visible"], result["kind"], len(result["ideas"]), len(result["themes"])) == (True, "Result", 6, 3)
    assert visitor.get(result["open_data"]).status_code == 200


def test_a_draft_is_not_there(app: Flask) -> None:
    with app.app_context():
        world = make_world(opened=False)
    visitor = visit(app, world.consultation_admin, Accept_Language="en")
    assert ask(visitor, "")["items"] == []
    ask(visitor, "/round", 404)


def test_an_answer_costs_the_same_however_many_have_voted(app: Flask, world: World, visitor: Visitor) -> None:
    def cost() -> list[int]:
        numbers = []
        for path in PATHS:
            visitor.get(API + path)
            with counted(app) as statements:
                visitor.get(API + path)
            numbers.append(len(statements))
        return numbers

    with app.app_context():
        submit(world.round, world.firm, "1A1B2~3~4~5~")
    few = cost()
    with app.app_context():
        for organisation in (*world.round.firms[1:], *world.round.chambers, *world.round.municipalities):
            submit(world.round, organisation, "1A1B2~3~4~5~")
    assert cost() == few
    assert max(few) <= 15
