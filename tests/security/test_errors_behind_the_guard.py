"""Every kind of faulty request, to every route, from every role without permission: nothing of the page answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ruhrvote.accounts.access import GRANTS, Permission
from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.guard import WITHOUT_FACTOR
from ruhrvote.errors import TITLES
from tests.pages import Visitor, parse, text_of
from tests.people import World, post, visit
from tests.security.everything import ROLES, account_of, make_objects, path_of, rules

pytestmark = pytest.mark.alike

HALFWAY = "consultation admin without the second factor"
FORM = "application/x-www-form-urlencoded"
Fault = Callable[[Visitor, str, str], TestResponse]

# What can be wrong with a request, as it is sent.
FAULTS: dict[str, Fault] = {
    "a large body": lambda visitor, method, path: post(visitor, path, {"x": "y" * 100_000}),
    "a large file": lambda visitor, method, path: visitor.open(
        path,
        method=method,
        data=b"x",
        content_type="multipart/form-data; boundary=x",
        headers={"Content-Length": "9" * 9},
    ),
    "many fields": lambda visitor, method, path: visitor.open(
        path, method=method, data="a=&" * 20_000, content_type=FORM
    ),
    "NUL": lambda visitor, method, path: post(visitor, path, {"x": "a\0b"}),
    "NUL in the address": lambda visitor, method, path: visitor.open(path, method=method, query_string={"q": "\0"}),
    "JSON": lambda visitor, method, path: visitor.open(path, method=method, json={"a": 1}),
    "no token": lambda visitor, method, path: visitor.open(path, method=method, data={"a": "1"}),
    "a broken form": lambda visitor, method, path: visitor.open(
        path, method=method, data=b"\xff\xfe", content_type="multipart/form-data"
    ),
    "another method": lambda visitor, method, path: visitor.open(path, method="DELETE" if method == "POST" else "PUT"),
}


@pytest.fixture(params=[*ROLES[:-1], HALFWAY])
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def visitor_of(app: Flask, world: World, role: str) -> Visitor:
    """Somebody of this role; HALFWAY has given the password only."""
    if role != HALFWAY:
        return visit(app, account_of(world, role))
    visitor = visit(app)
    with app.app_context():
        token = open_login(world.consultation_admin)
    with visitor.session_transaction() as session:
        session["_user_id"] = token
    return visitor


def has(role: str, permission: Permission, endpoint: str) -> bool:
    """Whether a role may use a view."""
    if role == HALFWAY:
        return permission in (Permission.PUBLIC, Permission.SECOND_FACTOR) or endpoint in WITHOUT_FACTOR
    if role == "anonymous":
        return permission is Permission.PUBLIC
    return permission in GRANTS[role]


def test_a_faulty_request_is_answered_by_the_guard_or_by_a_page_that_says_nothing(
    app: Flask, world: World, role: str
) -> None:
    with app.app_context():
        objects = make_objects(world)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        titles = {status: str(title) for status, title in TITLES.items()}
    visitor, wrong, tried = visitor_of(app, world, role), [], 0
    visitor.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    for method, rule in rules(app):
        view = app.view_functions[rule.endpoint]
        if has(role, view.permission, rule.endpoint):  # type: ignore[attr-defined]
            continue
        path = path_of(app, rule, objects.own)
        for fault, send in FAULTS.items():
            if method == "GET" and fault in ("a large body", "NUL"):
                continue
            tried += 1
            with send(visitor, method, path) as response:
                said = fault_of(response, role, fault, titles)
            if said:
                wrong.append(f"{method} {path} with {fault}: {said}")
    assert tried > 100
    assert not wrong, "\n".join(wrong)


def fault_of(response: TestResponse, role: str, fault: str, titles: dict[int, str]) -> str:
    """What is wrong with an answer, in words."""
    status = response.status_code
    if role not in ("anonymous", HALFWAY) and fault != "another method":
        return "" if status == 403 else f"{status} instead of 403"
    if status == 303:
        to = response.location
        return "" if to.startswith(("/login", "/second-factor")) else f"leads to {to}"
    if status not in (400, 401, 403, 404, 405, 413, 415):
        return f"{status}"
    root, _ = parse(response.get_data(as_text=True), fragment=False)
    heading = text_of(root.find(".//h1"))
    asks = ("Log in", "Second factor", "second factor")
    if status == 401:
        return "" if heading.startswith(asks) else f"401 says {heading}"
    main = root.find(".//main")
    if heading != titles.get(status, titles[400]) or main.find(".//form") is not None:
        return f"{status} says {heading}"
    return ""


def test_no_feature_answers_errors_itself(app: Flask) -> None:
    """An error handler or a first step of a blueprint would run for those who may not use its pages."""
    for known in (app.error_handler_spec, app.before_request_funcs, app.url_value_preprocessors):
        assert [name for name, found in known.items() if name is not None and found] == []
    assert [step.__name__ for step in app.before_request_funcs[None][:2]] == ["set_limits", "guard"]
