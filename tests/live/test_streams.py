"""The streams: the same bytes for all, bursts in few updates, and an end when the login ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from ruhrvote.accounts.actions import log_out
from ruhrvote.accounts.models import Login
from ruhrvote.accounts.queries import ABSOLUTE, IDLE
from ruhrvote.db import db, transaction
from ruhrvote.leaderboards.stream import CHECK_LOGINS_EVERY, UPDATE_AT_MOST_EVERY, BoardStreams
from ruhrvote.live.channels import SHARD, Channels, Message, send
from ruhrvote.services import services
from tests.people import World, visit
from tests.rounds import submit
from tests.statements import counted

BOARD = "/consultations/round/boards/overall"
STRICT = "1A1B2~3~4~5~"
PATIENCE = 60.0  # seconds: no test waits so long, unless the machine is very busy


class Reader:
    """Somebody who reads a stream in a thread, as a browser would."""

    def __init__(self, events: Iterator[bytes]):
        self.received: list[bytes] = []
        self.ended = threading.Event()
        self._events = events
        self._leaving = False
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        for event in self._events:
            self.received.append(event)
            if self._leaving:
                break
        self._events.close()
        self.ended.set()

    @property
    def boards(self) -> list[bytes]:
        return [event for event in self.received if event.startswith(b"event: board")]

    def leave(self) -> None:
        self._leaving = True

    def join(self) -> None:
        self._thread.join(PATIENCE)


def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return as soon as this holds; fail if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} seconds"
        time.sleep(0.005)


def until_shown(readers: list[Reader], ballots: int) -> None:
    """Return as soon as everybody's newest board counts so many ballots."""
    shown = b"<dd>%d</dd>" % ballots
    until(lambda: all(shown in reader.boards[-1] for reader in readers))


@pytest.fixture
def watch(app: Flask) -> Iterator[Callable[..., list[Reader]]]:
    """A function that lets so many watch the board, and returns when each of them has seen it."""
    streams, everybody = services(app).of(BoardStreams), []

    def watch(number: int) -> list[Reader]:
        readers = [Reader(streams.events(BOARD, "de")) for _ in range(number)]
        everybody.extend(readers)
        until(lambda: all(reader.boards for reader in readers))
        return readers

    yield watch
    leave(app, everybody)


def leave(app: Flask, readers: list[Reader]) -> None:
    """Let all go home: each notices it with the next message."""
    for reader in readers:
        reader.leave()
    for _, channel in services(app).of(BoardStreams)._channels:
        send(channel, Message(1_000_000, "the last", b"event: board\n\n"))
    for reader in readers:
        reader.join()


def test_all_get_the_same_bytes_and_one_rendering_serves_them(
    app: Flask, world: World, watch: Callable[..., list[Reader]]
) -> None:
    readers = watch(1)
    with app.app_context():
        submit(world.round, world.firm, STRICT)
    until_shown(readers, 1)
    readers.extend(watch(3 * SHARD))
    with counted(app) as statements:
        with app.app_context():
            submit(world.round, world.round.firms[1], STRICT)
        until_shown(readers, 2)
    assert len({reader.boards[-1] for reader in readers}) == 1
    with counted(app) as of_one_rendering:
        visit(app).get(BOARD, headers={"HX-Request": "true"})
    renderings = [[text for text in texts if "FROM theme" in text] for texts in (statements, of_one_rendering)]
    assert len(renderings[0]) == len(renderings[1]) > 0


def test_a_burst_becomes_few_updates_and_none_is_missed(
    app: Flask, world: World, watch: Callable[..., list[Reader]]
) -> None:
    begun = time.monotonic()  # before they watch: on a busy machine an update that began then is sent after a ballot
    readers = watch(2)
    with app.app_context():
        for version in range(25):
            submit(world.round, world.firm, STRICT, version=version)
        submit(world.round, world.round.firms[1], STRICT)
    until_shown(readers, 2)
    most = 2 + (time.monotonic() - begun) / UPDATE_AT_MOST_EVERY  # the board at first, and an update at once
    assert all(len(reader.boards) <= most for reader in readers)


