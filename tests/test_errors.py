"""Error pages: in both languages, for browsers and for htmx, and with the database gone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind
from ruhrvote.app import create_app
from ruhrvote.errors import Conflict, Refused
from ruhrvote.web import MAX_BODY, asset_url
from tests.conftest import application
from tests.databases import settings_for
from tests.pages import Page, Visitor, parse, text_of
from tests.people import World, make_person, post, visit
from tests.statements import counted

pytestmark = pytest.mark.alike

GERMAN, ENGLISH = {"Accept-Language": "de-DE,de;q=0.9"}, {"Accept-Language": "en-GB,en;q=0.9"}
# Status, and words of the heading in German and in English.
WORDS = {
    400: ("nicht verständlich", "could not be understood"),
    403: ("nicht", "not open to you"),
    404: ("gibt es nicht", "does not exist"),
    405: ("gibt es nicht", "does not exist"),
    413: ("zu viel Text", "too much text"),
    500: ("schiefgegangen", "went wrong"),
}


@pytest.fixture(autouse=True)
def failing_routes(app: Flask) -> None:
    """A page that fails, one that refuses and one that is not open to everybody."""

    @allow(Permission.PUBLIC)
    def fail() -> str:
        raise RuntimeError("a secret of ours")

    @allow(Permission.PUBLIC)
    def refuse() -> str:
        raise Conflict("Somebody was faster. Look again.")

    app.add_url_rule("/fail", "fail", fail)
    app.add_url_rule("/refuse", "refuse", refuse)


def ask(app: Flask, status: int, headers: dict[str, str]):
    """Make a request that ends with this status."""
    visitor = visit(app)
    match status:
        case 400:
            return visitor.post("/login", data={}, headers=headers)
        case 403:
            with app.app_context():
                firm = create_organisation(kind=Kind.FIRM, name=f"Firma {headers}", chamber_ids=[])
                voter = make_person(firm)
            return visit(app, voter).get("/organisations", headers=headers)
        case 404:
            return visitor.get("/nowhere", headers=headers)
        case 405:
            return visitor.post("/methodology", headers=headers)
        case 413:
            return visitor.post("/receipts", data={"receipt": "x" * (MAX_BODY + 1)}, headers=headers)
        case 500:
            return visitor.get("/fail", headers=headers)


@pytest.mark.parametrize("status", list(WORDS))
def test_a_page_that_says_what_to_do_in_both_languages(app: Flask, status: int) -> None:
    pages = []
    for language, headers, words in zip(("de", "en"), (GERMAN, ENGLISH), WORDS[status], strict=True):
        response = ask(app, status, headers)
        assert response.status_code == status
        page = Page(visit(app), response)
        assert page.root.get("lang") == language
        assert words in page.h1
        assert str(status) in page.text
        assert response.headers["Cache-Control"] == "no-store"
        assert "secret of ours" not in page.html
        pages.append(page)
    assert pages[0].h1 != pages[1].h1
    assert pages[1].link("To the start page") == "/"


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_short_message_inside_an_htmx_request(app: Flask, status: int) -> None:
    response = ask(app, status, {"HX-Request": "true", **ENGLISH})
    assert response.status_code == status
    root, _ = parse(response.get_data(as_text=True), fragment=True)
    assert WORDS[status][1] in text_of(root)
    assert "<html" not in response.get_data(as_text=True)


def test_a_wrong_method_is_told_the_right_one(app: Flask) -> None:
    assert "GET" in ask(app, 405, ENGLISH).headers["Allow"]


def test_a_refusal_says_its_own_sentence(app: Flask) -> None:
    response = visit(app).get("/refuse", headers=ENGLISH)
    assert response.status_code == 409
    assert "Somebody was faster. Look again." in Page(visit(app), response).text


def test_a_failure_is_written_to_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    visit(app).get("/fail")
    assert "a secret of ours" in caplog.text


def test_error_pages_read_nothing_from_the_database(app: Flask, world: World) -> None:
    for account in (None, world.voter):
        visitor = visit(app, account)
        with counted(app) as statements:
            assert visitor.get("/nowhere").status_code == 404
            assert visitor.post("/methodology").status_code == 405
        assert statements == []


@pytest.fixture(params=["unreadable file", "no such server"])
def broken_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a database that cannot be used."""
    (tmp_path / "broken.sqlite3").write_bytes(b"this is no database" * 1000)
    urls = {
        "unreadable file": f"sqlite:///{tmp_path / 'broken.sqlite3'}",
        "no such server": f"postgresql+psycopg://nobody@/nothing?host={tmp_path}",
    }
    yield from application(urls[request.param], tmp_path)


@pytest.mark.parametrize("headers", [GERMAN, ENGLISH], ids=["de", "en"])
@pytest.mark.parametrize("logged_in", [False, True])
def test_the_error_pages_with_the_database_gone(broken_app: Flask, headers: dict[str, str], logged_in: bool) -> None:
    visitor = broken_app.test_client()
    if logged_in:
        with visitor.session_transaction() as session:
            session["_user_id"] = "the token of a login that was open before"
    number = 0 if headers is GERMAN else 1
    for path, status in (("/nowhere", 404), ("/", 500), ("/login", 500), ("/consultations/round/ballot", 500)):
        if path.endswith("ballot") and not logged_in:
            continue  # who is not logged in is asked to log in first
        response = visitor.get(path, headers=headers)
        assert response.status_code == status, path
        assert WORDS[status][number] in Page(visitor, response).h1
        assert "Content-Security-Policy" in response.headers


