"""Publish and subscribe within one process: one message for many waiting streams, without delaying other requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

SHARD = 50  # streams that are woken at once
BETWEEN_SHARDS = 0.0005  # seconds of pause in which other requests run

Name = tuple[str, str]  # of a channel: address and language


@dataclass(frozen=True)
class Message:
    """What is sent to streams: made after the change `generation`; messages of the same version are equal."""

    generation: int
    version: str
    data: bytes


class Listener:
    """A stream that waits for messages, and the login under which it was opened, if any."""

    __slots__ = ("_turn", "ended", "login")

    def __init__(self, login: str | None):
        self.login = login
        self.ended = False
        self._turn = threading.Lock()  # the smallest object that can be waited for: there are thousands of listeners
        self._turn.acquire()

    def wait(self, seconds: float) -> None:
        """Wait until woken, at most so many seconds."""
        self._turn.acquire(timeout=seconds)

    def wake(self) -> None:
        """End the wait; a listener that is not waiting now will skip its next wait."""
        if self._turn.locked():
            self._turn.release()

    def end(self) -> None:
        """Wake the stream and mark it as ended, so that it stops by itself."""
        self.ended = True
        self.wake()


class Channel:
    """The latest message of one board, and the listeners for the next one; a slow listener skips messages."""

    def __init__(self) -> None:
        self.latest: Message | None = None
        self.listeners: dict[Listener, None] = {}
        self._changing = threading.Lock()

    def put(self, message: Message) -> bool:
        """Make this the latest message; False if its version is the same, or if it is older than the latest."""
        with self._changing:
            old = self.latest
            if old is not None and message.generation < old.generation:
                return False
            self.latest = message
            return old is None or old.version != message.version


class Channels:
    """The channels that have a listener in this process."""

    def __init__(self) -> None:
        self._channels: dict[Name, Channel] = {}

    def __iter__(self) -> Iterator[tuple[Name, Channel]]:
        return iter(list(self._channels.items()))

    @contextmanager
    def listen(self, name: Name, login: str | None) -> Iterator[tuple[Channel, Listener]]:
        """Listen to a channel during the block; the channel exists as long as it has a listener."""
        listener = Listener(login)
        channel = self._channels.setdefault(name, Channel())
        channel.listeners[listener] = None
        try:
            yield channel, listener
        finally:
            del channel.listeners[listener]
            if not channel.listeners and self._channels.get(name) is channel:
                del self._channels[name]

    def listeners(self) -> Iterator[Listener]:
        """All listeners of all channels."""
        for _, channel in self:
            yield from list(channel.listeners)


def send(channel: Channel, message: Message) -> None:
    """Publish a message in a channel and wake its listeners, SHARD of them at a time."""
    if not channel.put(message):
        return
    waiting = iter(list(channel.listeners))
    while shard := list(islice(waiting, SHARD)):
        for listener in shard:
            listener.wake()
        time.sleep(BETWEEN_SHARDS)
