"""How much a request may send: 64 KB and 1,000 fields, and more only where a route names it."""

from __future__ import annotations

import time
from io import BytesIO

import pytest
from flask import Flask

from ruhrvote.web import FORM, MAX_BODY, MAX_FIELDS
from tests.people import World, post, visit
from tests.security.everything import account_of, make_objects, path_of, rules

pytestmark = pytest.mark.alike

# Whoever sends a file, or carries along what a form held when the login ended.
TAKE_MORE = {
    "accounts.check_login",
    "accounts.demo_log_in",
    "codes.begin",
    "codes.enter_pin",
    "codes.log_in",
    "factors.add_passkey",
    "factors.confirm",
    "factors.confirm_by_passkey",
    "factors.leave_codes",
    "factors.set_up_app",
    "importing.upload",
    "letterhead.save",
    "setup_ideas.create",
    "setup_ideas.enter",
    "setup_ideas.save",
    "setup_ideas.upload",
}


def test_only_these_routes_take_more(app: Flask) -> None:
    larger = {endpoint for endpoint, view in app.view_functions.items() if view.most_bytes > MAX_BODY}  # type: ignore[attr-defined]
    assert larger == TAKE_MORE
    assert all(view.most_fields == MAX_FIELDS for view in app.view_functions.values())  # type: ignore[attr-defined]


@pytest.mark.parametrize("role", ["voter", "consultation_admin"])
def test_every_route_refuses_what_is_larger_or_has_more_fields(app: Flask, world: World, role: str) -> None:
    with app.app_context():
        objects = make_objects(world)
    visitor, wrong = visit(app, account_of(world, role)), []
    for method, rule in rules(app):
        if method != "POST":
            continue
        many = {f"field-{number}": "x" for number in range(MAX_FIELDS + 1)}
        path, most = path_of(app, rule, objects.own), app.view_functions[rule.endpoint].most_bytes  # type: ignore[attr-defined]
        sent = {
            "a large body": visitor.post(path, data=b"x=" + b"y" * MAX_BODY, content_type=FORM),
            "120,000 fields": visitor.post(path, data="a&" * 120_000, content_type=FORM),
            "as many as fit": visitor.post(path, data="a&" * 30_000, content_type=FORM),
        }
        if most == MAX_BODY:
            sent["many parts"] = visitor.post(path, data={**many, "file": (BytesIO(b"x"), "x")})
        for name, response in sent.items():
            if response.status_code in (403, 413):
                continue
            if name != "a large body" or most == MAX_BODY:
                wrong.append(f"{path} with {name}: {response.status_code}")
    assert not wrong, "\n".join(wrong)


def test_the_longest_form_passes_and_a_longer_one_costs_next_to_nothing(app: Flask, world: World) -> None:
    voter = visit(app, world.voter)
    answers = {f"{word}-{number}": "1" for word in ("answer", "seen") for number in range(1, 255)}
    assert post(voter, f"/consultations/{world.key}/ballot/themes/one", answers).status_code != 413
    begun = time.perf_counter()
    for _ in range(20):
        assert voter.post("/receipts", data="a&" * 30_000, content_type=FORM).status_code == 413
    assert time.perf_counter() - begun < 2
