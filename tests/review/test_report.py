"""The report: what the boards say, in three forms that a printer, a projector and a screen reader can use."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from flask import Flask
from pypdf import PdfReader
from pypdf.generic import DictionaryObject, IndirectObject
from werkzeug.test import TestResponse

from ruhrvote import threads
from ruhrvote.comments.actions import Author, agree, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.exports import views
from ruhrvote.exports.actions import EXPORTS
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.boards import OVERALL, Availability, make_board
from ruhrvote.review.report import Form, report_of
from ruhrvote.web import show_number
from tests.jobs.running import do_jobs
from tests.leaderboards.reading import ranking
from tests.pages import Visitor
from tests.people import make_person, post, visit
from tests.rounds import Round, certify_and_publish, make_round, submit

pytestmark = pytest.mark.alike

COMMENT = "Ohne Glasfaser bleibt jede zweite dieser Ideen Papier."
BALLOTS = [ranking("1A", "1B", "2", "2", "4", "4"), ranking("1", "2", "3", "3", "4"), ranking("2", "1", "4", "1", "3")]


@pytest.fixture
def made(app: Flask) -> Round:
    """An open round in which twelve firms, a municipality and a chamber have submitted."""
    with app.app_context():
        made = make_round()
        for place, organisation in enumerate([*made.firms, made.municipalities[0], made.chambers[0]]):
            submit(made, organisation, BALLOTS[place % 3])
        idea = ideas_of(made.id)[0]
        comment_id = write_comment(idea.id, Author(made.firms[0], None), CommentKind.SUPPORT, COMMENT)
        agree(comment_id, made.firms[1], agreed=True)
        return made


def press(visitor: Visitor, made: Round, form: str) -> TestResponse:
    """Press a button of the report's page."""
    return post(visitor, f"/consultations/{made.key}/exports", {"export": "report", "form": form})


def fetch(app: Flask, made: Round, form: str = "pdf", language: str = "de") -> bytes:
    with app.app_context():
        reviewer = make_person(made.chambers[0], "reviewer")
    answer = press(visit(app, reviewer, Accept_Language=language), made, form)
    assert answer.status_code == 200
    return answer.data


def text_of(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def publish(app: Flask, made: Round) -> None:
    with app.app_context():
        close_consultation(made.key)
        certify_and_publish(made.key)


def test_every_figure_is_the_boards(app: Flask, made: Round) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        consultation = get_consultation(made.key)
        board = make_board(consultation, OVERALL)
        rows = report_of(consultation, Form.FULL)["overall"]["rows"]
        shown = [(row[0].split(",")[0], row[1], row[3], row[4]) for row in rows]
        assert shown == [
            (str(row.rank), row.idea.short_en, show_number(row.score or 0, 1), show_number(row.judgements))
            for row in board.ranked
        ] + [("too few", row.idea.short_en, "–", show_number(row.judgements)) for row in board.too_few]
        assert len(board.ranked) >= 4
    text = text_of(fetch(app, made, "pdf", "en"))
    for row in board.ranked:
        assert f"{row.score:.1f}" in text
    assert "14 of 17 organisations (82.4 %)" in text


def test_until_publication_each_page_says_that_it_is_an_interim_standing(app: Flask, made: Round) -> None:
    pages = PdfReader(io.BytesIO(fetch(app, made))).pages
    assert all("Zwischenstand," in page.extract_text() and "82,4 %" in page.extract_text() for page in pages)
    publish(app, made)
    assert "Zwischenstand" not in text_of(fetch(app, made))


def test_the_full_report_can_be_read_by_a_screen_reader(app: Flask, made: Round) -> None:
    reader = PdfReader(io.BytesIO(fetch(app, made)))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "de"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    kinds: dict[str, int] = {}

    def walk(node: object) -> None:
        node = node.get_object() if isinstance(node, IndirectObject) else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, DictionaryObject) and "/S" in node:
            kind = str(node["/S"])
            kinds[kind] = kinds.get(kind, 0) + 1
            if kind == "/Figure":
                assert node["/Alt"]
            walk(node.get("/K", []))

    walk(root["/StructTreeRoot"]["/K"])
    assert kinds["/H1"] == 1
    assert kinds["/Table"] >= 5
    assert kinds["/TH"] >= 20
    assert kinds["/Figure"] >= 3
    titles = [entry.title for entry in flat(reader.outline)]
    assert "Alle Projektideen in ihrer Reihenfolge" in titles
    assert "Erstes Feld" in titles


