"""Downloads: who gets what, in which form, and what is said where there is nothing."""

from __future__ import annotations

import hashlib
import io
import json

import openpyxl
import pandas as pd
import pytest
from flask import Flask

from ruhrvote.audit.models import Event
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.control.audit_trail_views import entries
from ruhrvote.db import transaction
from ruhrvote.exports.catalogue import EXPORTS, Form
from ruhrvote.ideas.models import Idea
from tests.exports.getting import ENGLISH, PATH, download, press, records_of, refusal, rows_of
from tests.people import World, make_world, visit
from tests.rounds import certify_and_publish, submit
from tests.statements import counted

pytestmark = pytest.mark.alike

ROLES = ("reviewer", "chamber_admin", "consultation_admin")
OF_ALL = {"workbook", "results", "themes", "turnout", "ideas", "comments", "report"}
OFFERED = {
    "reviewer": OF_ALL,
    "chamber_admin": OF_ALL | {"organisations"},
    "consultation_admin": OF_ALL | {"organisations", "ledger", "orders"},
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_offered_what_it_may_have_and_gets_nothing_else(app: Flask, voted: World, role: str) -> None:
    visitor = visit(app, getattr(voted, role), **ENGLISH)
    page = visitor.page(PATH)
    offered = {field.get("value") for field in page.root.iter("input") if field.get("name") == "export"}
    assert offered == OFFERED[role]
    for key in EXPORTS.keys() - OFFERED[role]:
        assert press(visitor, key, EXPORTS[key].forms[0].value).status_code == 403


def test_every_button_gives_a_file_of_its_kind(app: Flask, voted: World) -> None:
    with app.app_context():
        close_consultation("round")
    visitor = visit(app, voted.consultation_admin, **ENGLISH)
    beginnings = {
        Form.XLSX: b"PK",
        Form.CSV: b"\xef\xbb\xbf",
        Form.CSV_COMMA: b"\xef\xbb\xbf",
        Form.JSON: b"{",
        Form.PDF: b"%PDF",
        Form.SHEET: b"%PDF",
        Form.SLIDES: b"PK",
    }
    for key, export in EXPORTS.items():
        if key in ("comments", "orders"):  # nothing is said, and too few have submitted: see below
            continue
        for form in export.forms:
            response = press(visitor, key, form.value)
            assert response.status_code == 200, (key, form)
            assert response.data.startswith(beginnings[form]), (key, form)
            name = f"ruhrvote-round-{key}.{form.ending}"
            assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'


def test_the_control_room_and_the_start_pages_lead_there(app: Flask, voted: World) -> None:
    assert visit(app, voted.consultation_admin, **ENGLISH).page("/consultations/round/control").follow("Exports")
    page = visit(app, voted.reviewer, **ENGLISH).page("/").follow("Exports: results, turnout, comments")
    assert page.h1 == "Exports"
    assert page.root.find(".//*[@id='files']").get("hidden") is not None, "nobody has ordered anything"


def test_pandas_reads_it_with_types(app: Flask, voted: World) -> None:
    visitor = visit(app, voted.consultation_admin, **ENGLISH)
    german = pd.read_csv(io.BytesIO(download(visitor, "results", "csv")), sep=";", decimal=",")
    other = pd.read_csv(io.BytesIO(download(visitor, "results", "csv-comma")))
    sheet = pd.read_excel(io.BytesIO(download(visitor, "results", "xlsx")), sheet_name="Results")
    rows = pd.DataFrame(json.loads(download(visitor, "results", "json"))["rows"])
    for frame in (german, other, sheet):
        assert frame["Score"].dtype == float
        assert frame["Number"].dtype == int
        assert list(frame["Idea"]) == list(rows["idea"])
        pd.testing.assert_series_equal(frame["Score"], rows["score"], check_names=False)
    assert pd.api.types.is_datetime64_any_dtype(sheet["State of"])
    assert pd.api.types.is_datetime64_any_dtype(pd.to_datetime(german["State of"]))


def test_the_workbook_has_a_sheet_for_each_and_says_what_it_is(app: Flask, voted: World) -> None:
    book = openpyxl.load_workbook(io.BytesIO(download(visit(app, voted.reviewer, **ENGLISH), "workbook", "xlsx")))
    assert book.sheetnames == ["Results", "Themes compared", "Turnout", "Ideas", "About this file"]
    assert all(sheet.freeze_panes == "A2" for sheet in book)
    about = dict(list(book["About this file"].values)[1:])
    assert about["Participation"].startswith("4 of 7 organisations (57.1 %)")
    assert about["Kind of figures"] == "Interim standing"


@pytest.mark.parametrize("form", ["csv", "csv-comma", "json"])
def test_who_took_part_is_said_in_each_file_of_results(app: Flask, voted: World, form: str) -> None:
    text = download(visit(app, voted.consultation_admin, **ENGLISH), "results", form).decode()
    assert "4 of 7 organisations (57.1 %); participation is voluntary and not representative." in text


def test_a_title_that_looks_like_a_formula(app: Flask, voted: World) -> None:
    with app.app_context(), transaction() as session:
        session.query(Idea).filter_by(number=1).one().title_de = '=cmd|"/c calc"!A1'
    rows = rows_of(download(visit(app, voted.consultation_admin), "results", "csv"))
    assert {row["Projektidee"] for row in rows if row["Nummer"] == "1"} == {'\'=cmd|"/c calc"!A1'}


def test_no_results_before_publication_where_that_is_the_rule(app: Flask) -> None:
    with app.app_context():
        world = make_world(release_policy=ReleasePolicy.AFTER_CLOSE)
        for organisation in (*world.round.firms, *world.round.chambers):
            submit(world.round, organisation, "1A1B2~3~4~5~")
    admin = visit(app, world.consultation_admin, **ENGLISH)
    for step in (None, close_consultation):
        if step:
            with app.app_context():
                step("round")
        for export in ("results", "themes"):
            assert "There are no results yet." in refusal(admin, export)
        turnout = records_of(app, world.consultation_admin, "turnout")
        assert {row["counted"] for row in turnout} == {row["share"] for row in turnout} == {None}
        book = openpyxl.load_workbook(io.BytesIO(download(admin, "workbook", "xlsx")))
        assert book.sheetnames == ["Turnout", "Ideas", "About this file"]
    with app.app_context():
        certify_and_publish("round")
    assert download(admin, "results", "csv")


def test_an_export_of_nothing_says_what_to_do(app: Flask) -> None:
    with app.app_context():
        world = make_world(opened=False)
    admin = visit(app, world.consultation_admin, **ENGLISH)
    assert "It begins when the consultation is opened." in refusal(admin, "ledger")
    assert "There is no roll yet." in refusal(admin, "turnout")
    assert "come back when there are some" in refusal(admin, "comments")
    assert visit(app, world.reviewer).get(PATH).status_code == 404, "a draft is for those who prepare it"


def test_results_without_a_ballot(app: Flask, world: World) -> None:
    said = refusal(visit(app, world.reviewer, **ENGLISH), "results")
    assert "No ballot counts on the boards yet" in said
    assert "Turnout and ideas can be downloaded now." in said


@pytest.mark.parametrize(
    ("export", "form"), [("", ""), ("results", ""), ("results", "toc"), ("results", "exe"), ("x", "csv")]
)
def test_a_choice_that_there_is_not(app: Flask, voted: World, export: str, form: str) -> None:
    visitor = visit(app, voted.consultation_admin, **ENGLISH)
    assert "Choose what you need and the form of the file" in refusal(visitor, export, form, 422)


def test_each_download_is_in_the_audit_trail_and_a_refusal_is_not(app: Flask, voted: World) -> None:
    visitor = visit(app, voted.reviewer)
    download(visitor, "results", "xlsx")
    refusal(visitor, "comments")
    with app.app_context():
        page = entries(event=Event.EXPORT_DOWNLOADED)
        (entry,), total = page.rows, page.total
        assert (total, entry.account_id, entry.consultation_id) == (1, voted.reviewer, voted.round.id)
        assert entry.values == {"export": "results", "form": "xlsx"}
    trail = visit(app, voted.consultation_admin, **ENGLISH).page("/audit-trail")
    assert "Export downloaded" in trail.text
    assert "Results, Excel (XLSX)" in trail.text


def test_a_chamber_gets_the_turnout_of_its_own_members_too(app: Flask, voted: World) -> None:
    own = records_of(app, voted.reviewer, "turnout")[-1]
    assert (own["group"], own["eligible"], own["received"], own["percent"]) == ("Members of your chamber", 4, 3, 75.0)
    assert records_of(app, voted.consultation_admin, "turnout")[-1]["group"] == "All together"


def test_a_chamber_gets_its_own_members_only(app: Flask, voted: World) -> None:
    own = records_of(app, voted.chamber_admin, "organisations")
    names = {row["name"] for row in own}
    assert names == {"chamber 1 (round)", "municipality 1 (round)", *(f"firm {n} (round)" for n in (1, 2, 3))}
    everything = records_of(app, voted.consultation_admin, "organisations")
    assert {row["name"] for row in everything} == names | {"chamber 2 (round)", "Fremde Firma"}
    assert {row["chambers"] for row in everything if row["kind"] == "Firm"} == {
        "chamber 1 (round)",
        "chamber 2 (round)",
    }
    assert all(row["on_roll"] for row in everything)


def test_who_has_submitted_is_in_no_file(app: Flask, voted: World) -> None:
    voters = {"firm 1 (round)", "firm 2 (round)", "firm 3 (round)"}
    for export in ("results", "themes", "turnout", "ledger", "ideas"):
        text = download(visit(app, voted.consultation_admin), export, "json").decode()
        assert not [name for name in voters if name in text], export


def test_the_ledger_can_be_verified_elsewhere(app: Flask, voted: World) -> None:
    previous = "0" * 64
    rows = records_of(app, voted.consultation_admin, "ledger")
    for row in rows:
        said = (
            "ruhrvote-ledger-1", previous, str(voted.round.id), str(row["seq"]), row["kind"], row["recorded_at"],
            row["payload"],
        )  # fmt: skip
        assert row["hash"] == hashlib.sha256("\n".join(said).encode()).hexdigest()
        assert row["previous_hash"] == previous
        previous = row["hash"]
    assert [row["seq"] for row in rows] == list(range(1, 6))


def test_the_page_costs_the_same_whatever_there_is(app: Flask, voted: World) -> None:
    visitor = visit(app, voted.consultation_admin)
    visitor.page(PATH)
    with counted(app) as few:
        visitor.page(PATH)
    for _ in range(3):
        download(visitor, "results", "xlsx")
    with counted(app) as many:
        visitor.page(PATH)
    assert len(many) == len(few) <= 10
