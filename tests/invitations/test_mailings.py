"""Orders of letters: confirmed, taken back, made again, interrupted and forgotten."""

from __future__ import annotations

from datetime import timedelta

import pytest
import typst
from flask import Flask
from sqlalchemy import Connection, event, select, text

from ruhrvote.accounts.codes.actions import revoke_codes
from ruhrvote.audit.models import AuditEntry
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.invitations import actions
from ruhrvote.invitations.models import Mailing
from ruhrvote.jobs.actions import MOST_TRIES
from ruhrvote.mail.models import Mail
from ruhrvote.worker import forget_jobs
from tests.invitations.conftest import BASE, code_in, counts, lets_in, pages_of, work
from tests.invitations.ordering import HERE, fetch, order
from tests.jobs.running import let_claims_run_out, let_pass
from tests.people import World, post, visit
from tests.statements import deleted_in_each_commit

pytestmark = pytest.mark.alike


def test_handing_over_deletes_the_files_at_once(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor)
    work(app)
    page = visitor.page(page.path)
    fetch(page, "letters-1-001.pdf")
    assert counts(app)["pieces"] > 0
    page = visitor.page(page.path).submit(button="Bestätigen und Dateien löschen", status=422)
    assert counts(app)["pieces"] > 0, "not without the tick"
    page = page.submit({"sure": "yes"}, button="Bestätigen und Dateien löschen")
    assert "An Druckerei übergeben am" in page.text
    assert counts(app) == {"valid": 7, "pieces": 0, "mailings": 1}
    assert post(visitor, f"{HERE}/1/files/1").status_code == 404
    assert post(visitor, f"{HERE}/1/handed-over", {"sure": "yes"}).status_code == 409
    with app.app_context():
        events = list(db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id)))
    assert events[-3:] == ["invitations ordered", "letters downloaded", "letters handed over"]


def test_taking_back_ends_the_codes(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor)
    work(app)
    page = visitor.page(page.path)
    page = page.submit({"sure": "yes"}, button="Zurücknehmen")
    assert "7 Codes gelten nicht mehr" in page.text
    assert counts(app)["valid"] == counts(app)["pieces"] == 0
    assert "7 Briefe" in visitor.page(f"{HERE}/order").text, "they can be ordered again"


