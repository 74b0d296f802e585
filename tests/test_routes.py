"""Every route: who may use it, what protects it, and which headers its answer carries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.models import Account, Role
from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.db import db
from ruhrvote.ideas.models import Idea
from tests.pages import Visitor
from tests.people import World, post, visit
from tests.route_table import TABLE

END_THE_LOGIN = ("/account/logins/end-all", "/logout")
pytestmark = pytest.mark.alike
ROLES, *ROWS = (line.split() for line in TABLE.strip().splitlines())


@pytest.fixture
def world(app: Flask, world: World) -> World:
    with app.app_context():
        idea = db.session.query(Idea).filter_by(number=1).one()
        write_comment(idea.id, Author(world.firm, None), CommentKind.NOTE, "Ein Kommentar des Unternehmens.")
        return world


def rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            yield method, rule


def rule_of(app: Flask, method: str, path: str) -> Rule:
    found, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    assert isinstance(found, Rule)
    return found


def test_every_view_names_its_permission(app: Flask) -> None:
    unguarded = [
        f"{view.__module__}.{view.__name__}"
        for endpoint, view in app.view_functions.items()
        if not isinstance(getattr(view, "permission", None), Permission)
    ]
    assert not unguarded, f"no @allow(...) on {', '.join(unguarded)}"


@pytest.mark.parametrize("role", [None, Role.CONSULTATION_ADMIN])
def test_a_view_without_permission_is_refused_to_everybody(app: Flask, world: World, role: Role | None) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "what nobody may see")
    app.add_url_rule("/open", "open", allow(Permission.PUBLIC)(lambda: "<h1>x</h1>"))
    visitor = visit(app, world.consultation_admin if role else None)
    response = visitor.get("/forgotten")
    assert response.status_code == 403
    assert b"nobody may see" not in response.data
    assert visitor.get("/forgotten", headers={"HX-Request": "true"}).status_code == 403
    # The control: the same view with a permission is let through, so it is the guard that refuses.
    assert FlaskVisitor(app).get("/open").status_code == 200


class FlaskVisitor(Visitor):
    """A visitor who does not look at the page."""

    def open(self, *args, **kwargs):
        return super(Visitor, self).open(*args, **kwargs)


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    listed = [(method, rule_of(app, method, path)) for method, path, *_ in ROWS]
    actual = list(rules(app))
    assert {(method, str(rule)) for method, rule in listed} == {(method, str(rule)) for method, rule in actual}
    assert len(listed) == len(actual)


@pytest.mark.parametrize("number", range(len(ROLES)), ids=ROLES)
def test_who_may_do_what(app: Flask, world: World, number: int) -> None:
    visitor = visit(app, None if number == 0 else getattr(world, ROLES[number]))
    wrong = []
    for method, path, *wanted in ROWS:
        with post(visitor, path) if method == "POST" else visitor.get(path) as response:
            # A page is asked for again after the login; what was sent is kept in the login page itself.
            to_login = response.status_code == 401 or (
                response.status_code == 303 and response.location.startswith("/login")
            )
            got = "login" if to_login else str(response.status_code)
            if got != wanted[number]:
                wrong.append(f"{method} {path}: {got} instead of {wanted[number]}")
        if path in END_THE_LOGIN:
            visitor = visit(app, None if number == 0 else getattr(world, ROLES[number]))
    assert not wrong, "\n".join(wrong)


def test_htmx_is_told_that_a_login_is_needed_instead_of_being_redirected(app: Flask, world: World) -> None:
    visitor = visit(app)
    for method, path, anonymous, *_ in ROWS:
        if anonymous == "login":
            headers = {"HX-Request": "true"}
            response = post(visitor, path, headers=headers) if method == "POST" else visitor.get(path, headers=headers)
            assert response.status_code == 401, path
            if method == "GET":
                assert response.headers["HX-Redirect"].startswith("/login")
            else:
                assert response.headers["HX-Trigger"] == "login-ended"
                assert "HX-Redirect" not in response.headers, "that would lose what was sent"
            assert response.data == b""


def test_after_the_login_one_is_where_one_wanted_to_be(app: Flask, world: World) -> None:
    location = visit(app).get("/organisations?q=IHK&page=2").location
    assert location == "/login?next=/organisations?q%3DIHK%26page%3D2"
    # A POST is not repeated by itself: tests/accounts/test_session_end.py has what becomes of it.
    response = post(visit(app), "/organisations/new")
    assert (response.status_code, response.location) == (401, None)


@pytest.mark.parametrize("token", ["", "0" * 40, "IjAwMDAwIg.aaaaaa.forged"])
def test_no_post_without_its_token(app: Flask, world: World, token: str) -> None:
    for account, number in ((None, 0), (world.consultation_admin, 4), (world.voter, 1)):
        visitor = visit(app, account)
        for method, path, *wanted in ROWS:
            # A mail program unsubscribes without a page of ours; its address carries what allows it.
            if method == "POST" and not path.startswith("/notices/unsubscribe/"):
                data = {"csrf_token": token} if token else {}
                # Whoever may not use the page hears that, and nothing about the form.
                refused = 403 if wanted[number] == "403" else 400
                assert visitor.post(path, data=data).status_code == refused, path
    with app.app_context():
        assert db.session.query(Account).count() == 5


def test_the_token_of_one_visitor_is_worth_nothing_to_another(app: Flask, world: World) -> None:
    one, other = visit(app, world.voter), visit(app, world.colleague)
    token = one.page("/receipts").root.find(".//input[@name='csrf_token']").get("value")
    assert other.page("/receipts").response.status_code == 200
    assert other.post("/logout", data={"csrf_token": token}).status_code == 400
