"""The gate under each policy: what boards rest on at every moment, pools at the close, and rounding."""

from __future__ import annotations

import csv
import io
import json
import random
import re
from collections.abc import Iterator, Mapping
from itertools import islice

import pytest
from flask import Flask

from ruhrvote.ballots.actions import withdraw
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy, Weighting
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.leaderboards.boards import Scope, ScopeKind, get_scope, make_board, scopes_of
from ruhrvote.leaderboards.gate import Figures, figures
from ruhrvote.leaderboards.scoreboard import recount, scoreboards
from ruhrvote.recount import recount_all
from ruhrvote.tally.disclosure import Cohorts, pooled, pools
from ruhrvote.tally.tally import Tally, count
from ruhrvote.tally.weak_order import levels
from tests.people import make_world, post, visit
from tests.rounds import Round, certify_and_publish, make_round, submit

pytestmark = pytest.mark.alike

IDEAS = 6
OVERALL = Scope(ScopeKind.OVERALL)
ONE, TWO = "1A1B2~3~4~5~", "4~3~2~1A1B5~"


def shown(round_: Round, until: int | None = None) -> Figures:
    found = figures(get_consultation(round_.key), IDEAS, until)
    assert found is not None
    return found


def cohorts(**changed: object) -> Round:
    """Twelve chambers and municipalities, shown together, and twenty firms."""
    given = {"chambers": 4, "municipalities": 8, "firms": 20, "release_policy": ReleasePolicy.COHORTS}
    return make_round(**(given | changed))  # type: ignore[arg-type]


def close(round_: Round) -> Figures:
    close_consultation(round_.key)
    return shown(round_)


class InContext:
    @pytest.fixture(autouse=True)
    def in_context(self, app: Flask) -> Iterator[None]:
        with app.app_context():
            yield


class Votes:
    """A round, and beside it the pure rule with the rankings that were really submitted."""

    def __init__(self, round_: Round):
        self.round = round_
        institutions = "chamber-municipality"
        self.group = dict.fromkeys((*round_.chambers, *round_.municipalities), institutions)
        self.group |= dict.fromkeys(round_.firms, "firm")
        self.rule = Cohorts()
        self.rankings: dict[tuple[int, int], str] = {}
        self.current: dict[int, tuple[int, int]] = {}
        self.versions = dict.fromkeys(self.group, 0)

    def step(self, chance: random.Random) -> None:
        """Somebody casts, replaces or withdraws."""
        who = chance.choice(list(self.group))
        version, self.versions[who] = self.versions[who], self.versions[who] + 1
        if who in self.current and chance.random() < 0.3:
            withdraw(self.round.voter(who), expected_version=version)
            self.rule.withdraw(self.group[who], who)
            del self.current[who]
            return
        ranking = "".join(f"{chance.choice('12345')}~" for _ in range(IDEAS - 2)) + "1~2~"
        submit(self.round, who, ranking, version=version)
        self.current[who] = who, version + 1
        self.rankings[who, version + 1] = ranking
        self.rule.submit(self.group[who], who, version + 1)
        self.rule.release(self.group[who])

    def tallies(self, versions: list[tuple[int, int]]) -> dict[str, Tally]:
        return {
            group: count(
                levels([self.rankings[version] for version in versions if self.group[version[0]] == group], IDEAS)
            )
            for group in set(self.group.values())
        }

    def boards(self, closed: bool) -> Mapping[str, Tally]:
        """What boards must rest on, by the rule alone."""
        released = self.tallies(list(self.rule.released.items()))
        taken_part = {self.group[who] for who in (*self.current, *self.rule.released)}
        waiting = self.rule.number_waiting()
        pool = pools({group: waiting.get(group, 0) for group in taken_part}) if closed else None
        return released if pool is None else pooled(self.tallies(list(self.current.values())), pool)


