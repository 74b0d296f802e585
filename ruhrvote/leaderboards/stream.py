"""Server-sent events that keep open pages up to date: each board is rendered once and sent to all its streams.

One thread of each process waits for a change, renders the boards that have streams, wakes these, and then pauses: a
burst of ballots causes at most four updates a second, and fewer if an update takes long.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

from flask import Flask

from ruhrvote.accounts.queries import open_logins
from ruhrvote.leaderboards.cache import BoardCache, Rendered
from ruhrvote.live.channels import Channel, Channels, Message, send
from ruhrvote.live.signal import ChangeSignal
from ruhrvote.services import services

UPDATE_AT_MOST_EVERY = 0.25  # seconds
BUSY_AT_MOST = 0.7  # the largest share of time for updates; the rest is left to other requests
CHECK_LOGINS_EVERY = 2.0  # seconds
KEEP_ALIVE_EVERY = 15.0  # seconds
STREAM_FOR_AT_MOST = 300.0  # seconds; then the browser reconnects
STREAM_HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx passes each event on at once
}


class BoardStreams:
    """The open streams of this process and the thread that sends to them."""

    def __init__(self, app: Flask, boards: BoardCache, signal: ChangeSignal):
        self._app = app
        self._boards = boards
        self._signal = signal
        self._channels = Channels()
        self._starting = threading.Lock()
        self._delivery: threading.Thread | None = None

    def events(self, address: str, language: str, login: str | None = None) -> Iterator[bytes]:
        """The server-sent events of the board at this address, until STREAM_FOR_AT_MOST or the end of the login."""
        self._start()
        # Random, so that streams that began at the same time do not reconnect at the same time.
        ends = time.monotonic() + STREAM_FOR_AT_MOST * random.uniform(0.8, 1)  # noqa: S311
        shown = ""
        yield b"retry: 2000\n\n"
        with self._channels.listen((address, language), login) as (channel, listener):
            self._begin(channel, address, language)
            while not listener.ended and (left := ends - time.monotonic()) > 0:
                latest = channel.latest
                if latest is not None and latest.version != shown:
                    shown = latest.version
                    yield latest.data
                listener.wait(min(KEEP_ALIVE_EVERY, left))
                if channel.latest is latest and not listener.ended:
                    yield b": still here\n\n"
        yield b"event: end\ndata: \n\n"

    def stop(self) -> None:
        """Stop sending and the change signal; open streams run into their timeout."""
        self._signal.stop()
        if self._delivery is not None:
            self._delivery.join()

    def _start(self) -> None:
        with self._starting:
            if self._delivery is None:
                self._delivery = threading.Thread(target=self._deliver, name="board-delivery", daemon=True)
                self._delivery.start()

    def _begin(self, channel: Channel, address: str, language: str) -> None:
        """Put the first message into a new channel; a channel with other listeners has one already."""
        if channel.latest is None:
            board = self._boards.fragment(address, language, self._signal.generation)
            if board is not None:
                channel.put(_event(board))

    def _deliver(self) -> None:
        known, checked = 0, time.monotonic()
        while not self._signal.stopped:
            latest = self._signal.wait(known, CHECK_LOGINS_EVERY)
            begun = time.monotonic()
            try:
                if begun - checked >= CHECK_LOGINS_EVERY:
                    checked = begun
                    self._end_those_logged_out()
                if latest != known:
                    self._send(latest)
                    known = latest
                    took = time.monotonic() - begun
                    self._signal.pause(max(UPDATE_AT_MOST_EVERY, took / BUSY_AT_MOST) - took)
            except Exception:  # sending must go on after a restart of the database
                self._app.logger.exception("an update of the boards could not be delivered; trying again")
                self._signal.pause(CHECK_LOGINS_EVERY)

    def _send(self, generation: int) -> None:
        for (address, language), channel in self._channels:
            board = self._boards.fragment(address, language, generation)
            if board is not None:
                send(channel, _event(board))

    def _end_those_logged_out(self) -> None:
        """End the streams whose login has ended; one query for all of them."""
        of_logins = [listener for listener in self._channels.listeners() if listener.login]
        if not of_logins:
            return
        with self._app.app_context():
            still_open = open_logins({listener.login for listener in of_logins if listener.login})
        for listener in of_logins:
            if listener.login not in still_open:
                listener.end()


def board_streams() -> BoardStreams:
    """The streams of the running application in this process."""
    return services().of(BoardStreams)


def _event(board: Rendered) -> Message:
    lines = b"".join(b"data: " + line + b"\n" for line in board.body.splitlines())
    return Message(board.generation, board.etag, b"event: board\n" + lines + b"\n")
