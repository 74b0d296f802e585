"""Bringing members in: upload, columns, preview, all or nothing, the report, and what comes with the next file."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from ruhrvote.accounts.models import Membership, Organisation
from ruhrvote.audit.models import AuditEntry
from ruhrvote.consultations.queries import roll_entry
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.jobs.lanes import Lane
from ruhrvote.members.importing import apply, uploads
from ruhrvote.members.importing.job import IMPORTS, REPORT_KEPT
from ruhrvote.members.importing.models import UNATTENDED, ImportJob, ImportRow
from ruhrvote.worker import forget_jobs
from tests.jobs.running import let_claims_run_out, let_pass
from tests.members.members import HEADER, Importer, count, csv_of, members, rows_of, work
from tests.people import World, post
from tests.rounds import eligible_by_group, make_round
from tests.statements import counted

TWO = ("1;Stahl GmbH;Weg 1;45127;Essen;post@stahl.example;HRB 1", "2;Müller & Söhne;Gasse 2;10115;Berlin;;")


@pytest.fixture
def importer(app: Flask, world: World) -> Importer:
    return Importer(app, world)


def stored(app: Flask) -> list[str]:
    with app.app_context():
        return [path.name for path in uploads.folder().iterdir()]


@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [("utf-8", ";", "UTF-8"), ("utf-8-sig", ",", "UTF-8 with BOM"), ("cp1252", ";", "Windows-1252")],
)
def test_encoding_and_separator_are_found(importer: Importer, encoding: str, mark: str, said: str) -> None:
    content = csv_of(*TWO).decode().replace(";", mark).encode(encoding)
    page = importer.upload(content)
    assert f"encoded as {said}, separated by {'semicolons' if mark == ';' else 'commas'}" in page.text
    page = importer.press(importer.press(page, "Check the file"), "Apply now")
    assert "The file is applied." in page.text
    assert members(importer.app, importer.chamber) == {"1": "Stahl GmbH", "2": "Müller & Söhne"}


def test_a_workbook_with_notes_above_and_numbers_in_cells(importer: Importer) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Mitgliederliste"])
    sheet.append([])
    sheet.append(["PLZ", "Firma", None, "Mitglieds-Nr.", "Beschäftigte"])
    sheet.append([45127, "Stahl <&> GmbH", "egal", 100001, 12.0])
    file = io.BytesIO()
    book.save(file)
    page = importer.upload(file.getvalue(), "liste.xlsx")
    assert "an Excel file" in page.text
    assert "Line 3 names the columns" in page.text
    page = importer.press(importer.press(page, "Check the file"), "Apply now")
    assert (count(page, "Added"), count(page, "Rows")) == (1, 1)
    with importer.app.app_context():
        made = db.session.query(Organisation).filter_by(name="Stahl <&> GmbH").one()
        assert (made.postcode, made.size_class) == ("45127", "10-49")


def test_columns_that_nothing_names_are_chosen_by_hand(importer: Importer) -> None:
    page = importer.upload(b"7;Ohne Kopf GmbH\n8;Zweite AG\n")
    assert "No line names the columns" in page.text
    page = page.submit({"column-0": "member_number"}, button="Check the file", status=422)
    assert "Choose the columns with the member number and with the name" in page.text
    page = page.submit({"column-1": "member_number"}, button="Check the file", status=422)
    assert "Two columns hold the same" in page.text
    page = importer.press(page, "Check the file", **{"column-0": "member_number", "column-1": "name"})
    importer.press(page, "Apply now")
    assert members(importer.app, importer.chamber) == {"7": "Ohne Kopf GmbH", "8": "Zweite AG"}


def test_every_faulty_row_is_named_and_nothing_is_applied(importer: Importer) -> None:
    faulty = (
        "1;Stahl GmbH;;;;keine-adresse;",
        ";Ohne Nummer;;;;;",
        "1;Zweimal GmbH;;;;;",
        '4;"Zwei\r\nZeilen GmbH";;;;;',
        "5;;;!;;;",
        "6;=1+1;;;;;",
        "7;Gut GmbH;;;;;;zuviel",
    )
    page = importer.check(csv_of(*faulty))
    assert rows_of(page, "faults") == [
        ["2", "E-mail address", "keine-adresse", "is no e-mail address"],
        ["3", "Member number", "–", "is missing; every member needs one"],
        ["4", "Member number", "2: 1", "stands in the file twice, first on the line named; delete one of the rows"],
        ["7", "Name", "–", "is missing; every member needs one"],
        ["7", "Postcode", "!", "is no postcode"],
        ["8", "Name", "=1+1", "is a formula; paste its value instead"],
        ["9", "–", "zuviel", "stands to the right of the last column"],
    ]
    assert "6 rows are faulty, so nothing is applied" in page.text
    assert "Apply now" not in page.text
    answer = post(importer.visitor, f"{page.path}/apply")
    assert answer.status_code == 422
    text = importer.visitor.get(f"{page.path}/faults.csv").get_data(as_text=True)
    assert "8;Name;is a formula; paste" in text.replace('"', "")
    assert "'=1+1" in text, "no spreadsheet runs it"
    work(importer.app)
    assert members(importer.app, importer.chamber) == {}
    with importer.app.app_context():
        assert db.session.query(Organisation).filter_by(name="Gut GmbH").count() == 0


def test_the_next_file_adds_changes_and_names_who_is_gone(importer: Importer) -> None:
    importer.bring_in(csv_of(*TWO, "3;Weg GmbH;;;;;"))
    page = importer.check(csv_of("2;Müller & Söhne;Gasse 99;;;;", TWO[0], "4;Neu GmbH;;;;;"))
    assert [count(page, name) for name in ("Added", "Changed", "Unchanged")] == [1, 1, 1]
    assert count(page, "Gone: in the register, not in the file") == 1
    assert rows_of(page, "changes") == [["2", "Street and number", "Gasse 2", "Gasse 99"]]
    assert "3 · Weg GmbH" in page.text
    page = importer.press(page, "Apply now")
    with importer.app.app_context():
        changed = db.session.query(Organisation).filter_by(name="Müller & Söhne").one()
        assert (changed.street, changed.town) == ("Gasse 99", "Berlin"), "an empty cell leaves what is known"
        assert db.session.query(Organisation).filter_by(name="Stahl GmbH").count() == 1
    assert members(importer.app, importer.chamber).keys() == {"1", "2", "3", "4"}, "nobody's membership ends by itself"
    page.submit({}, button="End these memberships", status=422)
    page = page.submit({"sure": "yes"}, button="End these memberships")
    assert "1 membership is ended" in page.text
    assert members(importer.app, importer.chamber).keys() == {"1", "2", "4"}
    with importer.app.app_context():
        assert db.session.query(Organisation).filter_by(name="Weg GmbH").count() == 1, "its history stays"
        assert [entry.event for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)][-3:] == [
            "members imported",
            "members imported",
            "memberships ended",
        ]
    trail = importer.visitor.page("/audit-trail").text
    assert "added: 1, changed: 1, gone: 1" in trail


def test_a_firm_without_a_membership_is_on_no_later_roll_and_stays_on_earlier_ones(
    importer: Importer, world: World
) -> None:
    importer.bring_in(csv_of(*TWO))
    with importer.app.app_context():
        first = make_round("first", chambers=1, municipalities=1, firms=2, opened=False)
        open_consultation(first.key)
        gone = db.session.query(Organisation).filter_by(name="Stahl GmbH").one().id
        before = eligible_by_group(first.id)["firm"]
    page = importer.bring_in(csv_of(TWO[1], "5;Neu GmbH;;;;;"))
    page.submit({"sure": "yes"}, button="End these memberships")
    with importer.app.app_context():
        assert eligible_by_group(first.id)["firm"] == before, "the roll of an open consultation does not change"
        second = make_round("second", chambers=1, municipalities=1, firms=2, opened=False)
        open_consultation(second.key)
        assert roll_entry(first.id, gone) is not None
        assert roll_entry(second.id, gone) is None


def test_outside_the_region_by_the_rule_chosen(importer: Importer, world: World) -> None:
    town = "municipality 1 (round)"
    content = csv_of(f"1;Innen GmbH;;45127;{town};;", "2;Außen GmbH;;10115;Berlin;;")
    page = importer.check(content, outside="refuse")
    assert rows_of(page, "faults")[0][:3] == ["3", "Town", "10115 Berlin"]
    page = page.submit(button="Back to the columns")
    page = importer.press(page, "Check the file", outside="take_in")
    assert count(page, "Without a municipality of the region") == 1
    assert "Take them in without a municipality" in page.text
    importer.press(page, "Apply now")
    with importer.app.app_context():
        found = {one.name: one.municipality_id for one in db.session.query(Organisation)}
        assert found["Innen GmbH"] == world.round.municipalities[0]
        assert found["Außen GmbH"] is None


def test_a_chamber_admin_imports_for_the_own_chamber_only(app: Flask, world: World) -> None:
    other = Importer(app, world, account=world.consultation_admin, chamber=world.round.chambers[1])
    page = other.upload(csv_of(*TWO))
    own = Importer(app, world)
    assert own.visitor.get(page.path).status_code == 404
    assert post(own.visitor, f"{page.path}/abandon").status_code == 404
    own.chamber = world.round.chambers[1]
    own.upload(csv_of(*TWO))  # the field is not read: it can only be for the own chamber
    with app.app_context():
        assert [job.chamber_id for job in db.session.query(ImportJob).order_by(ImportJob.id)] == world.round.chambers[
            ::-1
        ]


def test_one_import_of_a_chamber_at_a_time_and_giving_up_deletes_the_file(importer: Importer) -> None:
    page = importer.upload(csv_of(*TWO))
    assert "Another import of this chamber is not over yet" in importer.upload(csv_of(*TWO), status=409).text
    assert len(stored(importer.app)) == 1
    with importer.app.app_context():
        assert [path.stat().st_mode & 0o777 for path in uploads.folder().iterdir()] == [0o600]
    page.submit(button="Give up")
    assert stored(importer.app) == []
    importer.bring_in(csv_of(*TWO))
    assert stored(importer.app) == []


def test_what_nobody_attends_to_is_given_up_after_a_day(importer: Importer) -> None:
    page = importer.upload(csv_of(*TWO))
    with importer.app.app_context():
        let_pass("import", UNATTENDED - timedelta(minutes=1))
        forget_jobs(10)
        assert len(stored(importer.app)) == 1
        let_pass("import", timedelta(minutes=1))
        forget_jobs(10)
    assert stored(importer.app) == []
    assert "Nobody went on with this import for a day" in importer.visitor.page(page.path).text


def test_a_report_is_forgotten_once_and_not_looked_for_again(importer: Importer) -> None:
    importer.bring_in(csv_of(*TWO))
    with importer.app.app_context():
        with transaction() as session:
            session.query(ImportJob).one().ended_at = clock() - REPORT_KEPT
        let_pass("import", REPORT_KEPT)
        forget_jobs(10)
        assert db.session.scalars(select(ImportJob.layout)).one() == "{}"
        with counted(importer.app) as statements:
            forget_jobs(10)
        assert not statements.writing


def test_progress_is_shown_and_polled_while_the_worker_is_at_it(importer: Importer) -> None:
    page = importer.upload(csv_of(*TWO))
    page = page.submit(button="Check the file")
    assert page.root.find(".//progress") is not None
    assert page.root.find(".//*[@id='import']").get("hx-trigger") == "every 1s"
    work(importer.app)
    fragment = importer.visitor.get(page.path, headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "hx-trigger" not in fragment
    assert "Apply now" in fragment


def test_a_worker_that_dies_leaves_nothing_half_done(importer: Importer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apply, "AT_A_TIME", 2)
    page = importer.check(csv_of(*(f"{number};Firma {number};;;;;" for number in range(5))))
    page = page.submit(button="Apply now")
    with importer.app.app_context():
        assert Lane([IMPORTS]).run(0)  # a worker begins and is gone: the next one begins where it stood
        assert db.session.query(ImportRow).filter(ImportRow.organisation_id.is_not(None)).count() == 2
    assert members(importer.app, importer.chamber) == {}, "no reader sees a part of it"
    with importer.app.app_context():
        let_claims_run_out()
    work(importer.app)
    assert len(members(importer.app, importer.chamber)) == 5
    with importer.app.app_context():
        assert db.session.query(Organisation).filter(Organisation.name.like("Firma %")).count() == 5


def test_a_member_number_given_out_meanwhile_fails_the_whole_and_leaves_no_trace(
    importer: Importer, world: World
) -> None:
    page = importer.check(csv_of(*TWO))
    with importer.app.app_context(), transaction() as session:
        session.add(Membership(organisation_id=world.foreign_firm, chamber_id=importer.chamber, member_number="2"))
    page = importer.press(page, "Apply now")
    assert "somebody else changed the same members. Nothing was applied" in page.text
    assert members(importer.app, importer.chamber) == {"2": "Fremde Firma"}
    with importer.app.app_context():
        assert db.session.query(Organisation).filter_by(name="Stahl GmbH").count() == 0


def test_a_file_larger_than_allowed_is_refused_and_only_here_may_it_be_large(
    importer: Importer, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = csv_of(*TWO, *(f"{number};{'x' * 100};;;;;" for number in range(10, 15_000)))
    assert len(large) > 1_000_000
    assert count(importer.check(large), "Rows") == 14_992
    voter = Importer(importer.app, world, account=world.voter)
    assert voter.send(large, token=importer.token()).status_code == 403
    form = {"name": "x" * 66_000}
    assert post(importer.visitor, "/organisations/new", form).status_code == 413
    view = importer.app.view_functions["importing.upload"]
    monkeypatch.setattr(view, "most_bytes", 1_200_000)
    assert "The file is larger than 1 MB" in importer.upload(large, status=413).text


def test_templates_can_be_imported_as_they_are(importer: Importer) -> None:
    for kind in ("csv", "xlsx"):
        content = importer.visitor.get(f"/organisations/import/template.{kind}").data
        page = importer.check(content, name=f"template.{kind}")
        assert (count(page, "Rows"), count(page, "Faulty")) == (1, 0), page.text
        page.submit(button="Give up")
    assert HEADER.split(";")[0] == "Mitgliedsnummer"