class TestCohorts(InContext):
    @pytest.mark.parametrize("seed", range(3))
    def test_boards_rest_at_every_moment_on_what_the_rule_has_released(self, seed: int) -> None:
        chance = random.Random(seed)
        votes = Votes(cohorts())
        then: dict[int, Mapping[str, Tally]] = {}
        for _ in range(50):
            votes.step(chance)
            seen = shown(votes.round)
            assert seen.groups == votes.boards(closed=False)
            assert seen.until_next == {
                group: 10 - votes.rule.number_waiting().get(group, 0) for group in set(votes.group.values())
            }
            then[seen.seq] = seen.groups
        assert any(tally.ballots for tally in shown(votes.round).groups.values())
        assert close(votes.round).groups == votes.boards(closed=True)
        assert shown(votes.round).until_next is None
        for seq, groups in then.items():
            assert shown(votes.round, until=seq).groups == groups, "as it was then"
        (result,) = recount_all()
        assert result.faults == ()
        kept = scoreboards().catch_up(votes.round.id, IDEAS)
        assert kept == recount(votes.round.id, IDEAS)
        assert kept.digest() == result.snapshot.digest(), "step by step or at once"

    def test_a_released_ballot_that_changes_moves_the_boards_only_at_the_close(self) -> None:
        round_ = cohorts()
        for firm in round_.firms[:10]:
            submit(round_, firm, ONE)
        before = shown(round_).groups
        submit(round_, round_.firms[0], TWO, version=1)
        withdraw(round_.voter(round_.firms[1]), expected_version=1)
        assert shown(round_).groups == before
        assert shown(round_).counted == 5
        closed = close(round_)
        assert closed.counted == 9
        assert closed.groups["firm"] == count(levels([TWO, *[ONE] * 8], IDEAS))

    def test_at_the_close_small_rests_are_shown_together(self) -> None:
        round_ = cohorts(weighting=Weighting.EQUAL_GROUPS)
        for organisation in (*round_.firms[:10], *round_.municipalities[:3]):
            submit(round_, organisation, ONE)
        withdraw(round_.voter(round_.firms[9]), expected_version=1)
        assert shown(round_).groups.keys() == {"chamber-municipality", "firm"}
        closed = close(round_)
        assert {group: tally.ballots for group, tally in closed.groups.items()} == {"chamber-firm-municipality": 12}
        assert closed.overall.tally == closed.groups["chamber-firm-municipality"], "one group, one voice"
        consultation = get_consultation(round_.key)
        assert [str(scope) for scope in scopes_of(consultation)][-1] == "group-chamber-firm-municipality"
        board = make_board(consultation, get_scope("group-firm", consultation))
        assert str(board.scope) == "group-chamber-firm-municipality", "the address from before leads to the pool"
        assert (board.turnout.eligible, board.turnout.received, board.turnout.counted) == (32, 12, 12)

    def test_groups_with_enough_of_their_own_stay_alone(self) -> None:
        round_ = cohorts(weighting=Weighting.EQUAL_GROUPS)
        for organisation in (*round_.firms[:7], *round_.municipalities[:5]):
            submit(round_, organisation, ONE)
        closed = close(round_)
        assert {group: tally.ballots for group, tally in closed.groups.items()} == {
            "chamber-municipality": 5,
            "firm": 7,
        }
        assert closed.overall.weights == {"chamber-municipality": 7, "firm": 5}

    def test_the_last_few_of_all_are_never_shown(self) -> None:
        round_ = cohorts()
        for firm in round_.firms[:10]:
            submit(round_, firm, ONE)
        withdraw(round_.voter(round_.firms[9]), expected_version=1)
        before = shown(round_).groups
        closed = close(round_)
        assert closed.groups == before, "four would stand too alone"
        board = make_board(get_consultation(round_.key), OVERALL)
        assert (board.turnout.received, board.turnout.counted) == (9, 5)

    def test_the_board_says_how_many_submissions_are_missing(self) -> None:
        round_ = cohorts()
        consultation = get_consultation(round_.key)
        for organisation in (*round_.firms[:4], *round_.municipalities[:7]):
            submit(round_, organisation, ONE)
        missing = {
            str(scope): make_board(consultation, scope).until_next
            for scope in scopes_of(consultation)
            if scope.kind != ScopeKind.THEME
        }
        assert missing == {"overall": 3, "themes": 3, "group-chamber-municipality": 3, "group-firm": 6}

    def test_no_other_policy_says_that_something_is_missing(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ONE)
        assert make_board(get_consultation(round_.key), OVERALL).until_next is None


