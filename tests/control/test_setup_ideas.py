"""The ideas of a draft: entered, moved, renamed, read from files, and what is refused."""

from __future__ import annotations

import io
import json
import zipfile

import openpyxl
import pytest
from flask import Flask

from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import open_consultation
from ruhrvote.ideas.queries import ideas_of, themes_of
from tests.control.steps import ENGLISH, STEP, alert, alert_of_post, numbers, step
from tests.pages import Page, text_of
from tests.people import World, post, visit
from tests.rounds import make_round

pytestmark = pytest.mark.alike


class TestIdeas:
    def test_from_the_seed_and_from_another_consultation(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "ideas").submit({"source": "seed"})
        assert "40 ideas are entered." in page.text
        assert numbers(app) == list(range(1, 41))
        with app.app_context():
            make_round("other", ideas=4, opened=False)
        page = step(app, draft, "ideas").submit({"source": "other"})
        assert numbers(app) == [1, 2, 3, 4]
        assert visit(app, draft.consultation_admin).page("/consultations/round/ideas?q=Titel").text.count("Kurz") == 4

    def test_typed_one_by_one(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "ideas").submit(
            {"name_de": "Häfen & Kanäle", "name_en": "Ports"}, button="Add the theme"
        )
        page = page.follow("Add an idea")
        typed = {"theme": "ports", "title_de": "Ein Hafen für alle", "short_de": "Hafen", "goal_de": "Mehr Umschlag."}
        page = page.submit(typed)
        assert "Idea 7 is added." in page.text
        assert "Hafen" in page.text
        page = page.visitor.page(STEP + "ideas/new").submit({"theme": "ports", "title_de": "Ohne Ziel"}, status=422)
        assert "Say in a sentence or two" in alert(page)
        assert page.root.find(".//input[@name='title_de']").get("value") == "Ohne Ziel"

    def test_are_moved_and_removed_before_the_opening(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "ideas").submit(button="Up: Short 3", action=STEP + "ideas/3/place")
        assert numbers(app) == [1, 3, 2, 4, 5, 6]
        page = page.submit(button="Remove: Short 1", action=STEP + "ideas/1/place")
        assert numbers(app) == [3, 2, 4, 5, 6]
        page = page.submit(button="Up: Short 3", action=STEP + "ideas/3/place")
        assert numbers(app) == [3, 2, 4, 5, 6], "the first one stays first"
        assert "There are ideas in this theme" in alert_of_post(app, draft, "themes/one/place", {"do": "remove"})

    def test_move_within_their_theme_only(self, app: Flask, draft: World) -> None:
        step(app, draft, "ideas").submit(button="Up: Short 4", action=STEP + "ideas/4/place")
        assert numbers(app) == [1, 2, 3, 4, 5, 6], "the first of its theme stays first"
        page = step(app, draft, "ideas/new?theme=one")
        page.submit({"theme": "one", "title_de": "Neu", "short_de": "Neu", "goal_de": "Ziel"})
        step(app, draft, "ideas").submit(button="Up: Neu", action=STEP + "ideas/7/place")
        with app.app_context():
            shown = [
                idea.number for idea in ideas_of(get_consultation("round", drafts=True).id) if idea.number in (3, 7)
            ]
        assert shown == [7, 3], "although ideas of other themes lie between them"

    def test_a_theme_is_renamed_and_moved_with_its_ideas(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "themes/one")
        assert page.root.find(".//input[@name='name_de']").get("value") == "Erstes Feld"
        page = page.submit({"name_de": "", "name_en": "Ports"}, button="Save the theme", status=422)
        assert "Enter a name." in alert(page)
        page = page.submit({"name_de": "Häfen", "name_en": "Ports"}, button="Save the theme")
        page = page.submit(button="Theme down: Ports", action=STEP + "themes/one/place")
        heads = [text_of(head) for head in page.root.iter("h3")]
        assert heads == ["Second theme", "Ports", "The rest (not compared with other themes)"]
        voter = visit(app, draft.consultation_admin, **ENGLISH).page(STEP + "preview").text
        assert voter.index("Second theme") < voter.index("Ports"), "as voters will see it"

    def test_a_theme_without_ideas_does_not_open(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "ideas").submit({"name_de": "Leer", "name_en": "Empty"}, button="Add the theme")
        page = page.follow("7. Checklist and opening").submit({"sure": "yes"}, button="Open now", status=422)
        assert "Nobody could judge a theme without ideas" in alert(page)
        page = page.follow("Fix this: Ideas in every theme").submit(
            button="Remove the theme", action=STEP + "themes/empty/place"
        )
        page.follow("7. Checklist and opening").submit({"sure": "yes"}, button="Open now")
        assert "one" in visit(app).page("/consultations/round/boards/themes").text

    def test_a_theme_that_is_gone(self, app: Flask, draft: World) -> None:
        assert "This theme does not exist any more" in step(app, draft, "themes/none", 404).text
        assert "This theme does not exist any more" in alert_of_post(app, draft, "themes/none/place", {"do": "up"})

    @pytest.mark.parametrize(
        ("path", "data"),
        [
            ("ideas/1/place", {"do": "remove"}),
            ("ideas/1/place", {"do": "up"}),
            ("ideas/source", {"source": "seed"}),
            ("themes/one/place", {"do": "remove"}),
            ("themes", {"name_de": "Neu"}),
        ],
    )
    def test_what_would_orphan_ballots_is_refused_with_what_to_do(
        self, app: Flask, draft: World, path: str, data: dict[str, str]
    ) -> None:
        with app.app_context():
            open_consultation("round")
        before = numbers(app)
        visitor = visit(app, draft.consultation_admin, **ENGLISH)
        response = post(visitor, STEP + path, data)
        assert response.status_code == 409
        assert "texts or withdraw it instead" in response.get_data(as_text=True)
        assert numbers(app) == before

    def test_another_theme_is_refused_once_it_is_open(self, app: Flask, draft: World) -> None:
        with app.app_context():
            open_consultation("round")
        page = step(app, draft, "ideas/1").submit({"theme": "two"}, button="Save the idea", status=409)
        assert "Themes have been fixed since the opening" in alert(page)


