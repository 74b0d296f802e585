"""How far score and rank hang on single ballots: when it is said, and that it is the bootstrap of the same ballots."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from ruhrvote.config import ROOT
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy, Weighting
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.leaderboards import intervals
from ruhrvote.leaderboards.boards import OVERALL, Availability, Board, Scope, ScopeKind, make_board
from ruhrvote.leaderboards.gate import ballots_behind, figures
from ruhrvote.leaderboards.intervals import Interval, compute_intervals, draws_from
from ruhrvote.leaderboards.scoreboard import scoreboards
from ruhrvote.services import services
from ruhrvote.tally.robustness import bootstrap
from ruhrvote.tally.weak_order import levels
from ruhrvote.threads import Computations
from tests.people import World, visit
from tests.rounds import Round, certify_and_publish, make_round, submit

pytestmark = pytest.mark.alike

ALIKE, OTHER = "1A1B2~3~4~4~", "4~4~3~2~1A1B"


@pytest.fixture(autouse=True)
def in_context(app: Flask, request: pytest.FixtureRequest) -> Iterator[None]:
    if "world" in request.fixturenames:
        yield
        return
    with app.app_context():
        yield


def seen(round_: Round, scope: Scope = OVERALL) -> Board:
    return make_board(get_consultation(round_.key), scope, with_intervals=True)


def of(board: Board) -> dict[int, Interval | None]:
    return {row.idea.number: row.overall_interval for row in board.idea_rows}


def ended(**rules: object) -> Round:
    """A round with ballots that differ, closed and published."""
    round_ = make_round(**rules)  # type: ignore[arg-type]
    for number, firm in enumerate(round_.firms):
        submit(round_, firm, OTHER if number % 3 == 0 else ALIKE)
    for chamber in round_.chambers:
        submit(round_, chamber, OTHER)
    close_consultation(round_.key)
    certify_and_publish(round_.key)
    return round_


@pytest.mark.parametrize("policy", list(ReleasePolicy))
def test_only_after_the_close_and_never_before_the_board_itself(policy: ReleasePolicy) -> None:
    round_ = make_round(release_policy=policy)
    for firm in round_.firms:
        submit(round_, firm, ALIKE)
    assert seen(round_).intervals == Availability.NONE
    close_consultation(round_.key)
    closed = seen(round_)
    assert (closed.intervals == Availability.THERE) == closed.visible
    certify_and_publish(round_.key)
    assert seen(round_).intervals == Availability.THERE
    assert make_board(get_consultation(round_.key), OVERALL).intervals == Availability.NONE, "only if asked for"


def test_they_are_the_bootstrap_of_the_ballots_that_count() -> None:
    found = of(seen(ended()))
    firms = levels([OTHER if number % 3 == 0 else ALIKE for number in range(12)], 6)
    expected = bootstrap({"firm": firms, "chamber": levels([OTHER, OTHER], 6)}, draws=1000, seed=intervals.SEED)
    for number in range(1, 7):
        interval = found[number]
        assert interval == Interval(
            float(expected.score_low[number - 1]),
            float(expected.score_high[number - 1]),
            int(expected.rank_best[number - 1]),
            int(expected.rank_worst[number - 1]),
            frozenset(
                other for other in range(6) if other != number - 1 and not expected.told_apart(number - 1, other)
            ),
        )


def test_they_rest_on_exactly_what_the_board_shows() -> None:
    round_ = ended()
    consultation = get_consultation(round_.key)
    shown = figures(consultation, 6)
    assert shown is not None
    ballots = ballots_behind(consultation, shown)
    assert ballots is not None
    assert {name: len(level) for name, level in ballots.items()} == {"firm": 12, "chamber": 2, "municipality": 0}
    earlier = figures(consultation, 6, until=shown.seq - 5)
    assert earlier is not None
    assert earlier.counted >= 10
    other = replace(shown, groups=earlier.groups)
    assert ballots_behind(consultation, other) is None, "a board that shows something else"


def test_an_interval_holds_the_score_and_the_rank() -> None:
    board = seen(ended())
    assert any(row.overall_interval and row.overall_interval.rank_best < row.rank for row in board.ranked)
    for row in board.ranked:
        assert row.overall_interval is not None
        assert row.score is not None
        assert row.overall_interval.score_low <= row.score <= row.overall_interval.score_high
        assert row.overall_interval.rank_best <= row.overall_rank <= row.overall_interval.rank_worst


def test_the_same_for_every_process_and_each_time(app: Flask) -> None:
    round_ = ended()
    first = of(seen(round_))
    services(app).of(Computations).clear()
    assert of(seen(round_)) == first


def test_each_group_from_its_own_ballots_and_with_its_voice() -> None:
    one_voice, equal = ended(), ended(key="equal", weighting=Weighting.EQUAL_GROUPS)
    assert of(seen(one_voice)) != of(seen(equal))
    firms, chambers = (Scope(ScopeKind.GROUP, group) for group in ("firm", "chamber"))
    assert of(seen(one_voice, firms)) == of(seen(equal, firms)), "within a group weights change nothing"
    assert seen(one_voice, chambers).intervals == Availability.NONE, "two ballots are too few to say more of them"


def test_a_theme_shows_those_over_all_ideas() -> None:
    round_ = ended()
    overall, theme = of(seen(round_)), of(seen(round_, Scope(ScopeKind.THEME, "two")))
    assert theme == {number: overall[number] for number in (4, 5)}


def test_what_has_no_rank_takes_none_away() -> None:
    ballots = levels(["1A2~3~", "2~1A5~", "1A2~5~", "2~1A5~"], 3)
    first_is_rare = levels(["1~2~1A", "5~1A2~", "5~2~1A", "5~2~1A"], 3)
    assert compute_intervals({"firm": ballots}, None, [True, True, False]).keys() == {0, 1}
    found = compute_intervals({"firm": first_is_rare}, None, [False, True, True])
    everybody = compute_intervals({"firm": first_is_rare}, None, [True, True, True])
    assert max(interval.rank_worst for interval in found.values()) == 2
    assert max(interval.rank_worst for interval in everybody.values()) == 3


def test_with_many_ballots_fewer_draws() -> None:
    assert [draws_from(ballots) for ballots in (0, 20_000, 40_000, 400_000)] == [1000, 1000, 500, 200]


def test_the_page_is_complete_without_them_and_asks_again(app: Flask, world: World, tmp_path: Path) -> None:
    with app.app_context():
        many = make_round("many")
        for firm in many.firms:
            submit(many, firm, ALIKE)
        close_consultation(many.key)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    program = str(Path(__file__).with_name("ask_under_gevent.py"))
    path = "/consultations/many/boards/overall"
    asked = subprocess.run(
        [sys.executable, program, url, str(tmp_path), path],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    first, *_, last = asked.stdout.split()
    assert (first, last) == ("pending", "there")
    page = visit(app, Accept_Language="en").page(path)
    assert "only rank 1 is plausible" in page.text
    assert page.root.find(".//*[@hx-get]") is None, "nothing is asked for any more"


def test_looking_back_gives_what_was_counted_then() -> None:
    round_ = make_round()
    consultation = get_consultation(round_.key)
    digests = []
    for firm in round_.firms[:5]:
        submit(round_, firm, ALIKE)
        digests.append((scoreboards().catch_up(round_.id, 6).seq, scoreboards().catch_up(round_.id, 6).digest()))
    for seq, digest in (digests[1], digests[3], digests[0], digests[3]):
        assert scoreboards().look_back(round_.id, 6, seq).digest() == digest
        then = figures(consultation, 6, until=seq)
        assert then is not None
        assert then.seq == seq
    assert scoreboards().catch_up(round_.id, 6).digest() == digests[4][1]
