"""Boards away from the site's own pages: on the big screen of an event and on other websites."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
import segno
from flask import Flask

from ruhrvote.app import create_app
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import db
from ruhrvote.services import services
from tests.leaderboards.reading import BOARDS, ENGLISH
from tests.pages import Page, text_of
from tests.people import World, visit
from tests.rounds import certify_and_publish

pytestmark = pytest.mark.alike


class TestBigScreen:
    def test_it_leads_through_all_boards_and_round_again(self, app: Flask, voted: World) -> None:
        page = first = visit(app, **ENGLISH).page(f"{BOARDS}/overall").follow("Show on a big screen")
        seen = []
        while page.h1 not in seen:
            seen.append(page.h1)
            page = page.follow("Next board")
        assert page.h1 == first.h1
        assert seen[1:] == [
            *("Themes compared", "First theme", "Second theme", "The rest"),
            *("Chambers", "Municipalities", "Firms"),
        ]

    def test_it_has_no_menu_and_says_how_to_take_part(self, app: Flask, voted: World) -> None:
        page = visit(app, **ENGLISH).page(f"{BOARDS}/overall/screen")
        assert page.root.find(".//header") is None
        assert page.root.find(".//form") is None
        assert page.root.find(".//img").get("src") == "/consultations/round/code.svg"
        assert "2 of 7 organisations" in page.text
        with app.app_context():
            close_consultation(voted.key)
        assert visit(app).page(f"{BOARDS}/overall/screen").root.find(".//img") is None, "nobody can take part any more"

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_the_code_says_where_to_take_part(self, app: Flask, world: World, scheme: str) -> None:
        served = create_app(replace(services(app).settings, https=scheme == "https"))
        response = served.test_client().get("/consultations/round/code.svg", base_url=f"{scheme}://vote.example.org")
        expected = BytesIO()
        segno.make(f"{scheme}://vote.example.org/consultations/round", error="m").save(
            expected, kind="svg", border=2, light="#fff", omitsize=True
        )
        assert response.mimetype == "image/svg+xml"
        assert response.data == expected.getvalue()
        assert all(element.get("style") is None for element in ET.fromstring(response.data).iter())
        with served.app_context():
            db.session.remove()
            db.engine.dispose()


class TestOnOtherWebsites:
    @pytest.fixture
    def publish(self, app: Flask, voted: World) -> Callable[[], None]:
        def close_and_publish() -> None:
            with app.app_context():
                close_consultation(voted.key)
                certify_and_publish(voted.key)

        return close_and_publish

    def test_before_publication_it_shows_no_figures(self, app: Flask, voted: World) -> None:
        page = visit(app, **ENGLISH).page("/embed/round/overall")
        assert "not published yet" in page.text
        assert page.root.find(".//table") is None
        assert "Short" not in page.text

    def test_the_published_board(self, app: Flask, publish: Callable[[], None]) -> None:
        publish()
        page = visit(app, **ENGLISH).page("/embed/round/overall")
        assert [text.split()[0] for text in rows_of(page)] == ["1", "2", "2", "4", "5"]
        assert "2 of 7 organisations (28.6 %); participation is voluntary and not representative." in page.text
        assert "Score" in visit(app, **ENGLISH).page("/embed/round/themes").text

    def test_it_may_stand_in_frames_and_nothing_else_may(self, app: Flask, publish: Callable[[], None]) -> None:
        publish()
        for path, anywhere in (("/embed/round/overall", True), (f"{BOARDS}/overall", False), ("/", False)):
            response = visit(app).get(path)
            policy = response.headers["Content-Security-Policy"]
            assert ("frame-ancestors *" in policy) == anywhere
            assert ("frame-ancestors 'none'" in policy) != anywhere
            assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
            assert response.headers["X-Content-Type-Options"] == "nosniff"

    def test_it_neither_sets_a_cookie_nor_can_do_anything(self, app: Flask, publish: Callable[[], None]) -> None:
        publish()
        page = visit(app).page("/embed/round/overall")
        assert "Set-Cookie" not in page.response.headers
        assert not [tag for tag in ("form", "input", "button", "script") if page.root.find(f".//{tag}") is not None]
        leading = [link for link in page.root.find("body").iter("a") if not link.get("href", "").startswith("#")]
        assert {link.get("target") for link in leading} == {"_blank"}

    def test_its_language_is_that_of_the_page_around_it(self, app: Flask, publish: Callable[[], None]) -> None:
        publish()
        for language, word in (("de", "nicht repräsentativ"), ("en", "not representative")):
            for header in ("de", "en"):
                page = visit(app, Accept_Language=header).page(f"/embed/round/overall?language={language}")
                assert page.root.get("lang") == language
                assert word in page.text

    def test_the_lines_to_copy_lead_to_it(self, app: Flask, voted: World) -> None:
        page = visit(app, **ENGLISH).page(f"{BOARDS}/theme-one").follow("Show on another website")
        snippet = text_of(page.root.find(".//textarea"))
        frame = ET.fromstring(snippet.replace("&", "&amp;"))
        assert frame.tag == "iframe"
        assert frame.get("src") == "http://localhost/embed/round/theme-one?language=en"
        assert frame.get("title") == "First theme – Round round"
        assert "not published yet" in page.text


def rows_of(page: Page) -> list[str]:
    return [text_of(row_) for row_ in page.root.findall(".//table[@class='ranking']/tbody/tr")]
