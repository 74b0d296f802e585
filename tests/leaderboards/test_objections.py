"""Objections on the boards: whatever happens in which order, the boards are what a slow recount by the rule says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from ruhrvote.accounts.models import Role
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.ballots.actions import withdraw
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Consultation, Objection, ReleasePolicy, Step
from ruhrvote.consultations.proposals import confirm, propose
from ruhrvote.consultations.queries import find_proposal, get_consultation
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.leaderboards.gate import figures
from ruhrvote.leaderboards.scoreboard import Scoreboards, Snapshot, fold, recount, scoreboards
from ruhrvote.ledger.actions import append, lock_head
from ruhrvote.ledger.models import EntryKind
from ruhrvote.ledger.queries import entries, entries_of_kinds
from ruhrvote.objections.actions import Outcome, contest, settle, settle_due
from ruhrvote.recount import recount_all
from ruhrvote.tally.tally import Tally, count
from ruhrvote.tally.weak_order import levels
from tests.people import make_person
from tests.rounds import Round, certify_and_publish, count_kinds, date_back_the_close, make_round, submit

pytestmark = pytest.mark.alike

IDEAS = 6
ONE, TWO, THREE = "1A1B2~5~0~4~", "1B1A2~5~0~4~", "2~3~4~1A1B1~"
DAYS = 7


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def tally(*rankings: str) -> Tally:
    return count(levels(list(rankings), IDEAS))


class Admins:
    """Two consultation admins who decide objections."""

    def __init__(self, round_: Round):
        self.key = round_.key
        self.first, self.second = (
            make_person((round_.chambers or round_.firms)[0], Role.CONSULTATION_ADMIN) for _ in range(2)
        )

    def decide(self, objection_id: int, stands: bool) -> None:
        step = Step.UPHOLD if stands else Step.DISMISS
        propose(self.key, step, self.first, objection_id)
        confirm(self.key, step, self.second, objection_id)


def objections(round_: Round) -> list[Objection]:
    db.session.rollback()
    return list(db.session.scalars(select(Objection).where(Objection.consultation_id == round_.id)))


class Plain:
    """The plainest memory of who submitted what, and of which versions do not count."""

    def __init__(self, round_: Round):
        self.round = round_
        self.group = dict.fromkeys((*round_.chambers, *round_.municipalities), "chamber-municipality")
        self.group |= dict.fromkeys(round_.firms, "firm")
        if round_.key.startswith("immediate"):
            self.group |= dict.fromkeys(round_.chambers, "chamber")
            self.group |= dict.fromkeys(round_.municipalities, "municipality")
        self.versions: dict[int, list[str]] = {who: [] for who in self.group}
        self.contested: set[tuple[int, int]] = set()
        self.void: set[tuple[int, int]] = set()

    def counting(self, who: int) -> int:
        good = [number for number in range(1, len(self.versions[who]) + 1) if (who, number) not in self.void]
        return good[-1] if good else 0

    def ranking(self, who: int) -> str:
        version = self.counting(who)
        return self.versions[who][version - 1] if version else ""

    def step(self, chance: random.Random) -> None:
        """Somebody casts, replaces, withdraws, or objects to any version."""
        who = chance.choice(list(self.group))
        if self.versions[who] and chance.random() < 0.35:
            self.contest(who, chance.randint(1, len(self.versions[who])), at_once=True)
        elif self.ranking(who) and chance.random() < 0.25:
            withdraw(self.round.voter(who), expected_version=self.counting(who))
            self.versions[who].append("")
        else:
            cast = chance.choice((ONE, TWO, THREE))
            submit(self.round, who, cast, version=self.counting(who), key=f"{who}-{len(self.versions[who])}")
            self.versions[who].append(cast)

    def contest(self, who: int, version: int, at_once: bool) -> None:
        outcome = contest(self.round.key, who, version)
        assert outcome == (Outcome.KNOWN if (who, version) in self.contested else Outcome.RAISED)
        self.contested.add((who, version))
        if at_once:
            self.void.add((who, version))

    def groups(self) -> dict[str, Tally]:
        found = {}
        for group in set(self.group.values()):
            rankings = [self.ranking(who) for who in self.group if self.group[who] == group and self.ranking(who)]
            found[group] = count(levels(rankings, IDEAS))
        return found


@pytest.mark.parametrize("policy", list(ReleasePolicy))
@pytest.mark.parametrize("seed", range(3))
def test_any_sequence_of_submissions_and_objections_counts_as_the_rule_says(seed: int, policy: ReleasePolicy) -> None:
    chance = random.Random(seed)
    name = "cohorts" if policy == ReleasePolicy.COHORTS else "immediate"
    round_ = make_round(
        f"{name}{seed}", chambers=4, municipalities=8, firms=20, release_policy=policy, objection_days=1
    )
    plain, admins, always, then = Plain(round_), Admins(round_), Scoreboards(), list[Snapshot]()
    for _ in range(70):
        plain.step(chance)
        latest = always.catch_up(round_.id, IDEAS)
        assert latest == recount(round_.id, IDEAS), "step by step or at once"
        assert latest.groups == plain.groups(), "and both are what the rule says"
        then.append(latest)
    released = latest.released
    assert [found.faults for found in recount_all()] == [()]
    close_consultation(round_.key)
    at_close = plain.groups()
    for _ in range(8):
        who = chance.choice([who for who in plain.group if plain.versions[who]])
        plain.contest(who, chance.randint(1, len(plain.versions[who])), at_once=False)
        assert always.catch_up(round_.id, IDEAS).groups == at_close, "an objection after the close waits"
    numbers = {ballot: who for ballot, who in db.session.execute(select(Ballot.id, Ballot.organisation_id))}
    plain.void.clear()
    for objection in objections(round_):
        assert not settle(round_.key), "not while one is undecided"
        stands = chance.random() < 0.5
        admins.decide(objection.id, stands)
        if stands:
            plain.void.add((numbers[objection.ballot_id], objection.version))
    assert not settle(round_.key), "not before the end of the period"
    date_back_the_close(round_, timedelta(days=1))
    settle_due()
    latest = always.catch_up(round_.id, IDEAS)
    assert latest == recount(round_.id, IDEAS)
    assert latest.groups == plain.groups()
    assert latest.released == released, "what cohorts have shown stays what it was"
    assert count_kinds(round_.id)[EntryKind.SETTLED] == 1
    assert [found.faults for found in recount_all()] == [()]
    for snapshot in then:
        assert fold(Snapshot(round_.id, IDEAS), until=snapshot.seq) == snapshot, "as it was then"
        assert fold(then[0], until=snapshot.seq) == snapshot
    shown = figures(get_consultation(round_.key), IDEAS)
    if policy == ReleasePolicy.COHORTS:
        assert shown is not None
        assert shown.counted == sum(found.ballots for found in plain.groups().values())


def test_live_boards_show_the_earlier_version_at_once() -> None:
    round_ = make_round(objection_days=DAYS)
    firm, other = round_.firms[:2]
    submit(round_, firm, ONE)
    submit(round_, firm, TWO, version=1)
    submit(round_, other, THREE)
    contest(round_.key, firm, 2)
    assert shown(round_)["firm"] == tally(ONE, THREE)
    contest(round_.key, other, 1)
    assert shown(round_)["firm"] == tally(ONE), "without an earlier version nothing counts"
    submit(round_, other, TWO, key="again")
    assert shown(round_)["firm"] == tally(ONE, TWO), "and a new version counts like a first one"


def test_a_withdrawal_that_was_not_theirs_gives_the_ballot_back() -> None:
    round_ = make_round(objection_days=DAYS)
    submit(round_, round_.firms[0], ONE)
    withdraw(round_.voter(round_.firms[0]), expected_version=1)
    contest(round_.key, round_.firms[0], 2)
    assert shown(round_)["firm"] == tally(ONE)


def test_a_ballot_that_a_cohort_has_shown_moves_only_in_the_settlement() -> None:
    round_ = make_round(chambers=0, municipalities=0, firms=20, release_policy=ReleasePolicy.COHORTS, objection_days=0)
    for firm in round_.firms[:15]:
        submit(round_, firm, ONE)
    before = shown(round_)
    contest(round_.key, round_.firms[0], 1)
    assert shown(round_) == before
    close_consultation(round_.key)
    assert shown(round_) == before, "no closing figure before the settlement"
    settle_due()
    assert shown(round_) == before, "an objection is undecided"
    Admins(round_).decide(objections(round_)[0].id, stands=True)
    settle_due()
    assert shown(round_)["firm"] == tally(*[ONE] * 14)


@pytest.mark.parametrize("policy", list(ReleasePolicy))
def test_nothing_is_final_before_the_settlement(policy: ReleasePolicy) -> None:
    round_ = make_round(firms=12, release_policy=policy, objection_days=DAYS)
    for firm in round_.firms:
        submit(round_, firm, ONE)
    close_consultation(round_.key)
    consultation = get_consultation(round_.key)
    assert not consultation.is_settled
    found = figures(consultation, IDEAS)
    if policy == ReleasePolicy.AFTER_CLOSE:
        assert found is None
    else:
        assert found is not None
        assert found.counted == (5 if policy == ReleasePolicy.COHORTS else 12)
    with pytest.raises(Conflict):
        certify_and_publish(round_.key)
    settle_due()
    assert not get_consultation(round_.key).is_settled, "the period is not over"
    date_back_the_close(round_, timedelta(days=DAYS))
    settle_due()
    certify_and_publish(round_.key)
    assert [found.faults for found in recount_all()] == [()]
    found = figures(get_consultation(round_.key), IDEAS)
    assert found is not None
    assert found.counted == 12


def test_without_a_period_and_without_objections_closing_settles() -> None:
    round_ = make_round(objection_days=0)
    close_consultation(round_.key)
    assert [entry.kind for entry in entries(round_.id)] == ["opened", "closed", "settled"]
    assert contest_is_too_late(round_)


def test_a_round_that_was_opened_before_the_rule_keeps_its_own() -> None:
    round_ = make_round(objection_days=DAYS, opened=False)
    with transaction() as session:
        session.get_one(Consultation, round_.id).objection_days = None
    open_consultation(round_.key)
    submit(round_, round_.firms[0], ONE)
    assert contest_is_too_late(round_)
    close_consultation(round_.key)
    certify_and_publish(round_.key)
    assert EntryKind.SETTLED not in count_kinds(round_.id)
    assert [found.faults for found in recount_all()] == [()]


def test_an_objection_after_the_period_is_in_the_trail_and_changes_nothing() -> None:
    round_ = make_round(objection_days=DAYS)
    submit(round_, round_.firms[0], ONE)
    close_consultation(round_.key)
    date_back_the_close(round_, timedelta(days=DAYS))
    before = count_kinds(round_.id)
    assert contest_is_too_late(round_)
    assert count_kinds(round_.id) == before
    trail = db.session.scalars(select(AuditEntry.event).where(AuditEntry.organisation_id == round_.firms[0])).all()
    assert Event.OBJECTION_TOO_LATE in trail


def test_one_admin_decides_nothing_and_no_decision_is_made_twice() -> None:
    round_ = make_round(objection_days=DAYS)
    submit(round_, round_.firms[0], ONE)
    contest(round_.key, round_.firms[0], 1)
    (objection,) = objections(round_)
    admins = Admins(round_)
    propose(round_.key, Step.UPHOLD, admins.first, objection.id)
    with pytest.raises(Refused):
        confirm(round_.key, Step.UPHOLD, admins.first, objection.id)
    assert objections(round_)[0].upheld is None
    admins.decide(objection.id, stands=False)
    with pytest.raises(Conflict):
        propose(round_.key, Step.UPHOLD, admins.first, objection.id)
    assert find_proposal(round_.id) is None, "the steps of the consultation itself are another matter"


def test_the_ledger_names_nobody_and_says_nothing_in_words() -> None:
    round_ = make_round(objection_days=0)
    submit(round_, round_.firms[0], ONE)
    contest(round_.key, round_.firms[0], 1)
    close_consultation(round_.key)
    Admins(round_).decide(objections(round_)[0].id, stands=True)
    settle_due()
    contested, settled = entries_of_kinds(round_.id, (EntryKind.CONTESTED, EntryKind.SETTLED))
    ballot = objections(round_)[0].ballot_id
    assert json.loads(contested.payload) == {"ballot": ballot, "version": 1}
    assert json.loads(settled.payload) == {"contests": [{"ballot": ballot, "stands": True, "version": 1}]}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda: delete(Objection), "the objections are not those that the ledger names"),
        (lambda: update(Objection).values(void_from=None), "the objections are not those that the ledger names"),
        (lambda: update(Objection).values(void_until=2), "the objections are not those that the ledger names"),
        (
            lambda: update(Ballot).values(counting_version=2),
            "the versions that count are not those that follow from the ledger",
        ),
    ],
    ids=["deleted", "never void", "void no more", "counts again"],
)
def test_an_objection_changed_behind_the_ledger_is_found(change: Callable[[], Any], fault: str) -> None:
    round_ = make_round(objection_days=DAYS)
    submit(round_, round_.firms[0], ONE)
    submit(round_, round_.firms[0], TWO, version=1)
    contest(round_.key, round_.firms[0], 2)
    assert [found.faults for found in recount_all()] == [()]
    with transaction() as session:
        session.execute(change())
    assert [found.faults for found in recount_all()] == [(fault,)]


def test_a_settlement_before_the_end_of_the_period_is_found() -> None:
    round_ = make_round(objection_days=DAYS)
    close_consultation(round_.key)
    date_back_the_close(round_, timedelta(days=DAYS))
    settle_due()
    date_back_the_close(round_, timedelta(days=-1))
    (found,) = recount_all()
    assert found.faults == ("entry 3 settles objections before their period is over",)


def test_a_process_that_meets_an_unknown_kind_keeps_its_board_and_takes_no_ballot() -> None:
    round_ = make_round()
    submit(round_, round_.firms[0], ONE)
    before = scoreboards().catch_up(round_.id, IDEAS)
    with transaction():
        append(lock_head(round_.id), "from_a_later_program", {})  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        submit(round_, round_.firms[1], TWO)
    assert scoreboards().catch_up(round_.id, IDEAS) == before
    assert recount(round_.id, IDEAS) == before, "and one that starts serves what it knows"


def shown(round_: Round) -> dict[str, Tally]:
    """What the boards of this process rest on, which is what a recount gives."""
    assert scoreboards().catch_up(round_.id, IDEAS) == recount(round_.id, IDEAS)
    found = figures(get_consultation(round_.key), IDEAS)
    assert found is not None
    return dict(found.groups)


def contest_is_too_late(round_: Round) -> bool:
    if not db.session.scalar(select(Ballot.id).where(Ballot.organisation_id == round_.firms[0])):
        with pytest.raises(Unknown):
            contest(round_.key, round_.firms[0], 1)
        return True
    return contest(round_.key, round_.firms[0], 1) == Outcome.TOO_LATE