def test_a_static_file_with_the_database_gone(broken_app: Flask) -> None:
    with broken_app.test_client().get(asset_url()("app.css")) as response:
        assert response.status_code == 200


def test_another_host_name_is_answered_by_a_page_too(tmp_path: Path) -> None:
    settings = replace(settings_for(f"sqlite:///{tmp_path / 'any.sqlite3'}", tmp_path), trusted_hosts=("vote.example",))
    app = create_app(settings)
    app.test_client_class = Visitor
    assert app.test_client().get("/accessibility", base_url="http://evil.example").status_code == 400
    assert app.test_client().get("/nowhere", base_url="http://vote.example").status_code == 404


ODD = ["%00", "a%00b", "%ff%fe", "%F0%9F%97%B3", "..%2f..%2fetc", "x" * 3000, "'%20OR%201=1--"]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
def test_nothing_that_is_typed_into_an_address_makes_the_server_fail(app: Flask, world: World, odd: str) -> None:
    admin = visit(app, world.consultation_admin)
    for path in (
        f"/consultations/{odd}",
        f"/consultations/{odd}/ideas",
        f"/consultations/{world.key}/boards/{odd}",
        f"/consultations/{world.key}/ideas?q={odd}&theme={odd}",
        f"/consultations/{world.key}/ideas/1/comments?page={odd}",
        f"/organisations?q={odd}&kind={odd}&page={odd}",
        f"/language/{odd}?next=/{odd}",
        f"/login?next=/{odd}",
    ):
        assert admin.get(path).status_code in (200, 303, 400, 404), path


@pytest.mark.parametrize(
    "huge", ["2147483648", "99999999999999999999", "9" * 5000], ids=lambda huge: f"{len(huge)} digits"
)
def test_no_number_is_too_large(app: Flask, world: World, huge: str) -> None:
    admin, voter = visit(app, world.consultation_admin), visit(app, world.voter)
    ideas = f"/consultations/{world.key}/ideas"
    for path in (f"/organisations/{huge}", f"{ideas}/{huge}", f"{ideas}/{huge}/comments", f"{ideas}/{huge}/note"):
        assert admin.get(path).status_code == 404, path
    for path in (f"/organisations?page={huge}", f"{ideas}/1/comments?page={huge}"):
        assert admin.get(path).status_code in (200, 404), path
    assert post(voter, f"{ideas}/1/comments/{huge}/delete").status_code == 404
    ballot = f"/consultations/{world.key}/ballot"
    assert post(voter, f"{ballot}/themes/one", {f"answer-{huge}": "1"}).status_code == 422
    assert post(voter, f"{ballot}/themes/one", {"answer-1": huge}).status_code == 422
    assert post(voter, f"{ballot}/themes/one", {"answer-1": "1", "seen-1": huge}).status_code == 422
    move = {"number": "1", "seen": "1~", "move": "to", "place": huge}
    assert post(voter, f"{ballot}/order", move).status_code == 422
    assert post(admin, f"/organisations/{huge}/roll", {"consultation": world.key}).status_code == 404


@pytest.mark.parametrize("odd", ["\0", "a\0b", "\ud800", "\U0001f5f3", "\u202e"], ids=ascii)
def test_nothing_that_is_typed_into_a_form_makes_the_server_fail(app: Flask, world: World, odd: str) -> None:
    data = odd.encode("utf-8", "surrogatepass")
    admin, voter, nobody = visit(app, world.consultation_admin), visit(app, world.voter), visit(app)
    own = f"/organisations/{world.firm}"
    tries = [
        (nobody, "/login", ("email", "password", "next")),
        (nobody, "/login/demo", ("account", "next")),
        (nobody, "/receipts", ("receipt",)),
        (nobody, "/demo-activity", ("consultation", "on", "next")),
        (voter, f"/consultations/{world.key}/ideas/1/comments", ("text",)),
        (voter, f"/consultations/{world.key}/ballot/submit", ("ranking", "expected_version", "idempotency_key")),
        (admin, "/organisations/new", ("name", "kind", "chambers", "municipality", "sector", "size_class")),
        (admin, f"{own}/accounts", ("person", "email", "role")),
        (admin, f"{own}/roll", ("consultation",)),
        (admin, f"/consultations/{world.key}/ideas/1/note", ("note_de", "note_en")),
        (admin, f"/consultations/{world.key}/rules", ("release_policy", "weighting", "quorum_percent", "last_day")),
    ]
    for visitor, path, names in tries:
        status = post(visitor, path, dict.fromkeys(names, data)).status_code
        assert status in (204, 303, 400, 404, 409, 422), f"{path} answered {status}"


def test_the_error_words_are_refusals_with_their_status() -> None:
    assert (Refused("x").status, Conflict("x").status) == (422, 409)
