"""Release in cohorts: what waits, what the ledger says of it, merged groups, and submissions at the same moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

import ruhrvote.ballots.actions
import ruhrvote.db
from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind
from ruhrvote.ballots.actions import withdraw
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.actions import add_to_roll, close_consultation, create_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation, roll_entry, waiting_by_group
from ruhrvote.db import db
from ruhrvote.errors import Conflict
from ruhrvote.ledger.models import ChainHead, EntryKind
from ruhrvote.ledger.queries import entries
from ruhrvote.recount import recount_all
from tests.rounds import Round, count_kinds, eligible_by_group, make_round, submit

ONE, TWO = "1A1B2~5~0~4~", "1B1A2~5~0~4~"


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def firms_only(firms: int, key: str = "round") -> Round:
    return make_round(key, chambers=0, municipalities=0, firms=firms, release_policy=ReleasePolicy.COHORTS)


def releases(round_: Round) -> list[dict[str, object]]:
    """What each release names, with organisations for ballots."""
    owner = {ballot.id: ballot.organisation_id for ballot in db.session.scalars(select(Ballot))}
    found = []
    for entry in entries(round_.id):
        if entry.kind == EntryKind.RELEASED:
            payload = json.loads(entry.payload)
            found.append(
                {"seq": entry.seq, "group": payload["group"]}
                | {owner[ballot["ballot"]]: ballot["version"] for ballot in payload["ballots"]}
            )
    return found


def no_faults() -> bool:
    db.session.rollback()
    return all(result.faults == () for result in recount_all())


def test_a_new_consultation_releases_in_cohorts() -> None:
    create_consultation(key="new", title_de="A", title_en="A", intro_de="A", intro_en="A", source="A")
    assert get_consultation("new", drafts=True).release_policy == ReleasePolicy.COHORTS


def test_the_tenth_ballot_releases_the_oldest_five_right_behind_it() -> None:
    round_ = firms_only(20)
    for firm in round_.firms[:9]:
        submit(round_, firm, ONE)
    assert releases(round_) == []
    assert waiting_by_group(round_.id) == {"firm": 9}
    submit(round_, round_.firms[9], ONE)
    assert releases(round_) == [{"seq": 12, "group": "firm"} | dict.fromkeys(round_.firms[:5], 1)]
    assert waiting_by_group(round_.id) == {"firm": 5}
    assert no_faults()


def test_changes_while_waiting_and_after_the_release() -> None:
    round_ = firms_only(30)
    first, second, third, *others = round_.firms
    for firm in (first, second, third, *others[:5]):
        submit(round_, firm, ONE)
    submit(round_, first, TWO, version=1)
    withdraw(round_.voter(second), expected_version=1)
    submit(round_, second, TWO, version=2)  # waits behind the others now
    submit(round_, others[5], ONE)
    assert releases(round_) == []
    submit(round_, others[6], ONE)
    (release,) = releases(round_)
    assert release == {"seq": 15, "group": "firm", first: 2, third: 1} | dict.fromkeys(others[:3], 1)
    submit(round_, first, ONE, version=2)
    withdraw(round_.voter(third), expected_version=1)
    submit(round_, third, TWO, version=2)
    assert waiting_by_group(round_.id) == {"firm": 5}, "what was released does not wait again"
    for firm in others[7:12]:
        submit(round_, firm, ONE)
    assert len(releases(round_)) == 2
    assert releases(round_)[1].keys() - {"seq", "group"} == {*others[3:5], second, *others[5:7]}
    assert no_faults()


def test_each_group_has_a_queue_of_its_own_and_each_consultation_too() -> None:
    round_ = make_round(chambers=0, municipalities=10, firms=10, release_policy=ReleasePolicy.COHORTS)
    other = firms_only(20, "other")
    for firm in (*round_.firms[:9], *round_.municipalities[:9]):
        submit(round_, firm, ONE)
    for firm in other.firms[:9]:
        submit(other, firm, ONE)
    assert releases(round_) == releases(other) == []
    submit(round_, round_.municipalities[9], ONE)
    (release,) = releases(round_)
    assert release == {"seq": 21, "group": "municipality"} | dict.fromkeys(round_.municipalities[:5], 1)
    assert waiting_by_group(round_.id) == {"municipality": 5, "firm": 9}
    assert no_faults()


@pytest.mark.parametrize("policy", [ReleasePolicy.IMMEDIATE, ReleasePolicy.AFTER_CLOSE])
def test_nothing_waits_under_the_other_policies(policy: ReleasePolicy) -> None:
    round_ = make_round(firms=12, release_policy=policy)
    for firm in round_.firms:
        submit(round_, firm, ONE)
    assert waiting_by_group(round_.id) == {}
    assert EntryKind.RELEASED not in count_kinds(round_.id)
    assert eligible_by_group(round_.id) == {"chamber": 2, "municipality": 3, "firm": 12}, "and no groups are merged"
    assert no_faults()


def test_a_release_names_no_organisation() -> None:
    round_ = firms_only(10)
    for firm in round_.firms:
        submit(round_, firm, ONE)
    entry = next(entry for entry in entries(round_.id) if entry.kind == EntryKind.RELEASED)
    payload = json.loads(entry.payload)
    assert payload.keys() == {"ballots", "group"}
    assert all(ballot.keys() == {"ballot", "version"} for ballot in payload["ballots"])


class TestMergedGroups:
    def test_groups_of_fewer_than_ten_are_merged_before_the_opening(self) -> None:
        round_ = make_round(chambers=3, municipalities=9, firms=20, release_policy=ReleasePolicy.COHORTS)
        assert eligible_by_group(round_.id) == {"chamber-municipality": 12, "firm": 20}
        payload = json.loads(next(entries(round_.id)).payload)
        assert payload["roll"]["groups"] == {"chamber-municipality": 12, "firm": 20}
        for organisation in (*round_.chambers, *round_.municipalities[:7]):
            submit(round_, organisation, ONE)
        (release,) = releases(round_)
        assert release["group"] == "chamber-municipality"
        assert no_faults()

    def test_the_roll_keeps_the_kind_of_each_organisation(self) -> None:
        round_ = make_round(chambers=3, municipalities=9, firms=20, release_policy=ReleasePolicy.COHORTS)
        cells = [roll_entry(round_.id, found).cell for found in (round_.chambers[0], round_.firms[0])]  # type: ignore[union-attr]
        assert cells == [f"chamber/-/{'-'}", f"firm/{round_.chambers[0]}/-"]

    def test_whoever_is_entered_later_joins_the_group_of_its_kind(self) -> None:
        round_ = make_round(chambers=3, municipalities=9, firms=20, release_policy=ReleasePolicy.COHORTS)
        town = create_organisation(kind=Kind.MUNICIPALITY, name="Neu", chamber_ids=[])
        add_to_roll(round_.key, town)
        assert eligible_by_group(round_.id) == {"chamber-municipality": 13, "firm": 20}
        for organisation in (town, *round_.municipalities):
            submit(round_, organisation, ONE)
        assert town in releases(round_)[0]
        assert no_faults()

    def test_a_kind_that_nobody_had_at_the_opening_is_a_group_of_its_own(self) -> None:
        round_ = firms_only(12)
        town = create_organisation(kind=Kind.MUNICIPALITY, name="Neu", chamber_ids=[])
        add_to_roll(round_.key, town)
        submit(round_, town, ONE)
        assert waiting_by_group(round_.id) == {"municipality": 1}
        close_consultation(round_.key)
        assert no_faults()


def at_once(app: Flask, *steps: Callable[[], object]) -> list[object]:
    """What comes of steps that begin at the same moment, each in a thread and a transaction of its own."""
    barrier = Barrier(len(steps))

    def one(step: Callable[[], object]) -> object:
        with app.app_context():
            try:
                barrier.wait(10)
                return bool(step())
            except (Conflict, SQLAlchemyError) as error:
                return error
            finally:
                db.session.remove()

    with ThreadPoolExecutor(len(steps)) as pool:
        return list(pool.map(one, steps))


def in_pairs(app: Flask, round_: Round, firms: Sequence[int]) -> list[object]:
    outcomes: list[object] = []
    for one, other in zip(firms[::2], firms[1::2], strict=True):
        outcomes += at_once(app, lambda o=one: submit(round_, o, ONE), lambda o=other: submit(round_, o, TWO))  # type: ignore[misc]
    return outcomes


def test_two_ballots_at_once_complete_exactly_one_release(app: Flask) -> None:
    round_ = firms_only(49)
    for firm in round_.firms[:9]:
        submit(round_, firm, ONE)
    assert in_pairs(app, round_, round_.firms[9:]) == [True] * 40
    assert count_kinds(round_.id) == {"opened": 1, "cast": 49, "released": 8}
    assert waiting_by_group(round_.id) == {"firm": 9}
    assert no_faults()


def test_the_race_is_lost_without_the_lock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    # The control: what makes one release of two submissions is the lock of the head, and on SQLite that of the file.
    def read_head(consultation_id: int) -> ChainHead:
        return db.session.get_one(ChainHead, consultation_id)

    monkeypatch.setattr(ruhrvote.ballots.actions, "lock_head", read_head)
    monkeypatch.setattr(ruhrvote.db, "_one_writer", nullcontext())
    monkeypatch.setattr(ruhrvote.db, "_begin_immediate", lambda session: None)
    round_ = firms_only(49)
    for firm in round_.firms[:9]:
        submit(round_, firm, ONE)
    assert in_pairs(app, round_, round_.firms[9:]) != [True] * 40


def test_the_owner_of_a_waiting_ballot_changes_it_while_another_releases_it(app: Flask) -> None:
    # Whoever holds the head must not wait for a ballot whose owner waits for the head.
    for number in range(8):
        round_ = firms_only(10, f"round{number}")
        for firm in round_.firms[:9]:
            submit(round_, firm, ONE)
        oldest, last = round_.firms[0], round_.firms[9]
        outcomes = at_once(
            app,
            lambda r=round_, o=oldest: submit(r, o, TWO, version=1),  # type: ignore[misc]
            lambda r=round_, o=last: submit(r, o, ONE),  # type: ignore[misc]
        )
        assert outcomes == [True, True]
        (release,) = releases(round_)
        assert release[oldest] in (1, 2)
    assert no_faults()
