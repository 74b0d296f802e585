"""Letters by order: what is on paper is valid, sorted and sealed, until the print shop has it."""

from __future__ import annotations

import csv
import io
from typing import Any

import pypdfium2
import pytest
import typst
import zxingcpp
from flask import Flask
from sqlalchemy import select, text, update

from ruhrvote.accounts.models import Organisation
from ruhrvote.accounts.typed_codes import read_code
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import db, transaction
from tests.accounts.letters import begin
from tests.invitations.conftest import BASE, code_in, counts, lets_in, pages_of, work
from tests.invitations.ordering import HERE, fetch, order
from tests.people import World, make_world, post, visit
from tests.rounds import submit

pytestmark = pytest.mark.alike


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
        entered = begin(visit(app), code)
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