class TestEndOfALogin:
    """A stream that was opened under a login ends with the next look at the logins; others go on."""

    @pytest.fixture
    def readers(self, app: Flask, world: World) -> Iterator[dict[str, Reader]]:
        visitors = {name: visit(app, getattr(world, name, None)) for name in ("nobody", "voter", "reviewer")}
        responses = {name: visitor.get(f"{BOARD}/stream") for name, visitor in visitors.items()}
        readers = {name: Reader(response.iter_encoded()) for name, response in responses.items()}
        until(lambda: all(reader.boards for reader in readers.values()))
        self.tokens = {}
        for name in ("voter", "reviewer"):
            with visitors[name].session_transaction() as session:
                self.tokens[name] = session["_user_id"]
        yield readers
        leave(app, list(readers.values()))

    def ends(self, app: Flask, readers: dict[str, Reader]) -> None:
        """Only the voter's stream ends: with the next look at the logins, or the one after if that one has begun."""
        assert CHECK_LOGINS_EVERY <= 2
        with counted(app) as statements:
            until(readers["voter"].ended.is_set)
        assert len([text for text in statements if "FROM login" in text]) <= 2
        assert readers["voter"].received[-1] == b"event: end\ndata: \n\n"
        assert not readers["nobody"].ended.is_set()
        assert not readers["reviewer"].ended.is_set()

    def test_logged_out(self, app: Flask, readers: dict[str, Reader]) -> None:
        with app.app_context():
            log_out(self.tokens["voter"])
        self.ends(app, readers)

    @pytest.mark.parametrize("limit", ["seen_at", "created_at"])
    def test_expired(self, app: Flask, world: World, readers: dict[str, Reader], limit: str) -> None:
        ago = {"seen_at": IDLE, "created_at": ABSOLUTE}[limit] + timedelta(seconds=1)
        with app.app_context(), transaction() as session:
            session.execute(
                update(Login).where(Login.account_id == world.voter).values({limit: datetime.now(UTC) - ago})
            )
        self.ends(app, readers)

    def test_one_look_for_all_of_them(self, app: Flask, world: World, readers: dict[str, Reader]) -> None:
        visitors = [visit(app, world.colleague) for _ in range(10)]
        more = [Reader(visitor.get(f"{BOARD}/stream").iter_encoded()) for visitor in visitors]
        readers |= {f"colleague {number}": reader for number, reader in enumerate(more)}
        until(lambda: all(reader.boards for reader in more))
        with counted(app) as statements, app.app_context():
            until(lambda: len([text for text in statements if "FROM login" in text]) >= 2)
        assert {text.count("?") + text.count("%(") for text in statements if "FROM login" in text} == {6 + 12}


def test_an_open_stream_holds_no_connection(app: Flask, world: World, watch: Callable[..., list[Reader]]) -> None:
    watch(5)
    with app.app_context():
        until(lambda: db.engine.pool.checkedout() == 0)


def test_a_channel_is_forgotten_with_its_last_listener() -> None:
    channels = Channels()
    with channels.listen(("board", "de"), None) as (channel, _):
        with channels.listen(("board", "de"), None) as (same, _):
            assert channel is same
        assert [name for name, _ in channels] == [("board", "de")]
    assert not list(channels)


def test_who_is_slow_gets_the_latest_message_and_an_older_one_never_replaces_it() -> None:
    with Channels().listen(("board", "de"), None) as (channel, listener):
        for generation in (1, 2, 3):
            send(channel, Message(generation, str(generation), b"%d" % generation))
        send(channel, Message(2, "late", b"late"))
        begun = time.monotonic()
        listener.wait(10 * PATIENCE)
        assert time.monotonic() - begun < PATIENCE, "what came before the waiting is not waited for"
        assert channel.latest == Message(3, "3", b"3")
        listener.wait(0.01)  # and only once
        assert not channel.put(Message(4, "3", b"3")), "the same again wakes nobody"
