"""The audit trail: append-only, part of what it records, and readable within an admin's reach."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ruhrvote.accounts.actions import create_account, create_organisation
from ruhrvote.accounts.models import Kind, Role
from ruhrvote.accounts.team.actions import hand_over, name_signatory, remove_colleague
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.actions import close_consultation, publish_consultation
from ruhrvote.control.actions import certify_consultation, open_consultation
from ruhrvote.control.audit_trail_views import entries
from ruhrvote.db import db, transaction
from ruhrvote.ideas.actions import set_note
from tests.pages import Page, Visitor, text_of
from tests.people import World, visit
from tests.rounds import make_round
from tests.statements import counted

ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def admin(app: Flask, world: World) -> Visitor:
    return visit(app, world.consultation_admin, **ENGLISH)


def rows(page: Page) -> list[str]:
    return [text_of(row) for row in page.root.iter("tr")][1:]


def test_an_entry_is_kept_only_with_what_it_records(app: Flask, world: World) -> None:
    def record_and_fail() -> None:
        with transaction():
            record(Event.NOTE_CHANGED, by=world.consultation_admin, consultation_id=1)
            raise RuntimeError

    with app.app_context():
        with pytest.raises(RuntimeError):
            record_and_fail()
        page = entries(event=Event.NOTE_CHANGED)
        assert (page.rows, page.total) == ([], 0)
        set_note(world.round.id, 1, "Neu", "New", by=world.consultation_admin)
        page = entries(event=Event.NOTE_CHANGED)
        (entry,), total = page.rows, page.total
        assert (total, entry.event, entry.account_id, entry.values) == (
            1,
            Event.NOTE_CHANGED,
            world.consultation_admin,
            {"idea": 1},
        )


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET account_id = NULL", "DELETE FROM audit_entry"])
def test_an_entry_is_never_changed_or_deleted(app: Flask, world: World, change: str) -> None:
    with app.app_context():
        set_note(world.round.id, 1, "Neu", "New", by=world.consultation_admin)
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(change))
        assert entries(event=Event.NOTE_CHANGED).total == 1
        assert entries(event=Event.NOTE_CHANGED).rows[0].account_id == world.consultation_admin


def test_what_an_admin_does_on_the_page_is_recorded(app: Flask, world: World, admin: Visitor) -> None:
    notes = "/audit-trail?event=note+changed"
    assert "Nothing of this kind" in admin.page(notes).text
    page = admin.page("/consultations/round/ideas/2/note")
    page.submit({"note_de": "Ein <b>Hinweis</b>", "note_en": ""})
    (row,) = rows(admin.page(notes))
    for word in ("Kim Muster", "Note on an idea changed", "round", "idea 2"):
        assert word in row
    assert "Hinweis</b>" not in row, "what somebody wrote is not in the trail"


def test_each_step_of_an_admin_is_recorded_with_who_took_it(app: Flask, world: World) -> None:
    admin = world.consultation_admin
    with app.app_context():
        make_round("next", firms=1, opened=False)
        steps = {
            Event.ORGANISATION_CREATED: lambda: create_organisation(
                kind=Kind.FIRM, name="Neu GmbH", chamber_ids=[1], by=admin
            ),
            Event.ACCOUNT_CREATED: lambda: create_account(
                organisation_id=world.firm,
                email="neu@firma.example",
                person="Neu",
                role=Role.VOTER,
                password="a long password",
                by=admin,
            ),
            Event.CONSULTATION_OPENED: lambda: open_consultation("next", by=admin),
            Event.CONSULTATION_CLOSED: lambda: close_consultation("next", by=admin),
            Event.RESULT_CERTIFIED: lambda: certify_consultation("next", by=admin),
            Event.RESULT_PUBLISHED: lambda: publish_consultation("next", by=admin),
            Event.SIGNATORY_CHANGED: lambda: name_signatory(world.voter, world.colleague),
            Event.FIRST_PLACE_HANDED_OVER: lambda: hand_over(world.voter, world.colleague),
            Event.ACCOUNT_REMOVED: lambda: remove_colleague(world.colleague, world.voter),
        }
        for event, step in steps.items():
            step()
            latest = entries().rows[0]
            assert latest.event == event
            assert latest.account_id in (admin, world.voter, world.colleague)


def test_a_chamber_admin_sees_the_own_members_only(app: Flask, world: World) -> None:
    with app.app_context(), transaction():
        for organisation in (world.firm, world.foreign_firm, world.round.chambers[0], world.round.chambers[1]):
            record(Event.ACCOUNT_REMOVED, by=None, organisation_id=organisation, role="voter")
        record(Event.ACCOUNT_REMOVED, by=world.consultation_admin, consultation_id=world.round.id)
    removed = "/audit-trail?event=account+removed"
    seen = rows(visit(app, world.chamber_admin, **ENGLISH).page(removed))
    assert len(seen) == 2
    assert not any("Fremde Firma" in row for row in seen)
    assert all("the program" in row and "Voter" in row for row in seen)
    assert len(rows(visit(app, world.consultation_admin).page(removed))) == 5


def test_an_entry_says_which_person_it_is_about(app: Flask, world: World, admin: Visitor) -> None:
    with app.app_context():
        create_account(
            organisation_id=world.firm, email="neu@firma.example", person="Nele Neu", role=Role.VOTER,
            password="a long password", by=world.chamber_admin,
        )  # fmt: skip
        with transaction():
            record(Event.COMMENT_KEPT, by=world.reviewer, organisation_id=world.firm, object_id=world.voter)
    (row,) = rows(admin.page("/audit-trail?event=account+created"))
    assert "Nele Neu" in row
    (row,) = rows(admin.page("/audit-trail?event=comment+kept"))
    assert row.count("Kim Muster") == 1, "a comment of this number is no person"


def test_details_are_in_the_words_of_the_pages(app: Flask, world: World, admin: Visitor) -> None:
    details: dict[str, tuple[dict[str, object], str]] = {
        Event.STEP_PROPOSED: ({"step": "certify"}, "Certify the result"),
        Event.SHORTLIST_CHANGED: ({"step": "in_committee", "published": True}, "published, In committee"),
        Event.CHAMBER_TEXT_CHANGED: ({"text": "mail/invitation/de"}, "E-mail: Invitation (German)"),
        Event.MARKED_UNDELIVERABLE: ({"channel": "letter"}, "Letter"),
    }
    for event, (values, words) in details.items():
        with app.app_context(), transaction():
            record(event, by=None, **values)
        assert rows(admin.page("/audit-trail"))[0].endswith(words)


def test_it_is_filtered_by_event_person_and_day(app: Flask, world: World, admin: Visitor) -> None:
    page = admin.page("/audit-trail")
    everything = len(rows(page))
    with app.app_context(), transaction():
        record(Event.NOTE_CHANGED, by=world.consultation_admin, consultation_id=1)
        record(Event.ACCOUNT_REMOVED, by=None, organisation_id=world.firm)
    assert len(rows(page.submit({"event": "note changed"}))) == 1
    assert len(rows(page.submit({"event": "note changed", "person": "muster"}))) == 1
    assert len(rows(page.submit({"event": "account removed", "person": "muster"}))) == 0
    assert len(rows(page.submit({"person": "%"}))) == 0
    assert len(rows(page.submit({"until": "2020-01-01"}))) == 0
    assert len(rows(page.submit({"since": "2020-01-01"}))) == everything + 2
    for odd in ("event=nothing&since=tomorrow", "since=0001-01-01&until=9999-12-31"):
        found = rows(admin.page(f"/audit-trail?{odd}"))
        assert len(found) == everything + 2, "what is no filter filters nothing"


def test_a_page_costs_the_same_however_long_the_trail_is(app: Flask, world: World, admin: Visitor) -> None:
    def record_some(number: int) -> None:
        with app.app_context(), transaction():
            for i in range(number):
                record(Event.ACCOUNT_REMOVED, by=1 + i % 5, organisation_id=1 + i % 6)

    removed = "/audit-trail?event=account+removed"
    record_some(3)
    admin.page(removed)
    with counted(app) as few:
        admin.page(removed)
    record_some(120)
    with counted(app) as many:
        page = admin.page(removed)
    assert len(few) == len(many)
    assert len(rows(page)) == 50
    assert len(rows(page.follow("Earlier entries").follow("Earlier entries"))) == 23
