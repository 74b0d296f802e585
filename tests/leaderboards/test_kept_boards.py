"""Whoever keeps the public boards and subtracts them from a breakdown learns no single order."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence

import pytest
from flask import Flask

from ruhrvote.accounts.models import Membership, Organisation, Role
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import transaction
from tests.people import make_person, visit
from tests.rounds import Round, make_round, submit

pytestmark = pytest.mark.alike

IDEAS = 6
BOARD = "/api/v1/consultations/round/boards/group-firm"
BREAKDOWN = "/consultations/round/review/pictures/firms.csv?by=chamber"
NORTH, SOUTH = "IHK Nord", "IHK Süd"


def two_chambers(north: int, south: int, others: int = 10) -> tuple[Round, int]:
    """Firms of two chambers under cohorts, and a reviewer of the northern one."""
    round_ = make_round(
        chambers=2,
        municipalities=others,
        firms=north + south,
        release_policy=ReleasePolicy.COHORTS,
        opened=False,
    )
    with transaction() as session:
        for chamber, name in zip(round_.chambers, (NORTH, SOUTH), strict=True):
            session.get_one(Organisation, chamber).name = name
        for firm in round_.firms[north:]:
            session.query(Membership).filter_by(organisation_id=firm).one().chamber_id = round_.chambers[1]
    open_consultation(round_.key)
    return round_, make_person(round_.chambers[0], Role.REVIEWER)


def some_order(chance: random.Random) -> str:
    """An order of all ideas without ties."""
    return "".join(f"1{place}" for place in chance.sample("ABCDEF", IDEAS))


def points(order: str) -> list[int]:
    """How many ideas each idea is ahead of."""
    return [IDEAS - 1 - "ABCDEF".index(place) for place in order[1::2]]


def kept_board(app: Flask) -> list[float]:
    """All points on the public board of the firms, computed from its scores by anybody."""
    board = visit(app).get(BOARD).json
    scores = {row["number"]: row["score"] or 0.0 for row in board["ideas"]}
    return [board["counted"] * scores[number] / 100 * (IDEAS - 1) for number in sorted(scores)]


def shown_to_staff(app: Flask, person: int, ballots: int) -> list[float] | None:
    """All points of the northern firms in the chambers' picture after the close; None if it does not show them."""
    answer = visit(app, person, Accept_Language="en").get(BREAKDOWN)
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff")), delimiter=";"))
    if NORTH not in (rows[0] if rows else {}):
        return None
    scores = {int(row["Number"]): float(row[NORTH].replace(",", ".")) for row in rows}
    return [ballots * scores[number] / 100 * (IDEAS - 1) for number in sorted(scores)]


def rest(minuend: Sequence[float], subtrahend: Sequence[float]) -> list[int]:
    return [round(one - other) for one, other in zip(minuend, subtrahend, strict=True)]


def test_a_chamber_less_the_cohorts_of_its_members_is_no_single_firm(app: Flask) -> None:
    chance = random.Random(4)
    with app.app_context():
        round_, person = two_chambers(north=11, south=19)
        orders = [some_order(chance) for _ in round_.firms]
    kept: list[list[float]] = []
    for firm, order in zip(round_.firms, orders, strict=True):
        with app.app_context():
            submit(round_, firm, order)
        kept.append(kept_board(app))
    assert rest(kept[14], kept[9]) == [sum(column) for column in zip(*map(points, orders[5:10]), strict=True)]
    with app.app_context():
        close_consultation(round_.key)
    north = shown_to_staff(app, person, ballots=11)
    if north is not None:  # the eleventh firm is what two cohorts of northern firms leave of the chamber
        assert rest(north, kept[14]) != points(orders[10]), "anybody can compute the whole order of one firm"
    assert north is None


def test_chambers_whose_firms_are_mixed_in_the_cohorts_are_shown(app: Flask) -> None:
    chance = random.Random(5)
    with app.app_context():
        round_, person = two_chambers(north=24, south=24)
        north, south = round_.firms[:24], round_.firms[24:]
        cast = [firm for pair in zip(north, south, strict=True) for firm in pair]
        orders = {firm: some_order(chance) for firm in cast}
        for firm in cast:
            submit(round_, firm, orders[firm])
        close_consultation(round_.key)
    found = shown_to_staff(app, person, ballots=24)
    assert found is not None
    assert [round(value) for value in found] == [
        sum(column) for column in zip(*(points(orders[firm]) for firm in north), strict=True)
    ]
