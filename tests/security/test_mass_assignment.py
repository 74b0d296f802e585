"""No form sets a column that it does not have: every model column is sent along to every route."""

from __future__ import annotations

import ast

import pytest
from flask import Flask, request
from sqlalchemy import Boolean, DateTime, Integer, select

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.models import Account, Organisation, Role
from ruhrvote.accounts.queries import TEAM
from ruhrvote.config import PACKAGE
from ruhrvote.db import db, transaction
from tests.people import World, post, visit
from tests.security.everything import (
    PLAIN,
    ROLES,
    account_of,
    contents,
    fields_of,
    forms,
    make_objects,
    models,
    path_of,
    plausible,
    rules,
)

pytestmark = pytest.mark.alike

MARK, NUMBER, MOMENT = "mass-assigned", 987_654_321, "2001-02-03"
# Columns that say what somebody may do or whose something is, and the only forms that have such a field.
PRIVILEGED = {
    "role": {"AccountForm"},
    "organisation_id": set(),
    "account_id": set(),
    "id": set(),
    "is_demo": set(),
    "status": set(),
    "state": set(),
    "removed_at": set(),
    "password_hash": set(),
    "first_since": set(),
    "published_at": set(),
    "agreements": set(),
    "seq": set(),
    "hash": set(),
}


def poison() -> dict[str, str]:
    """For each column a value that nobody would enter."""
    return {
        name: str(NUMBER)
        if isinstance(column.type, Integer)
        else "1"
        if isinstance(column.type, Boolean)
        else f"{MOMENT} 00:00:00"
        if isinstance(column.type, DateTime)
        else MARK
        for name, column in models().items()
    }


def poisoned() -> list[str]:
    """Where such a value has arrived."""
    return [
        f"{table}: {row}"
        for table, rows in contents().items()
        for row in rows
        if any(cell == NUMBER or str(cell).startswith((MARK, MOMENT)) for cell in row)
    ]


def test_no_form_has_a_field_for_a_privileged_column() -> None:
    found = {name: {form.__name__ for form in forms() if name in fields_of(form)} for name in PRIVILEGED}
    assert found == PRIVILEGED
    assert len(forms()) >= 14


def test_nothing_copies_a_form_into_a_row() -> None:
    copying = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                spread = [ast.unparse(word.value) for word in node.keywords if word.arg is None] + [
                    ast.unparse(argument) for argument in node.args if called.endswith(".update")
                ]
                if called.endswith("populate_obj") or any(
                    text.startswith(("request.form", "request.values", "request.args", "request.json", "form.data"))
                    for text in spread
                ):
                    copying.append(f"{path.relative_to(PACKAGE)}:{node.lineno} {called}")
    assert not copying


@pytest.mark.parametrize("role", ROLES)
def test_every_column_sent_along_arrives_nowhere(app: Flask, world: World, role: str) -> None:
    with app.app_context():
        objects = make_objects(world)
        roles = dict(db.session.execute(select(Account.id, Account.role)).all())
        owners = dict(db.session.execute(select(Account.id, Account.organisation_id)).all())
    valid = plausible(app)
    sent = poison() | valid
    # Last what ends an account or the round, so that the others are still reached.
    last = ("erase", "remove", "close", "publish", "archive")
    routes = [(method, rule) for method, rule in rules(app) if method != "GET"]
    reached = 0
    for _method, rule in sorted(routes, key=lambda route: any(word in route[1].endpoint for word in last)):
        visitor = visit(app, account_of(world, role))
        response = post(visitor, path_of(app, rule, objects.own), sent)
        reached += response.status_code in (200, 204, 303) and "/login" not in response.headers.get("Location", "")
    with app.app_context():
        assert poisoned() == []
        for account in db.session.scalars(select(Account)):
            if account.id in roles:
                assert account.organisation_id == owners[account.id]
                assert account.role == roles[account.id] or {account.role, roles[account.id]} <= set(TEAM)
            else:
                assert account.role in TEAM
                assert not account.is_demo
    assert reached >= {"anonymous": 0, "voter": 6}.get(role, 4), "the forms were filled in"


def test_whoever_may_choose_a_role_is_held_to_those_on_offer(app: Flask, world: World) -> None:
    form = plausible(app) | {"role": Role.CONSULTATION_ADMIN, "kind": "chamber"}
    visitor = visit(app, world.chamber_admin)
    for method, rule in rules(app):
        if method != "GET":
            with app.app_context():
                db.session.remove()
            ones = dict.fromkeys(rule.arguments - PLAIN.keys(), 1)
            post(visitor, path_of(app, rule, ones | {"key": "round", "organisation_id": world.firm}), form)
    with app.app_context():
        admins = select(Account.id).where(Account.role == Role.CONSULTATION_ADMIN)
        assert db.session.scalars(admins).all() == [world.consultation_admin]


def test_a_view_that_copies_its_form_would_be_noticed(app: Flask, world: World) -> None:
    @allow(Permission.PUBLIC)
    def careless() -> str:
        with transaction() as session:
            organisation = session.get_one(Organisation, world.firm)
            for name, value in request.form.items():
                if name in ("name", "key", "sector"):
                    setattr(organisation, name, value)
        return ""

    app.add_url_rule("/careless", "careless", careless, methods=["POST"])
    post(visit(app), "/careless", poison())
    with app.app_context():
        assert poisoned()
