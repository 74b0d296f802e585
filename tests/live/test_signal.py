"""The change signal: it notices what any process commits to a ledger, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.db import db, transaction
from ruhrvote.ideas.models import Idea
from ruhrvote.ledger.models import ChainHead
from ruhrvote.live import signal as live_signal
from ruhrvote.live.signal import SAFETY_POLL, ChangeSignal
from ruhrvote.services import services
from tests.people import World
from tests.rounds import submit

PATIENCE = 5.0  # seconds until a test gives up


@pytest.fixture
def signal(app: Flask, world: World) -> ChangeSignal:
    """The signal after its first look."""
    found: ChangeSignal = services(app).signal
    assert found.wait(0, PATIENCE) == 1
    return found


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def test_a_ballot_is_a_change(world: World, signal: ChangeSignal) -> None:
    assert signal.wait(1, 0.1) == 1, "nothing happens by itself"
    submit(world.round, world.firm, "1A1B2~3~4~5~")
    assert signal.wait(1, SAFETY_POLL / 2) == 2, "and it is noticed before the slow look that is the safety net"


def test_what_is_in_no_ledger_is_none(world: World, signal: ChangeSignal) -> None:
    idea = db.session.query(Idea).filter_by(number=1).one()
    write_comment(idea.id, Author(world.firm, None), CommentKind.NOTE, "Ein Kommentar des Unternehmens.")
    submit(world.round, world.firm, "1A1B2~3~4~5~")
    assert signal.wait(1, PATIENCE) == 2
    assert signal.wait(2, 0.2) == 2


def test_what_nobody_has_announced_is_noticed_all_the_same(world: World, signal: ChangeSignal) -> None:
    with transaction() as session:  # without the notification that goes with an entry
        session.execute(update(ChainHead).values(seq=ChainHead.seq + 1))
    assert signal.wait(1, SAFETY_POLL + PATIENCE) == 2


def test_many_in_a_moment_are_noticed_to_the_last(world: World, signal: ChangeSignal) -> None:
    for version in range(20):
        submit(world.round, world.firm, "1A1B2~3~4~5~", version=version)
    reached = 1
    while (latest := signal.wait(reached, 2 * SAFETY_POLL)) != reached:
        reached = latest
    assert signal._heads == {world.round.id: 21}


def test_it_comes_back_after_the_database_was_away(
    world: World, signal: ChangeSignal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_signal, "RETRY_AFTER", 0.05)
    asked = []

    def heads_once_away() -> dict[int, int]:
        asked.append(1)
        if len(asked) == 1:
            raise ConnectionError("the database is away")
        return {world.round.id: 99}

    monkeypatch.setattr(signal, "_read_heads", heads_once_away)
    submit(world.round, world.firm, "1A1B2~3~4~5~")
    assert signal.wait(1, PATIENCE) == 2
    assert len(asked) >= 2


def test_who_waits_when_it_is_stopped_is_woken(signal: ChangeSignal) -> None:
    signal.stop()
    assert signal.stopped
    assert signal.wait(1, 60) == 1
