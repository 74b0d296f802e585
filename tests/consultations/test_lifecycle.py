"""The life of a consultation: which step is possible when, and what opening fixes for good."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind
from ruhrvote.ballots.actions import withdraw
from ruhrvote.consultations import actions
from ruhrvote.consultations.actions import (
    add_to_roll,
    close_consultation,
    create_consultation,
    publish_consultation,
    set_dates,
    set_rules,
)
from ruhrvote.consultations.models import Consultation, ReleasePolicy, RollEntry, Status, Weighting
from ruhrvote.consultations.pauses import pause_consultation, resume_consultation
from ruhrvote.consultations.queries import consultations, current_consultation, get_consultation, roll_entry
from ruhrvote.control.actions import archive_consultation, certify_consultation, open_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.ledger.chain import first_fault
from ruhrvote.ledger.queries import entries, head_of
from tests.rounds import Round, certify_and_publish, count_kinds, eligible_by_group, make_account, make_round, submit

pytestmark = pytest.mark.alike


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def rules(key: str, **changed: object) -> None:
    given = {
        "release_policy": ReleasePolicy.AFTER_CLOSE,
        "weighting": Weighting.EQUAL_GROUPS,
        "quorum_percent": 50,
        "quorum_minimum": 7,
    }
    set_rules(key, **(given | changed))  # type: ignore[arg-type]


def bring_to(round_: Round, status: Status) -> None:
    if status == "paused":
        open_consultation(round_.key)
        STEPS["pause"](round_.key)
        return
    way = (open_consultation, close_consultation, certify_consultation, publish_consultation, archive_consultation)
    for step in way[: ("draft", "open", "closed", "certified", "published", "archived").index(status)]:
        step(round_.key)


def entering(key: str) -> None:
    add_to_roll(key, create_organisation(kind=Kind.FIRM, name="Eine späte Firma", chamber_ids=[]))


STEPS: dict[str, Callable[[str], object]] = {
    "set rules": rules,
    "open": open_consultation,
    "enter": entering,
    "pause": lambda key: pause_consultation(key, reason_de="Störung", reason_en="Fault"),
    "resume": resume_consultation,
    "close": close_consultation,
    "certify": certify_consultation,
    "publish": publish_consultation,
    "archive": archive_consultation,
}
# What each step leads to from each status; - means that it is refused and changes nothing.
TRUTH = """
            draft  open    paused  closed     certified  published  archived
