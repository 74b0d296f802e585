"""The discussion as a file: attributed as published, and harmless in a spreadsheet."""

from __future__ import annotations

import io
import json

import openpyxl
import pytest
from flask import Flask

from ruhrvote.comments.actions import delete_comment
from ruhrvote.comments.models import Attribution, CommentKind
from ruhrvote.exports.tables import scope
from tests.comments.talk import say
from tests.exports.getting import ENGLISH, download, records_of, refusal, rows_of
from tests.people import World, visit

EVIL = '=HYPERLINK("https://evil.example")'


@pytest.fixture
def said(app: Flask, world: World) -> None:
    first = say(app, world.firm, f"{EVIL} und mehr", CommentKind.QUESTION, attribution=Attribution.ANYBODY)
    say(app, world.foreign_firm, "Zur letzten Idee gesagt, später.", idea=6)
    say(app, world.firm, "Zur zweiten Idee gesagt, danach.", idea=2)
    say(app, world.round.chambers[0], "Die Kammer nimmt Stellung.", to=first, attribution=Attribution.OFFICIAL)
    gone = say(app, world.firm, "Dieser Kommentar ist gelöscht.")
    with app.app_context():
        delete_comment(gone, world.firm)


TEXTS = [
    f"{EVIL} und mehr",
    "Die Kammer nimmt Stellung.",
    "Zur zweiten Idee gesagt, danach.",
    "Zur letzten Idee gesagt, später.",
]


def test_by_theme_and_idea_with_replies_below_their_comment(app: Flask, world: World, said: None) -> None:
    rows = records_of(app, world.reviewer, "comments")
    assert [row["text"] for row in rows] == TEXTS
    assert [row["shown_as"] for row in rows[:2]] == ["Participating organisation", "chamber 1 (round)"]
    assert rows[1]["in_reply_to"] == rows[0]["number"]
    assert (rows[0]["open_question"], rows[1]["official"]) == (False, True)
    assert len(rows[0]["written_on"]) == len("2026-11-26"), "a day, no time"


@pytest.mark.parametrize("at_a_time", [1, 2, 3])
def test_read_part_by_part_it_is_the_same(
    app: Flask, world: World, said: None, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    monkeypatch.setattr(scope, "AT_A_TIME", at_a_time)
    assert [row["text"] for row in records_of(app, world.reviewer, "comments")] == TEXTS
    assert len(records_of(app, world.consultation_admin, "organisations")) == 7
    assert [row["seq"] for row in records_of(app, world.consultation_admin, "ledger")] == [1]


@pytest.mark.parametrize(
    ("chosen", "number"), [({"idea": "2"}, 1), ({"theme": "one"}, 3), ({"theme": "rest"}, 1), ({"idea": "x"}, 4)]
)
def test_of_one_idea_or_theme(app: Flask, world: World, said: None, chosen: dict[str, str], number: int) -> None:
    assert len(records_of(app, world.reviewer, "comments", **chosen)) == number


def test_of_a_theme_without_any(app: Flask, world: World, said: None) -> None:
    sentence = refusal(visit(app, world.reviewer, **ENGLISH), "comments", theme="none")
    assert "There are no published comments here yet. Choose another idea" in sentence


def test_from_the_page_of_an_idea(app: Flask, world: World, said: None) -> None:
    page = visit(app, world.reviewer, **ENGLISH).page("/consultations/round/ideas/2/comments")
    answer = page.submit({"export": "comments", "idea": "2"}, button="json").response
    assert [row["text"] for row in json.loads(answer.data)["rows"]] == ["Zur zweiten Idee gesagt, danach."]
    answer = page.submit({"export": "comments", "theme": "one"}, button="csv").response
    assert len(rows_of(answer.data)) == 3
    assert "Download the comments" not in visit(app, world.voter, **ENGLISH).page(page.path).text


def test_no_text_becomes_a_formula(app: Flask, world: World, said: None) -> None:
    visitor = visit(app, world.reviewer, **ENGLISH)
    assert rows_of(download(visitor, "comments", "csv"))[0]["Text"] == f"'{EVIL} und mehr"
    sheet = openpyxl.load_workbook(io.BytesIO(download(visitor, "comments", "xlsx"))).worksheets[0]
    assert sheet["M2"].value == f"{EVIL} und mehr"
    assert sheet["M2"].data_type == "s"
    assert sheet["M2"].hyperlink is None


def test_who_stands_behind_a_label_is_in_no_file(app: Flask, world: World) -> None:
    say(app, world.firm, account_id=world.voter, attribution=Attribution.ANYBODY)
    for form in ("csv", "json"):
        assert b"firm 1" not in download(visit(app, world.reviewer), "comments", form)
