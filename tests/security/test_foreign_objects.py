"""Every route with an object in its address, for every role: the own object is reached, a foreign one is not there."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.db import db
from tests.people import World, post, visit
from tests.security.everything import (
    PLAIN,
    ROLES,
    SECRETS,
    Objects,
    account_of,
    contents,
    make_objects,
    path_of,
    plausible,
    rules,
)

pytestmark = pytest.mark.alike

# What these roles may see of the other chamber: a consultation admin runs all of it.
EVERYTHING = {"consultation_admin"}
# Routes that answer as if all were well, and do nothing: a second press of the button is no error.
DOES_NOTHING = {"team.revoke", "factors.remove_passkey"}
REFUSED = {400, 401, 403, 404, 409, 422}


@pytest.fixture
def objects(app: Flask, world: World) -> Objects:
    with app.app_context():
        return make_objects(world)


@pytest.mark.parametrize("role", [role for role in ROLES if role not in EVERYTHING])
def test_a_foreign_object_is_not_there(app: Flask, world: World, objects: Objects, role: str) -> None:
    visitor = visit(app, account_of(world, role))
    form = plausible(app)
    with app.app_context():
        before = contents()
        db.session.remove()
    wrong = []
    for method, rule in rules(app):
        path_of(app, rule, objects.own)  # every word of it is classified
        named = rule.arguments - PLAIN.keys()
        for foreign in named:  # one at a time: the own consultation with a foreign comment, and so on
            path = path_of(app, rule, {**objects.own, foreign: objects.foreign[foreign]})
            for headers in ({}, {"HX-Request": "true"}):
                with (
                    post(visitor, path, form, headers=headers)
                    if method == "POST"
                    else visitor.open(path, method=method, headers=headers)
                ) as response:
                    if method == "GET" and response.status_code in (303, 308) and "/boards" in response.location:
                        response = visitor.get(response.location)  # noqa: PLW2901  # the address alone led on
                    to_login = response.status_code == 303 and response.location.startswith("/login")
                    nothing = rule.endpoint in DOES_NOTHING and response.status_code in (204, 303)
                    if not (response.status_code in REFUSED or to_login or nothing):
                        wrong.append(f"{method} {path} ({foreign}): {response.status_code}")
                    text = response.get_data().decode(errors="replace").replace(path, "") + str(
                        response.headers
                    ).replace(path, "")
                    seen = [word for word in SECRETS if word in text.replace("/consultations/fremdling", "")]
                    if seen:
                        wrong.append(f"{method} {path} ({foreign}) says {seen}")
    with app.app_context():
        after = contents()
    wrong += [f"{table} was changed" for table in before if before[table] != after[table]]
    assert not wrong, "\n".join(wrong)


def test_the_own_object_is_reached_by_somebody(app: Flask, world: World, objects: Objects) -> None:
    """The control: were the addresses wrong, a foreign object would not be there either."""
    visitors = [visit(app, account_of(world, role)) for role in ROLES]
    unreached = []
    for method, rule in rules(app):
        if rule.arguments - PLAIN.keys() and method == "GET":
            path = path_of(app, rule, objects.own)
            statuses = []
            for visitor in visitors:
                with visitor.get(path) as response:
                    statuses.append(response.status_code)
            reached = [
                status for status in statuses if status == 409 or (status < 400 and status != 303)
            ]  # 409: not yet
            if not reached and 303 not in statuses[1:]:
                unreached.append(f"{path}: {statuses}")
    # Only after a submission is there a receipt.
    assert [line for line in unreached if "/receipt" not in line] == []
