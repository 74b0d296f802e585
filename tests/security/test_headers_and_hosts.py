"""Headers on every answer of every route, hosts, and redirects: none of them depends on somebody remembering."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ruhrvote.app import create_app
from ruhrvote.db import db, transaction
from ruhrvote.leaderboards.cache_middleware import CacheMiddleware
from ruhrvote.mail.models import Mail
from ruhrvote.mail.texts import link_to
from ruhrvote.services import services
from ruhrvote.web import CONTENT_SECURITY_POLICY
from tests.databases import Databases
from tests.live_server import live_server
from tests.pages import Visitor
from tests.people import World, post, visit
from tests.security.everything import ROLES, account_of, make_objects, path_of, plausible, rules

pytestmark = pytest.mark.alike

# The only page that other sites may frame has a policy of its own: tests/leaderboards/test_elsewhere.py.
FRAMED = "/embed/"
FORBIDDEN = ("unsafe-inline", "unsafe-eval", " *", "http:", "https:", "blob:")


EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize("role", ROLES)
def test_every_answer_carries_every_header(app: Flask, world: World, role: str) -> None:
    with app.app_context():
        objects = make_objects(world)
    form = plausible(app)
    wrong = []
    for method, rule in rules(app):
        visitor = visit(app, account_of(world, role))
        path = path_of(app, rule, objects.own)
        with post(visitor, path, form) if method == "POST" else visitor.open(path, method=method) as response:
            wrong += [f"{method} {path}: {fault}" for fault in faults(response, path, role)]
    assert not wrong, "\n".join(wrong)


def faults(response: TestResponse, path: str, role: str) -> Iterator[str]:
    """What an answer lacks, in sentences."""
    headers, framed = response.headers, path.startswith(FRAMED)
    policy = headers.get("Content-Security-Policy", "")
    if framed:  # this one may stand in frames of other sites, and has nothing else more
        policy = policy.replace("frame-ancestors *", "frame-ancestors 'none'")
    if policy != CONTENT_SECURITY_POLICY or any(word in policy for word in FORBIDDEN):
        yield f"Content-Security-Policy is {policy}"
    yield from (f"{name} is {headers.get(name)}" for name, value in EVERYWHERE.items() if headers.get(name) != value)
    framed = framed or path.startswith("/api/v1/")  # public figures for programs, wherever these run
    if headers.get("Cross-Origin-Resource-Policy") != ("cross-origin" if framed else "same-origin"):
        yield f"Cross-Origin-Resource-Policy is {headers.get('Cross-Origin-Resource-Policy')}"
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        yield "no Permissions-Policy"
    # Whatever a login has a part in is kept nowhere; a board without one may be asked for again.
    kept = headers.get("Cache-Control", "")
    nobodys = role == "anonymous" or framed or path.endswith(".svg")
    if "no-store" not in kept and not (nobodys and kept.startswith("public")):
        yield f"Cache-Control is {kept} for {role}"
    yield from (f"{name} tells {headers[name]}" for name in ("Server", "X-Powered-By") if name in headers)
    for cookie in headers.getlist("Set-Cookie"):
        if not all(word in cookie for word in ("HttpOnly", "SameSite=Lax", "Path=/")):
            yield f"a cookie is {cookie}"


HOSTS = [
    "evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example", "localhost:80@evil.example",
    "LOCALHOST.", "127.0.0.1", "[::1]", "xn--evil", "localhost\\evil.example", "vote.example.org.evil.example",
]  # fmt: skip
FORWARDED = ("X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-Host", "X-HTTP-Host-Override")


def test_only_under_its_own_names_does_the_server_answer(app: Flask, world: World) -> None:
    named = create_app(replace(services(app).settings, trusted_hosts=("vote.example.org",)))
    named.test_client_class = Visitor
    visitor = named.test_client()
    front = services(named).of(CacheMiddleware)
    try:
        for host in HOSTS:
            for path in ("/", "/login", "/consultations/round/boards/overall", "/nowhere"):
                response = visitor.get(path, headers={"Host": host})
                assert response.status_code == 400, (host, path)
                assert host not in response.get_data(as_text=True)
            environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "HTTP_HOST": host}
            assert not front._answers(environ), host
        assert visitor.get("/", headers={"Host": "vote.example.org"}).status_code == 200
        for header in FORWARDED:
            response = visitor.get("/login", headers={"Host": "vote.example.org", header: "host=evil.example"})
            assert response.status_code == 200
            assert "evil.example" not in response.get_data(as_text=True)
    finally:
        with named.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.mark.once
def test_a_neighbour_on_this_machine_moves_no_page(databases: Databases, tmp_path: Path) -> None:
    """The loopback is no proxy: what it says of address and scheme is not believed, or a page would be moved."""
    with databases.fresh("world") as url, live_server(url, tmp_path) as server:

        def asked(path: str, **headers: str) -> tuple[int, str]:
            request = urllib.request.Request(server.url + path, headers=headers)  # our own server
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, re.sub(r'value="[^"]{40,}"', "", answer.read().decode())

        for path in ("/methodology", "/receipts", "/consultations/round/boards/overall"):
            for name in ("Script-Name", "SCRIPT_NAME", "Path-Info", "PATH_INFO", "X-Script-Name", "X-Forwarded-Prefix"):
                assert asked(path, **{name: path}) == asked(path), f"{path} with {name}"
            assert asked(path, **{"X-Forwarded-Proto": "https", "X-Forwarded-Ssl": "on"}) == asked(path)


def test_links_in_mails_lead_to_the_configured_address_whatever_the_request_says(app: Flask, world: World) -> None:
    visitor = visit(app, world.voter)
    headers = {"Host": "evil.example", **dict.fromkeys(FORWARDED, "evil.example"), "X-Forwarded-Proto": "gopher"}
    data = {"person": "Neu Hier", "email": "neu@firma.example"}
    assert post(visitor, "/team/invitations", data, headers=headers, base_url="http://evil.example").status_code in (
        302,
        303,
        400,
        422,
    )
    assert post(visitor, "/team/invitations", data, headers=dict.fromkeys(FORWARDED, "evil.example")).status_code == 303
    with app.app_context(), transaction() as session:
        mails = session.query(Mail).all()
        assert mails
        base = services(app).settings.base_url
        for mail in mails:
            assert base in mail.text
            assert "evil.example" not in mail.text + mail.message_id + mail.unsubscribe
        assert link_to("start.home").startswith(base)


def test_no_view_redirects_off_the_site(app: Flask, world: World) -> None:
    """Each route with each parameter that has ever been called `next`, `back` or the like."""
    names = ("next", "back", "url", "return", "returnUrl", "return_to", "redirect", "redirect_uri", "target", "goto")
    evil = ("https://evil.example/", "//evil.example", "/\\evil.example", "\t//evil.example")
    with app.app_context():
        objects = make_objects(world)
    form = plausible(app)
    for target in evil:
        asked = dict.fromkeys(names, target)
        for method, rule in rules(app):
            visitor = visit(app, world.voter)
            path = path_of(app, rule, objects.own)
            if method == "POST":
                response = post(visitor, path, form | asked)
            elif "stream" in path:
                continue
            else:
                response = visitor.open(path, method=method, query_string=asked)
            for name in ("Location", "HX-Redirect", "HX-Location", "Refresh", "HX-Push-Url"):
                led = response.headers.get(name, "/")
                assert led.startswith("/"), f"{path}: {led}"
                assert not led.startswith(("//", "/\\", "/\t")), f"{path}: {led}"
        form |= {"email": f"jemand{len(target)}@neu.example"}
