"""The specification: it names what there is, and what the running application answers is what it says."""

from __future__ import annotations

import json
import re

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ruhrvote.consultations.actions import close_consultation
from tests.people import World, visit
from tests.rounds import certify_and_publish, make_round, submit

pytestmark = pytest.mark.once
PATH = "/api/v1/openapi.json"
PLAIN = {"Accept-Encoding": "identity"}  # the client in this process asks for codings that it cannot read


@pytest.fixture
def schema(app: Flask, world: World) -> schemathesis.BaseSchema:
    """The specification of an application with an open and a published consultation."""
    with app.app_context():
        submit(world.round, world.firm, "1A1B2~3~4~5~")
        done = make_round("done", firms=3)
        for organisation in done.firms:
            submit(done, organisation, "1A1B2~3~4~5~")
        close_consultation("done")
        certify_and_publish("done")
    return schemathesis.openapi.from_wsgi(PATH, app)


def specified(app: Flask) -> dict[str, object]:
    found: dict[str, object] = json.loads(visit(app).get(PATH).data)
    return found


def test_each_route_is_specified_and_nothing_else(app: Flask, world: World) -> None:
    routes = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    found = specified(app)
    assert found["openapi"] == "3.1.0"
    assert set(found["paths"]) | {"/openapi.json"} == routes
    assert all(set(methods) == {"get"} for methods in found["paths"].values())


def test_it_is_the_same_for_everybody(app: Flask, world: World) -> None:
    texts = {visit(app, account, Accept_Language=code).get(PATH).data for account in (None, 1) for code in ("de", "en")}
    assert len(texts) == 1


def test_what_is_there_is_answered_as_specified(app: Flask, schema: schemathesis.BaseSchema) -> None:
    seen = set()
    for result in schema.get_all_operations():
        operation = result.ok()
        for key in ("round", "done"):
            for scope in ("overall", "themes", "theme-one", "group-firm"):
                parameters = {"key": key, "scope": scope}
                names = re.findall(r"{(\w+)}", operation.path)
                case = operation.Case(path_parameters={name: parameters[name] for name in names})
                response = case.call_and_validate(headers=PLAIN)
                seen.add((operation.path, response.status_code))
    paths = specified(app)["paths"]
    assert {path for path, status in seen if status == 200} == set(paths), "each is seen to answer"
    assert ("/consultations/{key}/results", 409) in seen


@pytest.mark.parametrize("mode", [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE])
def test_whatever_is_asked_is_answered_as_specified(
    schema: schemathesis.BaseSchema, mode: schemathesis.GenerationMode
) -> None:
    operations = [result.ok() for result in schema.get_all_operations()]

    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        case = data.draw(data.draw(st.sampled_from(operations)).as_strategy(generation_mode=mode))
        case.call_and_validate(headers=PLAIN)

    ask()
