"""Letters by order: what is on paper is valid, sorted and sealed, until the print shop has it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import typst
import zxingcpp
from flask import Flask
from sqlalchemy import event, select, text, update

from ruhrvote.accounts.codes.actions import revoke_codes
from ruhrvote.accounts.codes.format import read_code
from ruhrvote.accounts.models import Organisation
from ruhrvote.administration.actions import open_consultation
from ruhrvote.administration.invitations import actions
from ruhrvote.administration.invitations.models import Order
from ruhrvote.audit.models import AuditEntry
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.mail.models import Mail
from tests.invitations.conftest import BASE, code_in, counts, lets_in, pages_of, work
from tests.pages import Page, Visitor
from tests.people import World, make_world, post, visit
from tests.rounds import submit

pytestmark = pytest.mark.alike

HERE = "/consultations/round/invitations"


def order(visitor: Visitor, query: str = "", **fields: str) -> Page:
    """Order letters as somebody does who reads the page."""
    return visitor.page(f"{HERE}/order?{query}").submit(fields, action=f"{HERE}/order", button="Briefe beauftragen")


def fetch(page: Page, name: str) -> bytes:
    """What the button that downloads a file gives."""
    labels = {
        form: [button.get("aria-label") or "" for button in form.iter("button")] for form in page.root.iter("form")
    }
    (form,) = [form for form, texts in labels.items() if any(name in text for text in texts)]
    return post(page.visitor, form.get("action", "")).data


def rows_of(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table.decode("utf-8-sig")), delimiter=";"))


def test_letters_are_valid_sorted_by_postcode_and_split(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    assert "wartet auf Bearbeitung" in page.text
    assert counts(app)["valid"] == 0, "nothing is made before the worker comes"
    work(app)
    page = visitor.page(page.path)
    assert "fertig" in page.text
    addresses, seen = [], []
    for part, letters in ((1, 3), (2, 3), (3, 1)):
        pages = pages_of(fetch(page, f"letters-1-00{part}.pdf"))
        table = list(
            csv.DictReader(io.StringIO(fetch(page, f"letters-1-00{part}.csv").decode("utf-8-sig")), delimiter=";")
        )
        assert len(pages) == len(table) == letters
        for paper, row in zip(pages, table, strict=True):
            code = code_in(paper)
            assert code == code_in(row["Zugangscode"])
            assert row["QR-Inhalt"] == f"{BASE}/code#{row['Zugangscode']}"
            assert f"{row['PLZ']} {row['Ort']}" in paper
            assert f"{BASE}/code" in paper
            addresses.append(row["PLZ"])
            seen.append((lets_in(app, code), row["Organisation"]))
    assert addresses == sorted(addresses)
    with app.app_context():
        names = {(one.id, one.name) for one in db.session.scalars(select(Organisation))}
    assert set(seen) == names, "each organisation has the letter with its own code"
    overview = "".join(pages_of(fetch(page, "letters-1-list.pdf")))
    assert "Zusammen 7 Briefe in 3 Teilen" in overview


def test_what_a_camera_reads_on_paper_lets_in(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "kind=firm")
    work(app)
    paper = pypdfium2.PdfDocument(fetch(visitor.page(page.path), "letters-1-001.pdf"))
    read = [zxingcpp.read_barcodes(sheet.render(scale=200 / 72).to_numpy()) for sheet in paper]
    printed = [sheet.get_textpage().get_text_bounded() for sheet in paper]
    paper.close()
    assert len(read) == 4
    for (seen,), words in zip(read, printed, strict=True):
        assert seen.format == zxingcpp.BarcodeFormat.QRCode
        address, _, code = seen.text.partition("#")
        assert address == f"{BASE}/code", "the code itself is behind the #, so that it reaches no server's log"
        assert read_code(code) == code_in(words), "the code that stands there in letters"
        entered = visit(app).page("/code").submit({"code": code}, action="/code")
        assert entered.path == f"/consultations/{world.key}/ballot"


def test_nothing_readable_is_stored(app: Flask, world: World, tmp_path, caplog: pytest.LogCaptureFixture) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor)
    work(app)
    page = visitor.page(page.path)
    table = fetch(page, "letters-1-001.csv").decode()
    codes = [line.split(";")[5] for line in table.splitlines()[1:]]
    assert len(codes) == 7
    with app.app_context():
        everything = whole_database()
    assert "firm 1 (round)" in everything, "the control: what is stored plainly is found"
    for code in codes:
        for form in (code, code.replace("-", "")):
            assert form not in everything
            assert form not in caplog.text
    assert "%PDF" not in everything


def whole_database() -> str:
    """Everything in all tables, bytes as their characters."""
    with db.engine.connect() as connection:
        rows = [connection.execute(select(table)).all() for table in db.metadata.tables.values()]
        raw = [connection.execute(text("SELECT text FROM mail")).all()]
    values = (value for table in rows + raw for row in table for value in row)
    return "\n".join(value.decode("latin-1") if isinstance(value, bytes) else str(value) for value in values)


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
    assert counts(app) == {"valid": 7, "pieces": 0, "orders": 1}
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
    assert counts(app) == {"valid": 1, "pieces": 0, "orders": 1}


def test_what_is_on_paper_is_valid_even_if_the_worker_dies(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    written = []

    def dies(connection: object, cursor: object, statement: str, *_: object) -> None:
        written.extend([1] if statement.startswith("INSERT INTO invitation_file_piece") else [])
        if len(written) == 3:  # in the second part, after its codes and its first file
            raise KeyboardInterrupt

    with app.app_context():
        engine = db.engine
    event.listen(engine, "after_cursor_execute", dies)
    with pytest.raises(KeyboardInterrupt):
        work(app)
    event.remove(engine, "after_cursor_execute", dies)
    assert counts(app)["valid"] == 3, "the first part is whole, of the second nothing is there"
    work(app)
    page = visitor.page(page.path)
    papers = [paper for part in (1, 2, 3) for paper in pages_of(fetch(page, f"letters-1-00{part}.pdf"))]
    assert sorted(lets_in(app, code_in(paper)) or 0 for paper in papers) == [1, 2, 3, 4, 5, 6, 7]
    assert counts(app)["valid"] == 7


def test_who_gets_a_letter_while_the_part_is_set_is_left_out(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor, desk = visit(app, world.consultation_admin), visit(app, world.chamber_admin)
    page = order(visitor)
    compile_, papers = typst.compile, []

    def meanwhile(*given: Any, **how: Any) -> bytes:
        if not papers:
            papers.append(b"")  # the help desk's letter is set by this too
            papers[0] = post(desk, f"/consultations/round/help-desk/{world.firm}/letter").data
        return compile_(*given, **how)

    monkeypatch.setattr(typst, "compile", meanwhile)
    work(app)
    assert "6 Briefe" in visitor.page(page.path).text
    assert lets_in(app, code_in(pages_of(papers[0])[0])) == world.firm, "the help desk's letter is the valid one"


def test_closing_ends_an_order(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor, "split=3")
    work(app, 2)
    assert counts(app)["valid"] == 3
    with app.app_context():
        close_consultation("round")
    work(app)
    assert counts(app) == {"valid": 0, "pieces": 0, "orders": 1}
    assert "nicht ausgeführt" in visitor.page(page.path).text
    assert "Zurzeit nicht möglich" in visitor.page(f"{HERE}/order").text


def test_letters_of_a_draft_let_in_after_the_opening(app: Flask) -> None:
    with app.app_context():
        world = make_world(opened=False)
        with transaction() as session:
            session.execute(update(Organisation).values(street="Weg 1", postcode="44135", town="Dortmund"))
        db.session.remove()
    visitor = visit(app, world.consultation_admin)
    assert "E-Mails kommen sofort an" in visitor.page(HERE).text
    page = order(visitor)
    work(app)
    paper = pages_of(fetch(visitor.page(page.path), "letters-1-001.pdf"))[0]
    with app.app_context():
        open_consultation("round")
    assert lets_in(app, code_in(paper)) is not None
    assert "Zurzeit nicht möglich" not in visitor.page(f"{HERE}/order?channel=mail").text


def test_those_without_an_address_or_with_a_ballot_get_none(app: Flask, world: World) -> None:
    with app.app_context():
        submit(world.round, world.firm, "1A1B5~5~5~5~")
        with transaction() as session:
            session.execute(update(Organisation).where(Organisation.id == 7).values(postcode=None))
        db.session.remove()
    visitor = visit(app, world.consultation_admin)
    order(visitor)
    work(app)
    assert counts(app)["valid"] == 5
    assert "1 Organisation hat weder" not in visitor.page(HERE).text, "it has an e-mail address"


def test_a_chamber_reaches_its_members_only(app: Flask, world: World) -> None:
    chamber, everybody = visit(app, world.chamber_admin), visit(app, world.consultation_admin)
    # The other chamber and its firm are not meant, whatever the address says.
    page = order(chamber, "members_of=0")
    work(app)
    pdf = fetch(chamber.page(page.path), "letters-1-001.pdf")
    assert {lets_in(app, code_in(paper)) for paper in pages_of(pdf)} == {1, 3, 4, 5, 6}
    order(everybody)
    work(app)
    assert "Auftrag 2" not in chamber.page(HERE).text
    for path in (f"{HERE}/2", "/consultations/other/invitations/1"):
        assert chamber.get(path).status_code == 404
    for path in ("files/4", "files/1", "handed-over", "discard"):
        assert post(chamber, f"{HERE}/2/{path}", {"sure": "yes"}).status_code == 404
    assert "Auftrag 1" in everybody.page(HERE).text


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
    assert counts(app) == {"valid": 2, "pieces": 0, "orders": 2}


def age(app: Flask, days: int) -> None:
    """Let days pass for the letters, and the worker tidy up."""
    with app.app_context():
        with transaction() as session:
            for one in session.scalars(select(Order)):
                one.ready_at = (one.ready_at or clock()) - timedelta(days=days)
        actions.tidy()
        db.session.remove()


def test_the_table_for_mail_merge_is_safe_in_a_spreadsheet(app: Flask, world: World) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(update(Organisation).where(Organisation.id == 4).values(name="=HYPERLINK(1)"))
        db.session.remove()
    visitor = visit(app, world.consultation_admin)
    page = order(visitor)
    work(app)
    raw = fetch(visitor.page(page.path), "letters-1-001.csv").decode()
    assert raw.startswith("\ufeff")
    assert ";'=HYPERLINK(1);" in raw


def test_a_key_that_was_changed_is_told(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin)
    page = order(visitor)
    work(app)
    with app.app_context():
        with transaction() as session:
            session.execute(text("UPDATE invitation_file SET name = 'moved-' || name"))
        db.session.remove()
    refused = post(visitor, f"{page.path}/files/1")
    assert refused.status_code == 409
    assert "Schlüssel des Servers" in refused.get_data(as_text=True)