HEAD = "Themenfeld;Titel;Kurztitel;Ziel;Titel (englisch)\r\n"


def upload(app: Flask, world: World, content: bytes, name: str = "ideen.csv", status: int = 200) -> Page:
    visitor = visit(app, world.consultation_admin, **ENGLISH)
    response = post(visitor, STEP + "ideas/upload", {"file": (io.BytesIO(content), name)})
    assert response.status_code == status
    return Page(visitor, response)


class TestUpload:
    def test_each_faulty_row_is_named_by_its_line_and_the_others_entered(self, app: Flask, draft: World) -> None:
        rows = (
            "Mobilität;Radwege bauen;Radwege;Mehr Rad;Build paths\r\n"
            "Energie;;Wind;Mehr Wind;\r\n"
            "Energie;Sonne nutzen;;Mehr Sonne;\r\n"
            f"Energie;Lang;{'x' * 46};Ziel;\r\n"
            "Energie;Radwege BAUEN;;Doppelt;\r\n"
        )
        page = upload(app, draft, (HEAD + rows).encode("cp1252"))
        assert numbers(app) == [1, 2, 3, 4, 5, 6], "nothing is entered yet"
        for fault in (
            "Line 3: Titel: empty",
            "Line 5: Kurztitel: too long",
            "Line 6: the same title as in line 2",
        ):
            assert fault in alert(page)
        page = page.submit(button="Enter 2 ideas")
        assert "2 ideas are entered." in page.text
        with app.app_context():
            found = get_consultation("round", drafts=True)
            assert [idea.short_de for idea in ideas_of(found.id)] == ["Radwege", "Sonne nutzen"]
            assert [theme.name_de for theme in themes_of(found.id)] == ["Mobilität", "Energie"]

    def test_xlsx(self, app: Flask, draft: World) -> None:
        book = openpyxl.Workbook()
        for row in (["Themenfeld", "Titel", "Ziel"], ["Energie", "Sonne", "Mehr"], [None, None, None], ["A", "B", "C"]):
            book.active.append(row)
        buffer = io.BytesIO()
        book.save(buffer)
        upload(app, draft, buffer.getvalue(), "Ideen.XLSX").submit(button="Enter 2 ideas")
        assert numbers(app) == [1, 2]

    @pytest.mark.parametrize(
        ("content", "name", "message"),
        [
            (b"", "a.csv", "The first line must name the columns"),
            (b"Titel;Ziel\r\nA;B\r\n", "a.csv", "missing: Themenfeld"),
            (HEAD.encode(), "a.csv", "no idea"),
            (b"not a zip", "a.xlsx", "cannot be read as XLSX"),
            (HEAD.encode() + b"T;A;;B;\r\n" * 501, "a.csv", "more than 500"),
        ],
    )
    def test_a_file_that_is_no_list(self, app: Flask, draft: World, content: bytes, name: str, message: str) -> None:
        assert message in alert(upload(app, draft, content, name, 422))

    @pytest.mark.parametrize("what", ["a bomb", "an entity"])
    def test_a_workbook_that_means_harm(self, app: Flask, draft: World, what: str) -> None:
        good, bad = io.BytesIO(), io.BytesIO()
        openpyxl.Workbook().save(good)
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as target:
            for name in source.namelist():
                content = source.read(name)
                if name.endswith("sheet1.xml"):
                    content = b'<!DOCTYPE x [<!ENTITY a "ha">]>' + content if what == "an entity" else b" " * 25_000_000
                target.writestr(name, content)
        assert "cannot be read as XLSX" in alert(upload(app, draft, bad.getvalue(), "a.xlsx", 422))

    def test_the_template_is_a_list_without_ideas(self, app: Flask, draft: World) -> None:
        response = visit(app, draft.consultation_admin).get(STEP + "ideas/template.csv")
        assert "Add a line for each idea" in alert(upload(app, draft, response.data, "a.csv", 422))

    def test_what_no_database_can_hold_is_left_out(self, app: Flask, draft: World) -> None:
        row = {"line": "2", "theme_de": "T", "title_de": "A\0\ud800", "goal_de": "B\0"}
        visitor = visit(app, draft.consultation_admin)
        assert post(visitor, STEP + "ideas/enter", {"rows": json.dumps([row])}).status_code == 303
        assert numbers(app) == [1]

    def test_a_forged_form_enters_nothing(self, app: Flask, draft: World) -> None:
        visitor = visit(app, draft.consultation_admin)
        for rows in ("", "[1]", '[{"line": "x"}]', "{}x", '[{"title_de": "A"}]', "[" * 9000):
            assert post(visitor, STEP + "ideas/enter", {"rows": rows}).status_code == 422, rows
        assert numbers(app) == [1, 2, 3, 4, 5, 6]
