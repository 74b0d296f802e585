"""The set-up: what a draft says, asks, counts and when; each page in turn and what it refuses."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from flask import Flask

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind, Role
from ruhrvote.administration.actions import open_consultation
from ruhrvote.administration.setup.local_time import NoSuchTime, read_local
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.drafts.models import Draft
from ruhrvote.ideas.queries import ideas_of, themes_of
from ruhrvote.worker import work_once
from tests.pages import Page, text_of
from tests.people import World, make_person, make_world, post, visit
from tests.rounds import make_round

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}
STEP = "/consultations/round/setup/"
RULES = {"release_policy": "after_close", "weighting": "equal_groups", "quorum_percent": "50", "quorum_minimum": "7"}


@pytest.fixture
def draft(app: Flask) -> World:
    with app.app_context():
        return make_world(opened=False)


def step(app: Flask, world: World, name: str, status: int = 200, **headers: str) -> Page:
    return visit(app, world.consultation_admin, **(headers or ENGLISH)).page(STEP + name, status)


def alert(page: Page) -> str:
    return " ".join(text_of(element) for element in page.root.iter() if element.get("role") == "alert")


def numbers(app: Flask, key: str = "round") -> list[int]:
    with app.app_context():
        return [idea.number for idea in ideas_of(get_consultation(key, drafts=True).id)]


class TestNew:
    def test_leads_to_the_first_step(self, app: Flask, draft: World) -> None:
        page = visit(app, draft.consultation_admin, **ENGLISH).page("/").follow("New consultation")
        page = page.submit({"key": "ruhr-2030", "title_de": "Neue Runde", "title_en": "New round"})
        assert page.path == "/consultations/ruhr-2030/setup/texts"
        assert "The draft is there." in page.text
        assert visit(app).get("/consultations/ruhr-2030").status_code == 404, "nobody else sees it"

    @pytest.mark.parametrize(
        ("key", "status", "message"),
        [
            ("round", 409, "short name already"),
            ("new", 422, "taken by a page"),
            ("Ruhr 2030", 422, "Use small letters"),
            ("-ruhr", 422, "Use small letters"),
            ("", 422, "Enter a short name"),
        ],
    )
    def test_a_short_name_that_makes_no_address(
        self, app: Flask, draft: World, key: str, status: int, message: str
    ) -> None:
        page = visit(app, draft.consultation_admin, **ENGLISH).page("/consultations/new")
        page = page.submit({"key": key, "title_de": "Titel", "title_en": "Title"}, status=status)
        assert message in alert(page)
        assert page.root.find(".//input[@name='title_de']").get("value") == "Titel", "nothing is lost"


class TestTexts:
    def test_before_the_opening_they_simply_change(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "texts").submit({"intro_en": "Another introduction."}, button="Save and continue")
        assert page.path == STEP + "ideas"
        shown = visit(app, draft.consultation_admin, **ENGLISH).page("/consultations/round").text
        assert "Another introduction." in shown
        assert "What for." not in shown

    def test_after_it_everybody_finds_what_they_said(self, app: Flask, draft: World) -> None:
        with app.app_context():
            open_consultation("round")
        step(app, draft, "texts").submit({"intro_en": "Another introduction."}, button="Save")
        shown = visit(app, **ENGLISH).page("/consultations/round").text
        assert "Another introduction." in shown
        assert "What for." in shown


class TestRules:
    def test_are_kept_and_shown_to_everybody(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "rules").submit(RULES, button="Save")
        assert "The rules are saved." in page.text
        chosen = {field.get("value") for field in page.root.iter("input") if field.get("checked") is not None}
        assert chosen == {"after_close", "equal_groups"}
        assert "The boards stay hidden until the result is published" in page.text, "what voters are told"
        with app.app_context():
            open_consultation("round")
        shown = visit(app, **ENGLISH).page("/consultations/round").text
        assert "the same voice each" in shown
        assert "at least 50 % of the ballots judge it, and at least 7" in shown

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("quorum_percent", "101"),
            ("quorum_percent", "-1"),
            ("quorum_percent", ""),
            ("quorum_minimum", "0"),
            ("quorum_minimum", "9" * 30),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_kept(self, app: Flask, draft: World, name: str, value: str) -> None:
        page = step(app, draft, "rules").submit(RULES | {name: value}, button="Save", status=422)
        field = page.root.find(f".//input[@name='{name}']")
        assert (field.get("aria-invalid"), field.get("value")) == ("true", value)

    @pytest.mark.parametrize("name", ["release_policy", "weighting"])
    def test_a_rule_that_nobody_offers(self, app: Flask, draft: World, name: str) -> None:
        visitor = visit(app, draft.consultation_admin)
        assert post(visitor, STEP + "rules", RULES | {name: "sometimes"}).status_code == 422

    def test_stand_once_it_is_open(self, app: Flask, draft: World) -> None:
        with app.app_context():
            open_consultation("round")
        response = post(visit(app, draft.consultation_admin, **ENGLISH), STEP + "rules", RULES)
        assert response.status_code == 409
        assert "its rules stand" in response.get_data(as_text=True)


def test_the_page_of_groups_says_who_has_which_share_of_the_votes(app: Flask, draft: World) -> None:
    rows = [text_of(row) for row in step(app, draft, "groups").root.iter("tr")]
    assert rows[1:] == ["Chambers 2 28.6 % 33.3 %", "Municipalities 1 14.3 % 33.3 %", "Firms 4 57.1 % 33.3 %"]
    with app.app_context():
        for number in range(10):
            create_organisation(kind=Kind.FIRM, name=f"Weitere {number}", chamber_ids=[])
    step(app, draft, "rules").submit({"release_policy": "cohorts"}, button="Save")
    page = step(app, draft, "groups")
    assert "Chambers, municipalities and firms count as one group" in page.text
    german = step(app, draft, "rules", Accept_Language="de").text
    assert "stellen 100 % der Stimmen" in german


class TestDates:
    @pytest.mark.parametrize(
        ("typed", "moment"),
        [
            ("2035-01-15T08:00", "2035-01-15T07:00:00+00:00"),
            ("2035-07-15T08:00", "2035-07-15T06:00:00+00:00"),
            ("2035-10-28T02:30", "2035-10-28T00:30:00+00:00"),  # twice: the first, in summer time
        ],
    )
    def test_are_those_of_the_regions_clocks(self, app: Flask, draft: World, typed: str, moment: str) -> None:
        page = step(app, draft, "dates").submit({"closes_at": typed}, button="Save")
        assert page.root.find(".//input[@name='closes_at']").get("value") == typed
        assert ("this hour twice" in page.text) == typed.startswith("2035-10")
        with app.app_context():
            closes_at = get_consultation("round", drafts=True).closes_at
            assert closes_at is not None
            assert closes_at.isoformat() == moment

    def test_an_hour_that_the_clocks_skip_does_not_exist(self, app: Flask, draft: World) -> None:
        page = step(app, draft, "dates").submit({"opens_at": "2035-03-25T02:30"}, button="Save", status=422)
        assert "This time does not exist" in alert(page)

    @pytest.mark.parametrize(
        ("opens", "closes", "message"),
        [
            ("2035-05-02T08:00", "2035-05-01T08:00", "The end must come after the opening"),
            ("2035-05-02T08:00", "2035-05-02T08:00", "The end must come after the opening"),
            ("", "2020-01-01T00:00", "lies in the past"),
            ("2020-01-01T00:00", "", "lies in the past"),
            ("", "9999-12-31T00:00", "within the next ten years"),
        ],
    )
    def test_in_the_wrong_order_or_over(self, app: Flask, draft: World, opens: str, closes: str, message: str) -> None:
        typed = {"opens_at": opens, "closes_at": closes}
        assert message in alert(step(app, draft, "dates").submit(typed, button="Save", status=422))

    def test_every_hour_of_a_year_comes_back_as_it_was_typed(self) -> None:
        typed, skipped = datetime.fromisoformat("2026-01-01T00:30"), 0
        while typed.year == 2026:
            try:
                local = read_local(typed)
            except NoSuchTime:
                skipped += 1
            else:
                assert local.twice == (typed == datetime.fromisoformat("2026-10-25T02:30"))
                assert local.moment.tzinfo is UTC
            typed += timedelta(hours=1)
        assert skipped == 1

    def test_the_clock_opens_what_is_ready_and_says_when_it_could_not(self, app: Flask, draft: World) -> None:
        with app.app_context():
            for intro, wanted in (("", "draft"), ("Worum es geht.", "open")):
                with transaction() as session:
                    found = session.query(Consultation).one()
                    found.intro_de, found.opens_at = intro, clock() - timedelta(seconds=1)
                work_once()
                db.session.rollback()
                found = get_consultation("round", drafts=True)
                assert found.status == wanted
                assert (found.opens_at is None) == (wanted == "draft"), "it is not tried again and again"


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
        assert "There is a theme without ideas" in alert(page)
        page = page.follow("Mend this: Ideas in every theme").submit(
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
        assert "Themes are fixed since the opening" in alert(page)


def alert_of_post(app: Flask, world: World, path: str, data: dict[str, str]) -> str:
    response = post(visit(app, world.consultation_admin, **ENGLISH), STEP + path, data)
    return response.get_data(as_text=True)


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

    def test_a_forged_form_enters_nothing(self, app: Flask, draft: World) -> None:
        visitor = visit(app, draft.consultation_admin)
        for rows in ("", "[1]", '[{"line": "x"}]', "{}x", '[{"title_de": "A"}]'):
            assert post(visitor, STEP + "ideas/enter", {"rows": rows}).status_code == 422, rows
        assert numbers(app) == [1, 2, 3, 4, 5, 6]


def test_the_preview_shows_the_ballot_and_saves_nothing(app: Flask, draft: World) -> None:
    page = step(app, draft, "preview")
    assert "This is what a voter will see" in page.text
    (field,) = [element for element in page.root.iter("fieldset") if element.get("class") == "preview"]
    assert field.get("disabled") is not None
    assert "very important" in text_of(field)
    assert "Short 4" in page.follow("Second theme").text
    assert step(app, draft, "preview?theme=nothing", 404).response.status_code == 404
    with app.app_context():
        assert get_consultation("round", drafts=True).status == "draft"
        assert db.session.query(Draft).count() + db.session.query(BallotVersion).count() == 0


def test_the_checklist_names_what_is_missing_and_where_to_mend_it(app: Flask) -> None:
    with app.app_context():
        chamber = create_organisation(kind=Kind.CHAMBER, name="Kammer", chamber_ids=[])
        admin = make_person(chamber, Role.CONSULTATION_ADMIN)
    visitor = visit(app, admin, **ENGLISH)
    page = visitor.page("/consultations/new").submit({"key": "leer", "title_de": "Leer", "title_en": "Empty"})
    page = page.follow("7. Checklist and opening")
    page = page.submit({"sure": "yes"}, button="Open now", status=422)
    assert "Title and introduction must be there" in alert(page)
    assert page.follow("Mend this: At least two ideas").path == "/consultations/leer/setup/ideas"
    assert page.follow("Mend this: Title and introduction in both languages").path == "/consultations/leer/setup/texts"
