"""What every answer carries: security headers, cookies, addresses that stay on the site, and the language."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest
from flask import Flask

from ruhrvote.app import create_app
from ruhrvote.db import db
from ruhrvote.services import services
from ruhrvote.web import attachment, own_path
from tests.pages import Visitor
from tests.people import World, visit

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("mitglieder.csv", 'attachment; filename="mitglieder.csv"'),
        (
            "Grüne Wiesen.csv",
            "attachment; filename=\"Grune Wiesen.csv\"; filename*=UTF-8''Gr%C3%BCne%20Wiesen.csv",
        ),
        (
            'a"b\r\nSet-Cookie: x.csv',
            "attachment; filename=\"a_b__Set-Cookie_ x.csv\"; filename*=UTF-8''a%22b%0D%0ASet-Cookie%3A%20x.csv",
        ),
    ],
)
def test_a_download_is_saved_under_its_name_and_kept_by_nobody(name: str, header: str) -> None:
    response = attachment(iter([b"a", b"b"]), name, "text/csv; charset=utf-8")
    assert (response.data, response.headers["Content-Type"]) == (b"ab", "text/csv; charset=utf-8")
    assert (response.headers["Content-Disposition"], response.headers["Cache-Control"]) == (header, "no-store")


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html"),
        ("/consultations/round/boards/overall", "text/html"),
        ("/nowhere", "text/html"),
        ("/consultations/round/code.svg", "image/svg+xml"),
        ("/consultations/round/boards/overall/stream", "text/event-stream"),
        ("/language/de", "text/html"),
        ("/static/nothing.css", "text/html"),
    ],
)
def test_security_headers_on_every_kind_of_answer(app: Flask, world: World, path: str, kind: str) -> None:
    with visit(app, world.consultation_admin).get(path) as response:
        assert response.mimetype == kind
        assert response.headers["Content-Security-Policy"] == CSP
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in response.headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"
        assert {"Cookie", "Accept-Language"} <= set(response.vary)


def test_behind_https_cookies_and_headers_say_so(app: Flask, world: World) -> None:
    secured = create_app(replace(services(app).settings, https=True))
    secured.test_client_class = Visitor
    visitor = secured.test_client()
    response = visitor.get("/receipts", base_url="https://localhost")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-ruhrvote=")
    assert all(f"; {word}" in cookie for word in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax"))
    with secured.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("localhost:8000", True),
        ("127.0.0.1", True),
        ("127.1.2.3:80", True),
        ("[::1]:8000", True),
        ("vote.example", False),
        ("192.0.2.7:8000", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_without_https_only_browsers_on_this_machine_get_plain_cookies(app: Flask, host: str, plain: bool) -> None:
    for path in ("/receipts", "/language/de"):
        cookie = visit(app).get(path, headers={"Host": host}).headers["Set-Cookie"]
        assert ("Secure" not in cookie) is plain, cookie
        assert path != "/receipts" or cookie.startswith("__Host-") is not plain, cookie


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    cookie = visit(app).get("/receipts").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


EVIL = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "HTTPS://evil.example/login",
    "http://localhost@evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "evil.example",
    "?next=//evil.example",
    "/..//evil.example\\",
    "/login\r\nLocation: https://evil.example",
    "\u2028//evil.example",
    "/\u0000/evil.example",
    "/\t/[evil.example",
]


def as_browsers_read(location: str) -> str:
    """The host that a browser would go to: it drops tabs and line ends and takes a backslash for a slash."""
    cleaned = "".join(character for character in location if character not in "\t\r\n\0").strip().replace("\\", "/")
    return urlsplit(urljoin("http://localhost/somewhere", cleaned)).netloc


def test_no_address_leads_off_the_site(app: Flask) -> None:
    visitor = visit(app)
    for target in EVIL:
        assert own_path(target, "/") == "/", ascii(target)
        response = visitor.get("/language/en", query_string={"next": target})
        assert response.status_code == (400 if "\0" in target else 303)
        assert as_browsers_read(response.headers.get("Location", "/")) == "localhost", ascii(target)


@pytest.mark.parametrize("target", ["/", "/consultations/round/ideas?q=a+b&theme=one#comments", "/a/b?next=https://x"])
def test_an_address_on_the_site_is_kept(app: Flask, target: str) -> None:
    assert visit(app).get("/language/en", query_string={"next": target}).location == target


@pytest.mark.parametrize(
    ("cookie", "accepted", "wanted"),
    [
        ("", "", "de"),
        ("", "fr-FR,fr;q=0.9", "de"),
        ("", "en-GB,en;q=0.9,de;q=0.5", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "fr;q=0.9,en;q=0.4", "en"),
        ("en", "de", "en"),
        ("de", "en", "de"),
        ("fr", "en", "en"),
        ("../en", "", "de"),
    ],
)
def test_the_language_of_a_page(app: Flask, cookie: str, accepted: str, wanted: str) -> None:
    visitor = visit(app)
    if cookie:
        visitor.set_cookie("language", cookie)
    page = visitor.page("/accessibility", headers={"Accept-Language": accepted})
    assert page.root.get("lang") == wanted
    assert {"de": "Zum Inhalt", "en": "Skip to the content"}[wanted][:3] in page.text


def test_the_switch_is_on_every_page_and_leads_back_to_it(app: Flask, world: World) -> None:
    visitor = visit(app)
    page = visitor.page("/consultations/round/ideas?q=Titel&theme=one")
    assert page.root.get("lang") == "de"
    page = page.follow("English")
    assert page.root.get("lang") == "en"
    assert page.response.request.full_path == "/consultations/round/ideas?q=Titel&theme=one"
    assert visitor.page("/nowhere", 404).root.get("lang") == "en", "the choice is remembered"
    assert visitor.page("/").follow("Deutsch").root.get("lang") == "de"


def test_a_language_that_does_not_exist_changes_nothing(app: Flask) -> None:
    assert "Set-Cookie" not in visit(app).get("/language/fr").headers