class TestAfterClose(InContext):
    def test_groups_of_fewer_than_five_ballots_are_shown_together(self) -> None:
        round_ = make_round(chambers=4, municipalities=8, firms=20, release_policy=ReleasePolicy.AFTER_CLOSE)
        for organisation in (*round_.firms[:6], *round_.municipalities[:3], *round_.chambers[:2]):
            submit(round_, organisation, ONE)
        close_consultation(round_.key)
        certify_and_publish(round_.key)
        found = {group: tally.ballots for group, tally in shown(round_).groups.items()}
        assert found == {"chamber-municipality": 5, "firm": 6}

    def test_fewer_than_five_ballots_are_not_shown_at_all(self) -> None:
        round_ = make_round(release_policy=ReleasePolicy.AFTER_CLOSE)
        for firm in round_.firms[:4]:
            submit(round_, firm, ONE)
        close_consultation(round_.key)
        certify_and_publish(round_.key)
        assert shown(round_).counted == 0

    def test_what_was_hidden_stays_hidden_for_looks_into_the_past(self) -> None:
        round_ = make_round(release_policy=ReleasePolicy.AFTER_CLOSE)
        for firm in round_.firms:
            submit(round_, firm, ONE)
        close_consultation(round_.key)
        certify_and_publish(round_.key)
        assert shown(round_).counted == 12
        assert shown(round_, until=12).counted == 0


# Of three ballots nothing comes out even: their scores have endless decimals.
UNEVEN = ("1A1B2~3~4~5~", "1~2~2~3~5~1~", "2~1~5~5~4~1~")


class TestRounding:
    """While a consultation is open no exact figure leaves the system, whichever way."""

    def leave(self, app: Flask, round_: Round, account: int) -> dict[str, set[float]]:
        """The scores and first places that each way out shows."""
        visitor = visit(app, account, Accept_Language="en")
        page = visitor.get(f"/consultations/{round_.key}/boards/overall").get_data(as_text=True)
        asked = {"export": "results", "form": "csv"}
        text = post(visitor, f"/consultations/{round_.key}/exports", asked).get_data(as_text=True)
        answer = json.loads(visitor.get(f"/api/v1/consultations/{round_.key}/boards/overall").data)["ideas"]
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))[1:]
        with visit(app).get(f"/consultations/{round_.key}/boards/overall/stream") as response:
            stream = list(islice((chunk.decode() for chunk in response.response), 2))[1]
        return {
            "page": _numbers(page),
            "stream": _numbers(stream),
            "scores of the CSV": {float(row[7].replace(",", ".")) for row in rows if row[7] and row[0] == "overall"},
            "first places of the CSV": {float(row[10].replace(",", ".")) for row in rows if row[0] == "overall"},
            "scores of the API": {row["score"] for row in answer if row["score"] is not None},
        }

    def test_whatever_leaves_while_it_is_open_is_rounded(self, app: Flask) -> None:
        with app.app_context():
            world = make_world()
            for firm, ranking in zip(world.round.firms, UNEVEN, strict=True):
                submit(world.round, firm, ranking)
        for way, numbers in self.leave(app, world.round, world.consultation_admin).items():
            places = 0 if "first places" in way else 1
            assert numbers, way
            assert all(number == round(number, places) for number in numbers), way
        with app.app_context():
            board = make_board(get_consultation(world.key), OVERALL)
            exact = [row.score for row in board.ranked if row.score is not None]
            assert exact == [round(score, 1) for score in exact]
            close_consultation(world.key)
            board = make_board(get_consultation(world.key), OVERALL)
            exact = [row.score for row in board.ranked if row.score is not None]
            assert exact != [round(score, 1) for score in exact], "the result is exact"


def _numbers(html: str) -> set[float]:
    """The scores in a page, and the widths of their bars."""
    scores = re.findall(r'class="score">([\d.]+)<', html) + re.findall(r'bar__fill" width="([\d.]+)"', html)
    return {float(score) for score in scores}