def test_a_reissue_names_how_many_valid_letters_it_kills(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    order(visitor)
    work(app)
    assert "Mit dieser Auswahl ist niemand gemeint" in visitor.page(f"{HERE}/order").text
    with app.app_context(), transaction():
        revoke_codes(world.round.id, [world.firm])
    # One of the seven has no valid code: six end, seven letters are made.
    page = visitor.page(f"{HERE}/order?reissue=y")
    assert "6 gültige Codes enden damit" in page.text
    assert "7 Briefe" in page.text
    page = page.submit(action=f"{HERE}/order", button="Briefe beauftragen", status=422)
    assert "Bitte bestätigen Sie" in page.text
    with app.app_context(), transaction():
        revoke_codes(world.round.id, [world.foreign_firm])
    page = page.submit({"sure": "6"}, action=f"{HERE}/order", button="Briefe beauftragen", status=409)
    assert "5 gültige Codes enden damit" in page.text
    page = page.submit({"sure": "5"}, action=f"{HERE}/order", button="Briefe beauftragen")
    work(app)
    assert counts(app)["valid"] == 7


def test_an_order_never_ends_more_codes_than_were_confirmed(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "reissue=y")
    assert post(visitor, f"/consultations/round/help-desk/{world.firm}/letter").status_code == 200
    work(app)
    page = visitor.page(page.path)
    assert "nicht ausgeführt" in page.text
    assert counts(app) == {"valid": 1, "pieces": 0, "mailings": 1}


def test_what_is_on_paper_is_valid_even_if_the_worker_dies(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    written = []

    def dies(connection: object, cursor: object, statement: str, *_: object) -> None:
        written.extend([1] if statement.startswith("INSERT INTO job_piece") else [])
        if len(written) == 3:  # in the second part, after its codes and its first file
            raise KeyboardInterrupt

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", dies)
    with pytest.raises(KeyboardInterrupt):
        work(app)
    event.remove(engine, "after_cursor_execute", dies)
    assert counts(app)["valid"] == 3, "the first part is whole, of the second nothing is there"
    with app.app_context():
        let_claims_run_out()
    work(app)
    page = visitor.page(page.path)
    papers = [paper for part in (1, 2, 3) for paper in pages_of(fetch(page, f"letters-1-00{part}.pdf"))]
    assert sorted(lets_in(app, code_in(paper)) or 0 for paper in papers) == [1, 2, 3, 4, 5, 6, 7]
    assert counts(app)["valid"] == 7


def test_closing_ends_an_order(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    work(app, 2)
    assert counts(app)["valid"] == 3
    with app.app_context():
        close_consultation("round")
    work(app)
    assert counts(app) == {"valid": 0, "pieces": 0, "mailings": 1}
    assert "nicht ausgeführt" in visitor.page(page.path).text
    assert "Zurzeit nicht möglich" in visitor.page(f"{HERE}/order").text


def test_forgotten_letters_are_warned_of_and_deleted(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    fetched = order(visitor, "kind=chamber")
    forgotten = order(visitor, "kind=firm")
    work(app)
    fetch(visitor.page(fetched.path), "letters-1-001.pdf")
    age(app, 24)
    age(app, 1)
    with app.app_context():
        _other, warning = db.session.scalars(select(Mail).order_by(Mail.id)).all()
        assert "4 von Ihnen beauftragte Briefe sind fertig" in warning.text
        assert f"{BASE}{forgotten.path}" in warning.text
    age(app, 6)
    assert "nach 30 Tagen gelöscht" in visitor.page(fetched.path).text
    assert "zurückgenommen" in visitor.page(forgotten.path).text
    # Nobody fetched the firms' letters, so nobody has them; the chambers' may be printed.
    assert counts(app) == {"valid": 2, "pieces": 0, "mailings": 2}


def age(app: Flask, days: int) -> None:
    """Let days pass for the letters, and the worker forget what is over."""
    with app.app_context():
        with transaction() as session:
            for one in session.scalars(select(Mailing)):
                one.ready_at = (one.ready_at or clock()) - timedelta(days=days)
        let_pass("mailing", timedelta(days=days))
        forget_jobs(10)
        db.session.remove()


@pytest.fixture
def a_bit_is_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ruhrvote.db.DELETED_AT_ONCE", 2)
    monkeypatch.setattr(actions, "AT_A_TIME", 2)


@pytest.mark.usefixtures("a_bit_is_two")
@pytest.mark.parametrize("how", ["discard", "handed-over", "expire"])
def test_no_transaction_deletes_many_letters(app: Flask, world: World, how: str) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    work(app)
    pieces = counts(app)["pieces"]
    assert pieces == 7, "two for each part and the list"
    fetch(visitor.page(page.path), "letters-1-001.pdf")
    with deleted_in_each_commit(app) as deleted:
        if how == "expire":
            age(app, 31)
        else:
            assert post(visitor, f"{page.path}/{how}", {"sure": "yes"}).status_code == 303
    assert counts(app)["pieces"] == 0
    assert sum(deleted) == pieces + (7 if how == "discard" else 0), "sendings go with an order that is taken back"
    assert max(deleted) == 2
    assert counts(app)["valid"] == (0 if how == "discard" else 7)


@pytest.mark.usefixtures("a_bit_is_two")
def test_taking_back_that_is_interrupted_is_gone_on_with(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    work(app)
    found: list[str] = []

    def dies(connection: Connection) -> None:
        if found.count("delete") == 2:
            found.append("dead")
            raise KeyboardInterrupt

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        found.extend(["delete"] if statement.startswith("DELETE FROM invitation_sending") else [])

    with app.app_context():
        engine = db.engine
        event.listen(engine, "commit", dies)
        event.listen(engine, "after_cursor_execute", note)
        with pytest.raises(KeyboardInterrupt):
            actions.discard(1, world.consultation_admin)
        event.remove(engine, "commit", dies)
        event.remove(engine, "after_cursor_execute", note)
        db.session.remove()
    assert "zurückgenommen" in visitor.page(page.path).text, "that is said first"
    left = counts(app)
    assert (left["valid"], left["pieces"]) == (5, 7)
    assert post(visitor, f"{page.path}/files/2").status_code == 404, "what is to be deleted is handed out no more"
    with app.app_context():
        forget_jobs(10)
    assert counts(app) == {"valid": 0, "pieces": 0, "mailings": 1}
    assert "7 Briefe" in visitor.page(f"{HERE}/order").text, "they can be ordered again"


def test_what_fails_three_times_is_said_and_taken_back(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    work(app, 2)
    assert counts(app)["valid"] == 3

    def breaks(*_: object, **__: object) -> bytes:
        raise RuntimeError("no fonts")

    with monkeypatch.context() as broken:
        broken.setattr(typst, "compile", breaks)
        for _ in range(MOST_TRIES):
            work(app)
            with app.app_context():
                let_claims_run_out()
    shown = visitor.page(page.path)
    assert "gescheitert" in shown.text
    assert "Auf unserer Seite ist dreimal etwas schiefgegangen" in shown.text
    shown.submit({"sure": "yes"}, button="Zurücknehmen")
    assert counts(app) == {"valid": 0, "pieces": 0, "mailings": 1}


def test_a_key_that_was_changed_is_told(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor)
    work(app)
    with app.app_context():
        with transaction() as session:
            session.execute(text("UPDATE job_file SET name = 'moved-' || name"))
        db.session.remove()
    refused = post(visitor, f"{page.path}/files/1")
    assert refused.status_code == 409
    assert "Schlüssel des Servers" in refused.get_data(as_text=True)
