"""The scoreboard: what is folded step by step is what a recount from the first entry gives."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from flask import Flask

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind
from ruhrvote.ballots.actions import withdraw
from ruhrvote.consultations.actions import add_to_roll
from ruhrvote.control.actions import open_consultation
from ruhrvote.ideas.actions import IDEA_TEXTS, add_idea
from ruhrvote.leaderboards import current_ballots, entry_rows
from ruhrvote.leaderboards.scoreboard import Scoreboards, Snapshot, fold, recount, served_digests
from ruhrvote.tally.tally import count, empty
from ruhrvote.tally.weak_order import levels
from tests.rounds import Round, make_round, submit
from tests.statements import counted

IDEAS = 6


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def some_ranking(chance: random.Random) -> str:
    """A valid ranking that judges at least two ideas, with ties, gaps in judgement and places."""
    answers = [chance.choice("123450") for _ in range(IDEAS)]
    answers[:2] = chance.choices("1234", k=2)
    chance.shuffle(answers)
    written, places = [], dict.fromkeys("1234", 0)
    for answer in answers:
        place = "~"
        if answer in "1234" and chance.random() < 0.6:
            if not places[answer] or chance.random() < 0.7:
                places[answer] += 1
            place = "ABCDEF"[places[answer] - 1]
        written.append(answer + place)
    return "".join(written)


class Votes:
    """A round, and beside it the plainest possible memory of who has submitted what."""

    def __init__(self, round_: Round):
        self.round = round_
        self.group = dict.fromkeys(round_.firms, "firm")
        self.group |= dict.fromkeys(round_.chambers, "chamber")
        self.group |= dict.fromkeys(round_.municipalities, "municipality")
        self.versions = dict.fromkeys(self.group, 0)
        self.rankings: dict[int, str] = {}

    def step(self, chance: random.Random) -> None:
        """Somebody casts, replaces or withdraws, or a new organisation is entered in the roll."""
        if chance.random() < 0.1:
            late = create_organisation(kind=Kind.FIRM, name=f"Firma {len(self.group)}", chamber_ids=[])
            add_to_roll(self.round.key, late)
            self.group[late], self.versions[late] = "firm", 0
            return
        who = chance.choice(list(self.group))
        if who in self.rankings and chance.random() < 0.4:
            withdraw(self.round.voter(who), expected_version=self.versions[who])
            del self.rankings[who]
        else:
            self.rankings[who] = some_ranking(chance)
            submit(self.round, who, self.rankings[who], version=self.versions[who])
        self.versions[who] += 1

    def counted(self, group: str):
        rankings = [ranking for who, ranking in self.rankings.items() if self.group[who] == group]
        return count(levels(rankings, IDEAS)) if rankings else empty(IDEAS)


@pytest.mark.parametrize("seed", range(2))
def test_folding_step_by_step_is_recounting_after_each_step(seed: int) -> None:
    chance = random.Random(seed)
    votes = Votes(make_round(f"seed{seed}", municipalities=2, firms=4))
    always, sometimes = Scoreboards(), Scoreboards()
    for _ in range(30):
        votes.step(chance)
        latest = always.catch_up(votes.round.id, IDEAS)
        full = recount(votes.round.id, IDEAS)
        assert latest.seq == full.seq
        assert latest.groups == full.groups
        assert latest.digest() == full.digest()
        for group in ("chamber", "municipality", "firm"):
            assert latest.groups[group] == votes.counted(group), "and both are what was really submitted"
        if chance.random() < 0.2:
            assert sometimes.catch_up(votes.round.id, IDEAS).digest() == full.digest(), "another process"


def test_reading_in_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    votes = Votes(make_round(municipalities=2, firms=4))
    votes.step(chance)
    begun = recount(votes.round.id, IDEAS)
    for _ in range(30):
        votes.step(chance)
    at_once = recount(votes.round.id, IDEAS)
    assert fold(begun) == at_once
    for part in (1, 2, 7):
        monkeypatch.setattr(entry_rows, "BATCH", part)
        monkeypatch.setattr(current_ballots, "ENTRIES_AT_A_TIME", part)
        assert fold(begun) == recount(votes.round.id, IDEAS) == at_once


def test_counting_up_to_an_entry_is_what_was_counted_then() -> None:
    chance = random.Random(8)
    votes = Votes(make_round(municipalities=2, firms=4))
    then = [recount(votes.round.id, IDEAS)]
    for _ in range(20):
        votes.step(chance)
        then.append(recount(votes.round.id, IDEAS))
    for snapshot in then:
        assert fold(Snapshot(votes.round.id, IDEAS), until=snapshot.seq) == snapshot
        assert fold(then[0], until=snapshot.seq) == snapshot


def test_one_ballot_more_and_the_digest_differs() -> None:
    round_ = make_round()
    seen = {recount(round_.id, IDEAS).digest()}
    submit(round_, round_.firms[0], "1A1B2~5~0~4~")
    seen.add(recount(round_.id, IDEAS).digest())
    submit(round_, round_.firms[0], "1B1A2~5~0~4~", version=1)
    seen.add(recount(round_.id, IDEAS).digest())
    withdraw(round_.voter(round_.firms[0]), expected_version=2)
    seen.add(recount(round_.id, IDEAS).digest())
    assert len(seen) == 4


def test_the_digest_tells_ballots_apart_that_differ_in_one_place() -> None:
    same, other, third = (make_round(key) for key in ("same", "other", "third"))
    ranking = "1A1B2~5~0~4~"
    digests = []
    for round_, cast in ((same, ranking), (other, ranking), (third, "1A1B3~5~0~4~")):
        submit(round_, round_.firms[0], cast)
        snapshot = recount(round_.id, IDEAS)
        digests.append(snapshot.groups["firm"].digest())
    assert digests[0] == digests[1] != digests[2]


def test_a_ballot_counts_in_the_group_that_the_roll_fixed() -> None:
    round_ = make_round()
    submit(round_, round_.chambers[0], "1A1B2~5~0~4~")
    groups = recount(round_.id, IDEAS).groups
    assert {group: tally.ballots for group, tally in groups.items()} == {"chamber": 1, "municipality": 0, "firm": 0}


def test_a_group_that_nobody_was_in_at_the_opening() -> None:
    round_ = make_round(municipalities=0)
    boards = Scoreboards()
    assert "municipality" not in boards.catch_up(round_.id, IDEAS).groups
    town = create_organisation(kind=Kind.MUNICIPALITY, name="Neu", chamber_ids=[])
    add_to_roll(round_.key, town)
    submit(round_, town, "1A1B2~5~0~4~")
    assert boards.catch_up(round_.id, IDEAS).groups["municipality"].ballots == 1
    assert boards.catch_up(round_.id, IDEAS) == recount(round_.id, IDEAS)


def test_catching_up_costs_what_is_new_and_not_what_there_is(app: Flask) -> None:
    round_ = make_round(firms=8)
    boards = Scoreboards()
    boards.catch_up(round_.id, IDEAS)
    costs = []
    for firm in round_.firms:
        submit(round_, firm, "1A1B2~5~0~4~")
        with counted(app) as statements:
            boards.catch_up(round_.id, IDEAS)
        costs.append(len(statements))
    assert set(costs) == {2}


def test_what_a_process_says_it_serves(app: Flask) -> None:
    make_round("draft", opened=False)
    round_ = make_round("open")
    submit(round_, round_.firms[0], "1A1B2~5~0~4~")
    assert served_digests() == {"open": {"seq": 2, "digest": recount(round_.id, IDEAS).digest()}}


def test_a_look_at_a_draft_is_forgotten_when_its_list_changes() -> None:
    round_ = make_round(ideas=IDEAS - 1, opened=False)
    boards = Scoreboards()
    boards.catch_up(round_.id, IDEAS - 1)  # as an export of the draft's ideas does
    texts = dict.fromkeys(IDEA_TEXTS, "Neu")
    add_idea(round_.key, "one", texts)
    open_consultation(round_.key)
    submit(round_, round_.firms[0], "1~" * IDEAS)
    assert boards.catch_up(round_.id, IDEAS) == recount(round_.id, IDEAS)
