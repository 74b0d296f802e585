"""The announced end of a running consultation: it can be postponed, by one admin, and only to a later time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from ruhrvote.accounts.models import Role
from ruhrvote.consultations.actions import extend, set_texts
from ruhrvote.consultations.models import Consultation, Step
from ruhrvote.consultations.pauses import pause_consultation
from ruhrvote.consultations.proposals import confirm, propose
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.ledger.queries import entries, head_of
from ruhrvote.recount import recount_all
from ruhrvote.worker import work_once
from tests.pages import Page, text_of
from tests.people import World, make_person, make_world, visit
from tests.rounds import count_kinds, make_round, submit

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}
END = datetime(2035, 6, 1, 16, tzinfo=UTC)  # 18:00 in the region


@pytest.fixture
def ending(app: Flask) -> World:
    with app.app_context():
        return make_world(closes_at=END)


def control(app: Flask, world: World) -> Page:
    return visit(app, world.consultation_admin, **ENGLISH).page("/consultations/round/control")


def postponed(page: Page, typed: str, status: int = 200) -> Page:
    return page.submit({"new_end": typed}, button="Postpone the end", status=status)


def faults() -> list[str]:
    return [fault for result in recount_all() for fault in result.faults]


def test_voters_see_the_new_end_and_the_ledger_and_the_trail_have_it(app: Flask, ending: World) -> None:
    shown = visit(app, **ENGLISH)
    pages = ("/consultations/round", "/", "/consultations/round/ballot")
    voter = visit(app, ending.voter, **ENGLISH)
    assert all("1 June 2035" in (voter if "ballot" in path else shown).page(path).text for path in pages)
    page = postponed(control(app, ending), "2035-06-15T12:00")
    assert "The end is postponed." in page.text
    assert "End postponed" in text_of(page.root.find(".//section[@aria-labelledby='life']"))
    assert "Announced end1 June 2035, 18:00" in shown.page("/consultations/round").text, "what it was before"
    for path in pages:
        text = (voter if "ballot" in path else shown).page(path).text
        assert text.count("15 June 2035") >= 1, path
        assert text.count(" 1 June 2035") == 0, path
    trail = visit(app, ending.consultation_admin, **ENGLISH).page("/audit-trail").text
    assert "End postponed" in trail
    with app.app_context():
        last = list(entries(ending.round.id))[-1]
        assert (last.kind, json.loads(last.payload)) == ("extended", {"closes_at": "2035-06-15T10:00:00+00:00"})
        assert faults() == []
        with transaction() as session:
            session.query(Consultation).one().closes_at = END
        assert faults() == ["the rules were changed after the opening"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("2035-06-01T18:00", "must be later than the announced one"),
        ("2035-05-31T18:00", "must be later than the announced one"),
        ("2020-01-01T00:00", "lies in the past"),
        ("2036-03-30T02:30", "This time does not exist"),
        ("9999-01-01T00:00", "within the next ten years"),
        ("", "Enter day and time."),
    ],
)
def test_no_other_than_a_later_time(app: Flask, ending: World, typed: str, message: str) -> None:
    assert message in postponed(control(app, ending), typed, 422).text
    with app.app_context():
        assert get_consultation("round").closes_at == END
        assert head_of(ending.round.id)[0] == 1, "what is refused leaves no trace in the ledger"


def test_while_paused_too(app: Flask, ending: World) -> None:
    with app.app_context():
        pause_consultation("round", reason_de="Störung", reason_en="")
    assert "The end is postponed." in postponed(control(app, ending), "2035-06-15T12:00").text


def test_not_before_the_opening_not_without_an_end_and_not_after_it(app: Flask) -> None:
    with app.app_context():
        make_round("draft", firms=1, municipalities=0, opened=False, closes_at=END)
        make_round("endless", firms=1, municipalities=0)
        over = make_round("over", firms=1, municipalities=0, closes_at=END)
        with transaction() as session:
            session.get_one(Consultation, over.id).closes_at = clock() - timedelta(seconds=1)
        for key in ("draft", "endless", "over"):
            with pytest.raises(Conflict):
                extend(key, END + timedelta(days=1))
        work_once()
        assert get_consultation("over").status == "closed", "the clock closes what nobody could postpone"
        with pytest.raises(Conflict):
            extend("over", END + timedelta(days=1))


def test_the_clock_closes_at_the_new_end_and_two_admins_still_earlier(app: Flask, ending: World) -> None:
    with app.app_context():
        extend("round", END + timedelta(days=1))
        second = make_person(ending.round.chambers[0], Role.CONSULTATION_ADMIN)
        propose("round", Step.CLOSE_EARLY, ending.consultation_admin)
        confirm("round", Step.CLOSE_EARLY, second)
        assert count_kinds(ending.round.id) == {"opened": 1, "extended": 1, "closed": 1, "settled": 1}
        db.session.rollback()


def test_changed_texts_are_an_entry_that_quotes_nothing(app: Flask, ending: World) -> None:
    with app.app_context():
        submit(ending.round, ending.firm, "1A1B2~5~0~4~")
        same = {
            name: getattr(get_consultation("round"), name) for name in ("title_de", "title_en", "intro_de", "source")
        }
        set_texts("round", {**same, "intro_en": "What for."})
        assert count_kinds(ending.round.id) == {"opened": 1, "cast": 1}, "what stays the same leaves no trace"
        set_texts("round", {**same, "intro_en": "A new reason."})
        last = list(entries(ending.round.id))[-1]
        assert last.kind == "texts_changed"
        assert "reason" not in last.payload
        assert faults() == []
        with transaction() as session:
            session.query(Consultation).one().intro_en = "Changed in secret."
        assert faults() == ["the texts are not those of their last change"]
    life = text_of(control(app, ending).root.find(".//section[@aria-labelledby='life']"))
    assert "Texts of the consultation changed (entry 3 of the ledger)" in life
