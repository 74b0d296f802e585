"""The set-up: what a draft says, asks, counts and when; each page in turn and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind, Role
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import open_consultation
from ruhrvote.control.setup.forms import NoSuchTime, read_local
from ruhrvote.db import clock, db, transaction
from ruhrvote.drafts.models import Draft
from ruhrvote.worker import work_once
from tests.control.steps import ENGLISH, STEP, alert, step
from tests.pages import text_of
from tests.people import World, make_person, post, visit

pytestmark = pytest.mark.alike

RULES = {
    "release_policy": "after_close",
    "weighting": "equal_groups",
    "quorum_percent": "50",
    "quorum_minimum": "7",
    "objection_days": "3",
}


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
        assert "until 3 days after the close" in shown

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("quorum_percent", "101"),
            ("quorum_percent", "-1"),
            ("quorum_percent", ""),
            ("quorum_minimum", "0"),
            ("quorum_minimum", "9" * 30),
            ("objection_days", "-1"),
            ("objection_days", "61"),
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
        assert "its rules cannot be changed any more" in response.get_data(as_text=True)


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


def test_the_preview_shows_the_ballot_and_saves_nothing(app: Flask, draft: World) -> None:
    page = step(app, draft, "preview")
    assert "This is what a voter will see" in page.text
    (field,) = [element for element in page.root.iter("fieldset") if element.get("class") == "setup-preview"]
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
    assert page.follow("Fix this: At least two ideas").path == "/consultations/leer/setup/ideas"
    assert page.follow("Fix this: Title and introduction in both languages").path == "/consultations/leer/setup/texts"
