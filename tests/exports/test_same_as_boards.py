"""Every figure in files and answers is the one that the page of the board shows."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
import time_machine
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Weighting
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.exports.tables.boards import results_table, themes_table
from ruhrvote.exports.tables.scope import Asked
from ruhrvote.files.json import record
from tests.exports.getting import ENGLISH, download, records_of
from tests.pages import Page, Visitor, text_of
from tests.people import World, make_world, visit
from tests.rounds import certify_and_publish, submit

pytestmark = pytest.mark.alike

BOARDS = ("overall", "theme-one", "theme-two", "theme-rest", "group-chamber", "group-municipality", "group-firm")


@pytest.fixture(params=[Weighting.ONE_VOICE, Weighting.EQUAL_GROUPS])
def unlike(app: Flask, request: pytest.FixtureRequest) -> World:
    """A round in which ideas are tied, not ranked and differently seen by the groups."""
    with app.app_context():
        world = make_world(weighting=request.param, quorum_minimum=2)
        for organisation, ranking in zip(
            [*world.round.firms, *world.round.chambers, *world.round.municipalities],
            ["1A1B2~2~4~5~", "1~1~2~3~4~5~", "1B1A2~4~0~5~", "4~3~2~1A1B5~", "1A2~1B2~0~4~", "3~3~1~1~2~5~"],
            strict=True,
        ):
            submit(world.round, organisation, ranking)
    return world


def cell(row: ET.Element, kind: str) -> str:
    return text_of(row.find(f".//*[@class='{kind}']"))


def on_page(page: Page, board: str) -> list[dict[str, object]]:
    """What a visitor reads in the rows of a board, those with too few judgements last."""
    ranked = page.root.findall(".//*[@id='board-table']//tbody/tr")
    found = [
        {
            "number": int(row.get("id", "").removeprefix("row-")),
            "rank": int(cell(row, "rank")),
            "tied": row.find(".//*[@class='rank__tied']") is not None,
            "score": float(cell(row, "score")),
            "judgements": int(text_of(row.findall("td")[-1]).replace(",", "")),
            "overall_rank": int(
                text_of(row.findall("td")[-2]) if board.startswith("theme-") else row.get("data-rank", "")
            ),
        }
        for row in ranked
    ]
    for item in page.root.findall(".//*[@id='board-too-few']//li"):
        judgements, _, needed, *_ = text_of(item.find("span[2]")).split()
        found.append(
            {
                "number": int(item.get("id", "").removeprefix("row-")),
                "rank": None,
                "tied": False,
                "score": None,
                "judgements": int(judgements),
                "overall_rank": None,
            }
        )
        assert needed.isdecimal()
    return found


def plausible_on_page(page: Page) -> dict[int, tuple[float | int | None, ...]]:
    """Which scores and ranks a visitor reads as plausible, by the number of the idea."""
    found: dict[int, tuple[float | int | None, ...]] = {}
    for row in page.root.findall(".//*[@id='board-table']//tbody/tr"):
        low, high = cell(row, "score__interval").split(" to ")
        ranks = re.search(r"(?:rank|ranks) (\d+)(?: to (\d+))? (?:is|are) plausible", text_of(row))
        assert ranks is not None
        best, worst = ranks.groups()
        found[int(row.get("id", "").removeprefix("row-"))] = float(low), float(high), int(best), int(worst or best)
    return found


def turnout_on_page(page: Page) -> tuple[int, int]:
    received, counted, *_ = [
        text_of(figure.find("dd")) for figure in page.root.findall(".//*[@id='board-figures']/div")
    ]
    return int(received), int(counted)


def expected(visitor: Visitor) -> dict[str, list[dict[str, object]]]:
    return {board: on_page(visitor.page(f"/consultations/round/boards/{board}"), board) for board in BOARDS}


def only(row: dict[str, object], wanted: dict[str, object]) -> dict[str, object]:
    return {key: row[key] for key in wanted}


@pytest.mark.parametrize("published", [False, True])
def test_results(app: Flask, unlike: World, published: bool) -> None:
    if published:
        with app.app_context():
            close_consultation("round")
            certify_and_publish("round")
    visitor = visit(app, **ENGLISH)
    pages = expected(visitor)
    assert sum(len(rows) for rows in pages.values()) == 6 + 6 + 3 * 6
    assert any(row["tied"] for rows in pages.values() for row in rows)
    assert any(row["rank"] is None for row in pages["overall"])
    in_file: dict[str, list[dict[str, object]]] = {}
    for row in records_of(app, unlike.consultation_admin, "results"):
        in_file.setdefault(str(row["board"]), []).append(row)
    assert set(in_file) == set(pages)
    for board, rows in pages.items():
        in_answer = json.loads(visitor.get(f"/api/v1/consultations/round/boards/{board}").data)["ideas"]
        for wanted, of_file, of_answer in zip(rows, in_file[board], in_answer, strict=True):
            assert only(of_file, wanted) == wanted, board
            assert only(of_answer, wanted) == wanted, board
        page = visitor.page(f"/consultations/round/boards/{board}")
        assert {(row["received"], row["counted"]) for row in in_file[board]} == {turnout_on_page(page)}


PLAUSIBLE = ("score_low", "score_high", "rank_best", "rank_worst")


def test_what_is_plausible_after_the_close_and_nothing_of_it_before(app: Flask) -> None:
    with app.app_context():
        world = make_world(firms=11, quorum_minimum=2)
        for number, firm in enumerate(world.round.firms):
            submit(world.round, firm, "4~4~3~2~1A1B" if number % 3 == 0 else "1A1B2~3~4~5~")
    visitor = visit(app, **ENGLISH)

    def figures(board: str) -> tuple[list[dict[str, object]], dict[str, object]]:
        in_file = [row for row in records_of(app, world.consultation_admin, "results") if row["board"] == board]
        return in_file, json.loads(visitor.get(f"/api/v1/consultations/round/boards/{board}").data)

    for row in figures("overall")[0] + figures("overall")[1]["ideas"]:
        assert [row[name] for name in PLAUSIBLE] == [None] * 4, "single ballots are not looked at before the close"
    with app.app_context():
        close_consultation("round")
        certify_and_publish("round")
    for board in ("overall", "theme-one", "group-firm"):
        wanted = plausible_on_page(visitor.page(f"/consultations/round/boards/{board}"))
        assert any(low != high for low, high, _, _ in wanted.values())
        in_file, answer = figures(board)
        assert answer["intervals"] == "there"
        for rows in (in_file, answer["ideas"]):
            assert {row["number"]: tuple(row[name] for name in PLAUSIBLE) for row in rows if row["rank"]} == wanted
    result = json.loads(visitor.get("/api/v1/consultations/round/results").data)
    assert {row["number"]: row["rank_worst"] for row in result["ideas"]} == {
        number: ranks[3]
        for number, ranks in plausible_on_page(visitor.page("/consultations/round/boards/overall")).items()
    }


def at_midnight(row: ET.Element) -> int | None:
    """The rank that a row says it had."""
    said = text_of(row)
    if "on the board since midnight" in said:
        return None
    gained = re.search(r"(up|down) (\d+) ranks? since midnight", said)
    return int(row.get("data-rank", "")) + (int(gained[2]) * (1 if gained[1] == "up" else -1) if gained else 0)


@pytest.mark.parametrize("scope", ["overall", "themes"])
def test_what_has_moved_since_midnight(app: Flask, unlike: World, scope: str) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        visitor = visit(app, **ENGLISH)
        visitor.page(f"/consultations/round/boards/{scope}")  # the day begins with the ballots of yesterday
        with app.app_context():
            for firm in unlike.round.firms:
                submit(unlike.round, firm, "5~5~4~1A1B2~", version=1)
        page = visitor.page(f"/consultations/round/boards/{scope}")
        rows = page.root.findall(".//*[@id='board-table']//tbody/tr")
        wanted = [at_midnight(row) for row in rows if row.get("data-rank") != "0"]
        assert wanted != [int(row.get("data-rank", "")) for row in rows][: len(wanted)], "something has moved"
        with app.test_request_context():
            make = themes_table if scope == "themes" else results_table
            table = make(Asked(get_consultation("round")))
            in_file = [row for row in (record(table, row) for row in table.rows) if row.get("board", scope) == scope]
        answer = json.loads(visitor.get(f"/api/v1/consultations/round/boards/{scope}").data)
        for found in (in_file, answer["ideas"] or answer["themes"]):
            assert [row["rank_before"] for row in found if row["rank"]] == wanted


def test_themes(app: Flask, unlike: World) -> None:
    visitor = visit(app, **ENGLISH)
    page = visitor.page("/consultations/round/boards/themes")
    wanted = [
        (
            int(row.get("data-rank", "")) or None,
            text_of(row.find("th/a")),
            None if text_of(row.find("td[2]")) == "–" else float(cell(row, "score")),
            int(text_of(row.find("td[4]"))),
        )
        for row in page.root.findall(".//*[@id='board-table']//tbody/tr")
    ]
    assert len(wanted) == 3
    for rows in (
        records_of(app, unlike.consultation_admin, "themes"),
        json.loads(visitor.get("/api/v1/consultations/round/boards/themes").data)["themes"],
    ):
        assert [(row["rank"], row["theme"], row["score"], row["in_top_10"]) for row in rows] == wanted


def test_turnout_and_the_share_of_the_votes(app: Flask, unlike: World) -> None:
    visitor = visit(app, **ENGLISH)
    page = visitor.page("/consultations/round/boards/overall")
    wanted = []
    for row in page.root.findall(".//*[@id='board-groups']//tbody/tr"):
        received, eligible = text_of(row.find("td[1]")).split(" of ")
        percent, share = (float(text_of(row.find(f"td[{n}]")).removesuffix(" %")) for n in (2, 3))
        wanted.append((text_of(row.find("th")), int(eligible), int(received), percent, share))
    for rows in (
        records_of(app, unlike.consultation_admin, "turnout"),
        json.loads(visitor.get("/api/v1/consultations/round/turnout").data)["groups"],
    ):
        *groups, together = rows
        keys = ("group", "eligible", "received", "percent", "share")
        assert [tuple(row[key] for key in keys) for row in groups] == wanted
        assert (together["received"], together["counted"]) == turnout_on_page(page)


def test_scores_have_one_decimal_while_the_consultation_is_open(app: Flask, unlike: World) -> None:
    text = download(visit(app, unlike.consultation_admin, **ENGLISH), "results", "csv-comma").decode("utf-8-sig")
    scores = [row.split(",")[7] for row in text.splitlines()[1:]]
    assert all(len(score.partition(".")[2]) == 1 for score in scores if score)