set rules   draft  -       -       -          -          -          -
open        open   -       -       -          -          -          -
enter       -      open    -       -          -          -          -
pause       -      paused  -       -          -          -          -
resume      -      -       open    -          -          -          -
close       -      closed  closed  -          -          -          -
certify     -      -       -       certified  -          -          -
publish     -      -       -       -          published  -          -
archive     -      -       -       -          -          archived   -
"""
LINES = [line.rsplit(maxsplit=7) for line in TRUTH.strip().splitlines()[1:]]
CASES = [
    (Status(before), step.strip(), after)
    for step, *cells in LINES
    for before, after in zip(TRUTH.split()[:7], cells, strict=True)
]


@pytest.mark.parametrize(("before", "step", "after"), CASES, ids=lambda value: str(value).replace(" ", "_"))
def test_which_step_is_possible_when(before: Status, step: str, after: str) -> None:
    round_ = make_round(municipalities=1, firms=1, opened=False)
    bring_to(round_, before)
    head = head_of(round_.id)
    if after == "-":
        with pytest.raises(Conflict) as refusal:
            STEPS[step](round_.key)
        assert refusal.value.status == 409
        assert get_consultation(round_.key, drafts=True).status == before
        assert head_of(round_.id) == head, "what is refused leaves no trace in the ledger"
    else:
        STEPS[step](round_.key)
        assert get_consultation(round_.key, drafts=True).status == after
        assert head_of(round_.id)[0] == head[0] + {"set rules": 0, "close": 2}.get(step, 1)
    assert first_fault(entries(round_.id)) is None


@pytest.mark.parametrize("step", list(STEPS))
def test_there_is_no_step_for_a_consultation_that_does_not_exist(step: str) -> None:
    with pytest.raises(Unknown):
        STEPS[step]("nothing")


def test_each_step_notes_its_time_by_the_clock_of_the_database() -> None:
    before = clock()
    round_ = make_round(municipalities=0, firms=1)
    close_consultation(round_.key)
    certify_and_publish(round_.key)
    found = get_consultation(round_.key)
    times = [found.opened_at, found.closed_at, found.published_at]
    assert times == sorted(time for time in times if time and before <= time <= clock())


def test_opening_fixes_the_roll() -> None:
    round_ = make_round(opened=False)
    town = round_.municipalities[0]
    both = create_organisation(
        kind=Kind.FIRM, name="In zwei Kammern", chamber_ids=round_.chambers, municipality_id=town
    )
    open_consultation(round_.key)
    late = create_organisation(kind=Kind.FIRM, name="Zu spät", chamber_ids=[])
    assert eligible_by_group(round_.id) == {"chamber": 2, "municipality": 3, "firm": 13}
    assert roll_entry(round_.id, late) is None
    entry = roll_entry(round_.id, both)
    assert entry is not None
    assert entry.cell == f"firm/{round_.chambers[0]}/{town}", "it counts in the first of its chambers"
    place = roll_entry(round_.id, town)
    assert place is not None
    assert place.cell == f"municipality/{round_.chambers[0]}/{town}"


def test_a_firm_that_moves_keeps_its_place_on_the_roll() -> None:
    round_ = make_round(firms=1)
    entry = roll_entry(round_.id, round_.firms[0])
    assert entry is not None
    cell = entry.cell
    with transaction() as session:
        entry.organisation.municipality_id = round_.municipalities[0]
        entry.organisation.chambers = []
        session.flush()
    entry = roll_entry(round_.id, round_.firms[0])
    assert entry is not None
    assert entry.cell == cell


def test_whoever_is_entered_later_is_an_entry_in_the_ledger() -> None:
    round_ = make_round(firms=1)
    entering(round_.key)
    assert count_kinds(round_.id) == {"opened": 1, "roll_changed": 1}
    assert eligible_by_group(round_.id)["firm"] == 2
    entered = db.session.scalars(select(RollEntry.organisation_id)).all()[-1]
    with pytest.raises(Conflict):
        add_to_roll(round_.key, entered)
    assert count_kinds(round_.id) == {"opened": 1, "roll_changed": 1}


def test_the_ledger_holds_the_rules_and_numbers_of_the_opening() -> None:
    ends = clock() + timedelta(days=30)
    round_ = make_round(release_policy=ReleasePolicy.AFTER_CLOSE, weighting=Weighting.EQUAL_GROUPS, closes_at=ends)
    payload = json.loads(next(entries(round_.id)).payload)
    assert payload["rules"] == {
        "disclosure": 2,
        "release_policy": "after_close",
        "weighting": "equal_groups",
        "quorum_percent": 33,
        "quorum_minimum": 1,
        "objection_days": 0,
        "closes_at": ends.isoformat(),
    }
    assert payload["roll"]["groups"] == {"chamber": 2, "municipality": 3, "firm": 12}
    assert payload["roll"]["organisations"] == 17
    assert payload["ideas"]["number"] == 6


def test_the_ledger_names_nobody_and_quotes_nothing() -> None:
    round_ = make_round(firms=2)
    make_account(round_.firms[0], "kim@firma.example")
    submit(round_, round_.firms[0], "1A1B2~5~0~4~")
    submit(round_, round_.firms[0], "1B1A2~5~0~4~", version=1)
    withdraw(round_.voter(round_.firms[0]), expected_version=2)
    entering(round_.key)
    close_consultation(round_.key)
    certify_and_publish(round_.key)
    text = "\n".join(entry.payload for entry in entries(round_.id))
    assert len(text.splitlines()) == 9
    for word in ("firm 1", "chamber 1", "späte", "Kim", "kim@", "Titel", "Title", "Runde", "Worum", "1A1B", "1B1A"):
        assert word not in text, word


@pytest.mark.parametrize("ideas", [0, 1])
def test_no_opening_with_fewer_than_two_ideas(ideas: int) -> None:
    key = "few"
    create_consultation(key=key, title_de="A", title_en="A", intro_de="A", intro_en="A", source="A")
    create_organisation(kind=Kind.FIRM, name="Firma", chamber_ids=[])
    with pytest.raises(Refused, match="refused") as refusal:
        actions.open_consultation(key, ideas=["1 Idee"] * ideas)
    assert refusal.value.status == 422
    assert get_consultation(key, drafts=True).status == Status.DRAFT


def test_no_opening_with_an_end_in_the_past() -> None:
    round_ = make_round(opened=False)
    set_dates(round_.key, opens_at=None, closes_at=clock() + timedelta(minutes=1))
    with transaction() as session:
        session.get_one(Consultation, round_.id).closes_at = clock() - timedelta(seconds=1)
    with pytest.raises(Refused):
        open_consultation(round_.key)
    set_dates(round_.key, opens_at=None, closes_at=clock() + timedelta(hours=1))
    open_consultation(round_.key)


def test_no_opening_with_an_empty_roll() -> None:
    round_ = make_round(chambers=0, municipalities=0, firms=0, opened=False)
    with pytest.raises(Refused):
        open_consultation(round_.key)
    assert head_of(round_.id)[0] == 0


def test_which_consultation_a_visitor_came_for() -> None:
    assert current_consultation() is None
    draft = make_round("draft", firms=1, opened=False)
    assert current_consultation() is None, "nobody sees a draft"
    old = make_round("old", firms=1)
    close_consultation(old.key)
    assert current_consultation() == get_consultation("old")
    first, second = make_round("first", firms=1), make_round("second", firms=1)
    assert current_consultation() == get_consultation("second"), "the newest that is open"
    close_consultation(second.key)
    assert current_consultation() == get_consultation("first")
    assert {c.key for c in consultations()} == {old.key, first.key, second.key}
    assert draft.key in {c.key for c in consultations(drafts=True)}


def test_two_who_open_at_once_open_it_once(app: Flask) -> None:
    round_ = make_round(opened=False)
    barrier = Barrier(4)

    def press(_: int) -> str:
        with app.app_context():
            barrier.wait(10)
            try:
                open_consultation(round_.key)
                return "opened"
            except Conflict:
                return "refused"
            finally:
                db.session.remove()

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(press, range(4)))
    assert sorted(outcomes) == ["opened", "refused", "refused", "refused"]
    assert count_kinds(round_.id) == {"opened": 1}
