"""The orders for auditors: what was counted can be counted again from them, and nobody is named."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.leaderboards.gate import figures
from ruhrvote.leaderboards.rows import unweighted
from ruhrvote.tally import preflib, preflib_writer
from ruhrvote.tally.tally import Tally, count
from ruhrvote.tally.weak_order import NOT_JUDGED
from tests.exports.getting import ENGLISH, download, refusal
from tests.people import World, make_world, visit
from tests.rounds import submit

RANKINGS = ["1A1B2~3~4~5~", "1~1~2~2~4~0~", "3~2~1~1~5~5~", "1A1A1B2A2B4~"]


def read(content: bytes, tmp_path: Path, ending: str) -> preflib.Election:
    file = tmp_path / f"orders.{ending}"
    file.write_bytes(content)
    return preflib.read(file)


def without_answers(tally: Tally) -> Tally:
    """An order says what is before what, and no longer by which answer."""
    return replace(tally, answered=np.zeros_like(tally.answered))


@pytest.fixture
def closed(app: Flask) -> World:
    chance = random.Random(1)
    with app.app_context():
        world = make_world(firms=12)
        for organisation in world.round.firms:
            submit(world.round, organisation, chance.choice(RANKINGS))
        close_consultation("round")
    return world


def test_what_is_counted_from_the_file_is_what_the_boards_count(app: Flask, closed: World, tmp_path: Path) -> None:
    election = read(download(visit(app, closed.consultation_admin), "orders", "toi"), tmp_path, "toi")
    with app.app_context():
        shown = figures(get_consultation("round"), 6)
        assert shown is not None
        assert without_answers(election.tally) == without_answers(unweighted(shown))
    assert election.candidates == tuple(f"{n} Titel {n}" for n in range(1, 7))


def test_in_a_complete_order_what_is_not_judged_is_tied_last(app: Flask, closed: World, tmp_path: Path) -> None:
    election = read(download(visit(app, closed.consultation_admin), "orders", "toc"), tmp_path, "toc")
    assert election.tally.ballots == 12
    assert (election.tally.placed == 12).all()
    with app.app_context():
        shown = figures(get_consultation("round"), 6)
        assert shown is not None
        given = unweighted(shown)
    # Whoever judges i and not j has i before j; who judges neither has them tied.
    before = given.above + given.placed[:, np.newaxis] - given.compared
    assert (election.tally.above == before * (1 - np.eye(6, dtype=int))).all()


def test_equal_orders_are_one_line_and_no_line_names_anybody(app: Flask, closed: World) -> None:
    text = download(visit(app, closed.consultation_admin), "orders", "toi").decode()
    orders = [line for line in text.splitlines() if not line.startswith("#")]
    counts = [int(line.partition(":")[0]) for line in orders]
    assert len(orders) == len(set(orders)) <= len(RANKINGS)
    assert counts == sorted(counts, reverse=True)
    assert sum(counts) == 12
    assert "firm" not in text


@pytest.mark.parametrize("firms", [3, 12])
def test_neither_before_the_close_nor_from_few(app: Flask, firms: int) -> None:
    with app.app_context():
        world = make_world(firms=firms)
        for organisation in world.round.firms:
            submit(world.round, organisation, RANKINGS[0])
    admin = visit(app, world.consultation_admin, **ENGLISH)
    assert "can be downloaded after the close" in refusal(admin, "orders", "toi")
    if firms < 10:
        with app.app_context():
            close_consultation("round")
        assert "once the boards show the ballots of ten organisations" in refusal(admin, "orders", "toi")


def test_any_ballots_come_back(tmp_path: Path) -> None:
    chance = np.random.default_rng(3)
    ballots = chance.integers(0, 108, (500, 9)).astype(np.uint8)
    ballots[chance.random((500, 9)) < 0.3] = NOT_JUDGED
    ballots[:3] = NOT_JUDGED
    names = [f"Idee\n{n}: so" for n in range(9)]
    content = "".join(preflib_writer.lines("Ein\nTitel", names, ballots, "toi")).encode()
    placed = ballots[(ballots != NOT_JUDGED).any(axis=1)]
    assert without_answers(read(content, tmp_path, "toi").tally) == without_answers(count(placed))


def test_no_ballots_are_no_order(tmp_path: Path) -> None:
    content = "".join(preflib_writer.lines("Leer", ["A", "B"], np.empty((0, 2), dtype=np.uint8), "toc"))
    assert "# NUMBER VOTERS: 0\n" in content
