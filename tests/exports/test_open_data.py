"""The open data of a published result: complete, described, and the same for everybody."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile

import pytest
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from tests.exports.getting import ENGLISH, records_of
from tests.people import World, visit
from tests.rounds import certify_and_publish
from tests.statements import counted

PATH = "/consultations/round/open-data.zip"


@pytest.fixture
def published(app: Flask, voted: World) -> World:
    with app.app_context():
        close_consultation("round")
        certify_and_publish("round")
    return voted


def package(app: Flask) -> zipfile.ZipFile:
    response = visit(app, **ENGLISH).get(PATH)
    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'attachment; filename="ruhrvote-round-open-data-en.zip"'
    assert "Set-Cookie" not in response.headers
    return zipfile.ZipFile(io.BytesIO(response.data))


def test_not_before_the_result_is_published(app: Flask, voted: World) -> None:
    visitor = visit(app, voted.consultation_admin, **ENGLISH)
    assert "Open data is there once the result is published." in visitor.page(PATH, 409).text
    assert "Open data" not in visitor.page("/consultations/round/boards/overall").text


def test_the_page_of_the_result_leads_there(app: Flask, published: World) -> None:
    page = visit(app, **ENGLISH).page("/consultations/round/boards/overall")
    assert page.link("Open data (ZIP)") == PATH
    assert visit(app, published.reviewer, **ENGLISH).page("/consultations/round/exports").link("Package (ZIP)") == PATH


def test_each_file_is_described_as_it_is(app: Flask, published: World) -> None:
    archive = package(app)
    description = json.loads(archive.read("datapackage.json"))
    assert description["profile"] == "tabular-data-package"
    assert description["licenses"] == [
        {
            "name": "DL-DE-BY-2.0",
            "title": "Datenlizenz Deutschland – Namensnennung – Version 2.0",
            "path": "https://www.govdata.de/dl-de/by-2-0",
        }
    ]
    assert "4 of 7 organisations (57.1 %)" in description["description"]
    assert {resource["name"] for resource in description["resources"]} == {"results", "themes", "turnout", "ideas"}
    for resource in description["resources"]:
        content = archive.read(resource["path"])
        assert len(content) == resource["bytes"]
        assert f"sha256:{hashlib.sha256(content).hexdigest()}" == resource["hash"]
        header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
        fields = resource["schema"]["fields"]
        assert header == [field["name"] for field in fields]
        assert rows
        reads = {
            "integer": int,
            "number": float,
            "string": str,
            "datetime": str,
            "boolean": {"0": 0, "1": 1}.__getitem__,
        }
        for row in rows:
            for cell, field in zip(row, fields, strict=True):
                if cell:
                    reads[field["type"]](cell)


def test_the_checksums_are_right_and_nothing_is_missing(app: Flask, published: World) -> None:
    archive = package(app)
    sums = dict(reversed(line.split("  ")) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert set(archive.namelist()) == {*sums, "SHA256SUMS"}
    for name, expected in sums.items():
        assert hashlib.sha256(archive.read(name)).hexdigest() == expected
    assert "# " in archive.read("METHODOLOGY.md").decode()
    assert "Licence: Datenlizenz Deutschland" in archive.read("README.md").decode()


def test_the_figures_are_those_of_the_results(app: Flask, published: World) -> None:
    rows = list(csv.DictReader(io.StringIO(package(app).read("data/results.csv").decode())))
    wanted = records_of(app, published.consultation_admin, "results")
    assert [(row["board"], row["number"], row["score"]) for row in rows] == [
        (row["board"], str(row["number"]), "" if row["score"] is None else str(row["score"])) for row in wanted
    ]


def test_texts_that_others_have_written_are_not_given_away(app: Flask, published: World) -> None:
    everything = b"".join(package(app).read(name) for name in package(app).namelist())
    assert b"Goal 1" not in everything
    assert b"firm 1" not in everything


def test_it_is_made_once_and_not_sent_twice(app: Flask, published: World) -> None:
    visitor = visit(app, **ENGLISH)
    first = visitor.get(PATH)
    with counted(app) as statements:
        second = visitor.get(PATH)
    assert (second.data, second.headers["ETag"]) == (first.data, first.headers["ETag"])
    assert len(statements) <= 2
    assert visitor.get(PATH, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