def flat(outline: list[object]) -> list[object]:
    return [entry for each in outline for entry in (flat(each) if isinstance(each, list) else [each])]


def test_a_theme_shows_what_most_agree_with(app: Flask, made: Round) -> None:
    text = text_of(fetch(app, made))
    assert COMMENT in text
    assert "1 Zustimmung" in text


def test_the_sheet_is_one_page_and_the_slides_are_wide(app: Flask, made: Round) -> None:
    sheet = PdfReader(io.BytesIO(fetch(app, made, "sheet")))
    assert len(sheet.pages) == 1
    with zipfile.ZipFile(io.BytesIO(fetch(app, made, "slides"))) as archive:
        names = archive.namelist()
        assert len(names) >= 6
        width, height = struct.unpack(">II", archive.read(names[0])[16:24])
    assert (width, height) == (1920, 1080)


def test_it_comes_in_the_readers_language(app: Flask, made: Round) -> None:
    assert "All ideas in order" in text_of(fetch(app, made, "pdf", "en"))
    assert "Alle Projektideen in ihrer Reihenfolge" in text_of(fetch(app, made, "pdf", "de"))


def test_without_figures_there_is_no_report(app: Flask) -> None:
    with app.app_context():
        made = make_round(release_policy=ReleasePolicy.AFTER_CLOSE)
        submit(made, made.firms[0], BALLOTS[0])
        reviewer = make_person(made.chambers[0], "reviewer")
    visitor = visit(app, reviewer, Accept_Language="en")
    for form in ("pdf", "sheet", "slides"):
        refused = press(visitor, made, form)
        assert refused.status_code == 409
        assert "There are no figures to report yet" in refused.text
    page = visitor.get(f"/consultations/{made.key}/report")
    assert "There are no figures to report yet" in page.text


def test_a_report_waits_for_what_is_still_being_computed(
    app: Flask, made: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(app, made)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        monkeypatch.setattr(threads, "_under_gevent", lambda: True)
        monkeypatch.setattr(threads, "_spawn", Slow)
        consultation = get_consultation(made.key)
        assert make_board(consultation, OVERALL, with_intervals=True).intervals == Availability.PENDING, "pages do not"
        bars = next(
            each for each in report_of(consultation, Form.FULL)["pictures"] if each["title"] == "Priorities in order"
        )
        assert "Best plausible rank" in bars["table"]["header"]


class Slow:
    """A thread's work that is done only once somebody waits for it without a limit."""

    def __init__(self, work: Callable[[], object]):
        self._work, self._done = work, False

    def wait(self, seconds: float | None) -> None:
        self._done = self._done or seconds is None

    def ready(self) -> bool:
        return self._done

    def get(self) -> object:
        return self._work()


def test_a_report_of_very_many_ballots_is_made_by_the_worker(
    app: Flask, made: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "MADE_AT_ONCE", 13)
    with app.app_context():
        reviewer = make_person(made.chambers[0], "reviewer")
    visitor = visit(app, reviewer, Accept_Language="en")
    button = visitor.page(f"/consultations/{made.key}/report").submit(button="Full report (PDF)")
    assert button.path == f"/consultations/{made.key}/exports"
    assert "Waits for its turn." in button.text
    with app.app_context():
        assert do_jobs(EXPORTS)
    page = visitor.page(f"/consultations/{made.key}/exports")
    assert "Ready:" in page.text
    action = next(form.get("action", "") for form in page.root.iter("form") if "/files/" in form.get("action", ""))
    assert "All ideas in order" in text_of(post(visitor, action).data)
