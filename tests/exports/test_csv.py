"""The files of results: readable in Excel and LibreOffice, harmless, and equal to the boards."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask

from ruhrvote.consultations.actions import close_consultation, publish_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import transaction
from ruhrvote.files.csv import write_csv
from ruhrvote.ideas.models import Idea
from ruhrvote.leaderboards.boards import Scope, ScopeKind, make_board
from tests.people import World, make_world, visit
from tests.rounds import submit

PATH = "/consultations/round/results.csv"


def read(text: str) -> list[list[str]]:
    """The cells as a spreadsheet in Germany reads them."""
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


class TestWriter:
    def test_as_excel_in_germany_expects_it(self) -> None:
        text = write_csv(["Idee", "Wert"], [["Brücke; neu", 63.5], ['Ein "Wort"\nin zwei Zeilen', 7], ["leer", None]])
        assert text.startswith("\ufeffIdee;Wert\r\n")
        assert text == ('\ufeffIdee;Wert\r\n"Brücke; neu";63,5\r\n"Ein ""Wort""\nin zwei Zeilen";7\r\nleer;\r\n')

    @pytest.mark.parametrize(
        "text",
        [
            "=1+1",
            '=HYPERLINK("https://evil.example")',
            "+49 201 1892",
            "-1+1",
            "@SUM(A1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "  =1+1",
            "\0=1+1",
        ],
        ids=ascii,
    )
    def test_no_text_becomes_a_formula(self, text: str) -> None:
        ((cell,),) = read(write_csv([text], []))
        assert cell == "'" + text.replace("\0", "")

    @pytest.mark.parametrize(
        ("number", "wanted"),
        [(-12.5, "-12,5"), (-3, "-3"), (0, "0"), (0.0, "0,0"), (1234567, "1234567"), (33.333333333333, "33,333333333")],
    )
    def test_a_number_stays_a_number(self, number: float, wanted: str) -> None:
        assert read(write_csv(["x"], [[number]]))[1] == [wanted]

    @pytest.mark.parametrize("text", ["A 40", "1-9", "Stahl & Söhne", "50 %", "'so'", "e-mail@firma.example"])
    def test_harmless_text_stays_as_it_is(self, text: str) -> None:
        assert read(write_csv([text], [])) == [[text]]


@pytest.fixture
def world(app: Flask, world: World) -> World:
    with app.app_context():
        for organisation in world.round.firms:
            submit(world.round, organisation, "1A1B2~3~4~5~")
        submit(world.round, world.round.chambers[0], "4~3~2~1A1B5~")
        return world


def test_as_a_file_that_is_downloaded(app: Flask, world: World) -> None:
    response = visit(app, world.consultation_admin).get(PATH)
    assert response.status_code == 200
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="ruhrvote-round.csv"'
    assert response.data.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_figures_are_those_of_the_boards(app: Flask, world: World, language: str) -> None:
    response = visit(app, world.consultation_admin, Accept_Language=language).get(PATH)
    header, *rows = read(response.get_data(as_text=True))
    with app.app_context():
        consultation = get_consultation("round")
        scopes = [Scope(ScopeKind.OVERALL)]
        scopes += [Scope(ScopeKind.GROUP, group) for group in ("chamber", "municipality", "firm")]
        boards = [make_board(consultation, scope) for scope in scopes]
        wanted = [
            [
                str(row.rank or ""),
                str(row.idea.number),
                row.idea.title_de if language == "de" else row.idea.title_en,
                "" if row.score is None else f"{row.score:.1f}".replace(".", ","),
                str(row.judgements),
                str(board.turnout.eligible),
                str(board.turnout.received),
                str(board.turnout.counted),
            ]
            for board in boards
            for row in board.idea_rows
        ]
    columns = [1, 2, 3, 5, 6, 9, 10, 11]
    assert [[row[i] for i in columns] for row in rows] == wanted
    assert len(rows) == 4 * 6
    assert all(len(row) == len(header) for row in rows)
    assert len(set(header)) == len(header)
    assert any("4 von 7" in cell or "4 of 7" in cell for cell in rows[0]), "who took part is said in the file too"


def test_a_title_that_looks_like_a_formula(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        session.query(Idea).filter_by(number=1).one().title_de = '=cmd|"/c calc"!A1'
    rows = read(visit(app, world.consultation_admin).get(PATH).get_data(as_text=True))
    assert {row[3] for row in rows if row[2] == "1"} == {'\'=cmd|"/c calc"!A1'}


def test_nothing_before_publication_where_that_is_the_rule(app: Flask) -> None:
    with app.app_context():
        world = make_world(release_policy=ReleasePolicy.AFTER_CLOSE)
        submit(world.round, world.firm, "1A1B2~3~4~5~")
    admin = visit(app, world.consultation_admin, Accept_Language="en")
    assert "There are no results yet." in admin.page(PATH, 409).text
    with app.app_context():
        close_consultation("round")
    assert admin.get(PATH).status_code == 409
    with app.app_context():
        publish_consultation("round")
    assert admin.get(PATH).status_code == 200


def test_without_a_ballot_there_are_ideas_without_rank(app: Flask) -> None:
    with app.app_context():
        world = make_world()
    _, *rows = read(visit(app, world.consultation_admin).get(PATH).get_data(as_text=True))
    assert {(row[1], row[5]) for row in rows} == {("", "")}
