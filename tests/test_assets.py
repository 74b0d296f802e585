"""Static files: named by their content, stored compressed, and kept by browsers for good."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import brotli
import pytest
from flask import Flask

from ruhrvote.app import create_app
from ruhrvote.db import db
from ruhrvote.services import services
from ruhrvote.web import CONTENT_SECURITY_POLICY, asset_url
from tests.people import World, visit
from tests.sheets import STATIC

pytestmark = pytest.mark.once

NAMES = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@pytest.mark.parametrize("name", NAMES)
def test_each_is_kept_for_good_and_comes_as_it_was_compressed(app: Flask, name: str) -> None:
    address = asset_url()(name)
    assert re.fullmatch(r"/static/[\w/-]+-[0-9a-f]{12}\.\w+", address)
    with visit(app).get(address) as plain:
        assert plain.status_code == 200
        assert plain.mimetype == KINDS[Path(name).suffix]
        assert "Content-Encoding" not in plain.headers
        content = plain.data
    packed = Path(name).suffix != ".woff2"  # fonts are compressed by themselves
    for accepted, coding, unpack in (
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
    ):
        with visit(app).get(address, headers={"Accept-Encoding": accepted}) as response:
            stored = packed and STATIC.joinpath("built", f"{NAMES[name]}.{'br' if coding == 'br' else 'gz'}").exists()
            assert response.headers.get("Content-Encoding") == (coding if stored else None)
            assert (unpack(response.data) if stored else response.data) == content
            assert stored or not packed or len(content) < 300, "what is not worth it is small"
            assert not packed or "Accept-Encoding" in response.vary
            assert re.search(r"max-age=(\d+)", response.headers["Cache-Control"])[1] >= "31536000"  # type: ignore[index]
            assert {"public", "immutable"} <= set(response.headers["Cache-Control"].split(", "))


def test_they_carry_the_security_headers_and_no_cookie(app: Flask, world: World) -> None:
    with visit(app, world.consultation_admin).get(asset_url()("app.js")) as response:
        assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Access-Control-Allow-Origin" not in response.headers
        assert "Set-Cookie" not in response.headers
        assert "Cookie" not in response.vary


def test_behind_https_they_say_so(app: Flask) -> None:
    secured = create_app(replace(services(app).settings, https=True))
    with secured.test_client().get(asset_url()("app.css")) as response:
        assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    with secured.app_context():
        db.session.remove()
        db.engine.dispose()


def test_asked_again_they_are_not_sent_again(app: Flask) -> None:
    with visit(app).get(asset_url()("app.css")) as response:
        tag = response.headers["ETag"]
    with visit(app).get(asset_url()("app.css"), headers={"If-None-Match": tag}) as again:
        assert again.status_code == 304
        assert again.data == b""


@pytest.mark.parametrize(
    "path",
    [
        "/static/manifest.json",
        "/static/app.css",
        "/static/tokens.css",
        "/static/vendor/print/LICENSE.txt",
        "/static/../manifest.json",
        "/static/%2e%2e/manifest.json",
        "/static/",
    ],
)
def test_nothing_but_what_was_built_is_served(app: Flask, path: str) -> None:
    assert visit(app).get(path).status_code == 404


def test_a_page_links_one_sheet_and_what_it_names_exists(app: Flask, world: World) -> None:
    for path in ("/", "/accessibility", "/login", "/consultations/round/boards/overall", "/nowhere"):
        root = visit(app).page(path, 404 if path == "/nowhere" else 200).root
        links = [(link.get("rel"), link.get("href") or "") for link in root.iter("link")]
        assert [href for rel, href in links if rel == "stylesheet"] == [asset_url()("app.css")]
        for address in (*(href for _, href in links), *(script.get("src") or "" for script in root.iter("script"))):
            with visit(app).get(address) as response:
                assert response.status_code == 200, address


def test_fonts_have_what_names_in_turkish_and_polish_need() -> None:
    from fontTools.ttLib import TTFont

    fonts = [STATIC / "built" / path for name, path in NAMES.items() if name.endswith(".woff2")]
    assert len(fonts) == 5
    for path in fonts:
        known = TTFont(path).getBestCmap()
        missing = [sign for sign in "ÄÖÜäöüßğĞışİŞçÇłŁąęćńóśźżŻ–„“’…€→≤" if ord(sign) not in known]
        assert not missing, f"{path.name}: {missing}"
    sheet = (STATIC / "built" / NAMES["app.css"]).read_text(encoding="utf-8")
    assert set(re.findall(r"url\(\"?(fonts/[^)\"]+)", sheet)) == {NAMES[n] for n in NAMES if n.startswith("fonts/")}
