"""The orders of a board, and what holds for every page of the boards: the gate, and a cost that does not grow."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
import time_machine
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db
from ruhrvote.leaderboards.boards import OVERALL, make_board
from tests.leaderboards.reading import BOARDS, ENGLISH, numbers, ranking, row
from tests.pages import text_of
from tests.people import World, make_world, visit
from tests.rounds import certify_and_publish, make_round, submit
from tests.statements import counted

pytestmark = pytest.mark.alike


class TestSorting:
    @pytest.mark.parametrize(
        ("sort", "wanted"),
        [
            ("rank", [2, 4, 5, 1, 3]),
            ("title", [1, 2, 3, 4, 5]),
            ("score", [2, 4, 5, 1, 3]),
            ("judgements", [4, 5, 2, 1, 3]),
            ("nonsense", [2, 4, 5, 1, 3]),
        ],
    )
    def test_the_order_changes_and_the_ranks_stay(self, app: Flask, voted: World, sort: str, wanted: list[int]) -> None:
        visitor = visit(app, **ENGLISH)
        page = visitor.page(f"{BOARDS}/overall?sort={sort}")
        assert numbers(page) == wanted
        ranked = visitor.page(f"{BOARDS}/overall")
        assert [row(page, number) for number in wanted] == [row(ranked, number) for number in wanted]
        marked = [text_of(head) for head in page.root.iter("th") if head.get("aria-sort")]
        assert marked == [{"title": "Idea", "nonsense": "Rank"}.get(sort, sort.title())]

    def test_it_is_kept_by_the_menu_the_fragment_and_the_stream(self, app: Flask, voted: World) -> None:
        visitor = visit(app, **ENGLISH)
        page = visitor.page(f"{BOARDS}/overall").follow("Title")
        assert numbers(page) == [1, 2, 3, 4, 5]
        assert numbers(page.follow("First theme")) == [1, 2, 3]
        assert numbers(page.submit({"board": "group-firm"})) == [1, 2, 3, 4, 5]
        live = page.root.find(".//*[@id='live']")
        fragment = visitor.get(live.get("data-board"), headers={"HX-Request": "true"}).get_data(as_text=True)
        with visitor.get(live.get("data-stream")) as response:
            board = list(islice((chunk.decode() for chunk in response.response), 2))[1]
        # Both come by rank and say where each row stands in the page's own order.
        assert live.get("data-sort") == "title"
        for html in (fragment, board):
            rows = re.findall(r'id="row-(\d)" data-rank="(\d+)" data-title="(\d+)"', html)
            assert [rank for _, rank, _ in rows] == sorted(rank for _, rank, _ in rows)
            assert [number for number, _, _ in sorted(rows, key=lambda row: int(row[2]))] == list("12345")

    def test_a_german_reader_finds_ae_beside_a(self, app: Flask, voted: World) -> None:
        with app.app_context():
            for row_, title in zip(make_board(get_consultation("round"), OVERALL).ranked, "ZÄBab", strict=True):
                row_.idea.short_de = title
            db.session.commit()
        page = visit(app, Accept_Language="de").page(f"{BOARDS}/overall?sort=title")
        titles = [text_of(link) for link in page.root.findall(".//*[@id='board-table']//th/a")]
        assert titles == ["Ä", "a", "B", "b", "Z"]


WAYS = ["theme-one/direct", "overall/screen", "group-firm/screen", "overall/embed"]


def test_new_pages_pass_the_gate_too(app: Flask) -> None:
    with app.app_context():
        hidden = make_world(release_policy=ReleasePolicy.AFTER_CLOSE)
        for organisation in (*hidden.round.firms, *hidden.round.chambers, *hidden.round.municipalities):
            submit(hidden.round, organisation, ranking("1A", "1B", "2", "3", "4", "4"))
    paths = [f"{BOARDS}/{way}" for way in WAYS] + ["/embed/round/overall"]
    visitor = visit(app, hidden.consultation_admin, **ENGLISH)

    def seen() -> list[str]:
        return [path for path in paths if "Short" in visitor.page(path).text]

    assert not seen(), "while it is open"
    with app.app_context():
        close_consultation(hidden.key)
    assert not seen(), "while it is closed"
    with app.app_context():
        certify_and_publish(hidden.key)
    assert seen() == [path for path in paths if not path.endswith("/embed")]


def test_each_page_costs_the_same_for_many_ballots_and_ideas(app: Flask) -> None:
    with app.app_context():
        small, large = make_round("small", ideas=4, firms=3), make_round("large", ideas=30, firms=20)
        for firm in small.firms[:2]:
            submit(small, firm, "1A1B2~3~")
        for firm in large.firms:
            submit(large, firm, "1A1B" + "2~" * 28)
    visitor = visit(app)

    def cost(path: str) -> int:
        with counted(app) as statements:
            visitor.page(path)
        return len(statements)

    ways: list[Any] = [*WAYS, "overall?sort=title", "overall", "themes", "theme-one", "group-firm"]
    with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
        for key in ("small", "large"):
            visitor.page(f"/consultations/{key}/boards/overall")  # the first look of the day and process
        for way in ways:
            few, many = (cost(f"/consultations/{key}/boards/{way}") for key in ("small", "large"))
            assert few == many <= 14, way
    for key in ("small", "large"):
        with app.app_context():
            close_consultation(key)
            certify_and_publish(key)
        visitor.page(f"/consultations/{key}/boards/overall")  # the first look computes the intervals
    for path in ("/consultations/{}/boards/overall", "/embed/{}/overall"):
        few, many = (cost(path.format(key)) for key in ("small", "large"))
        assert few == many <= 14, path
