"""Sending the same message to everybody in this process who waits for it, without holding up the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

SHARD = 50  # streams that are woken together
BETWEEN_SHARDS = 0.0005  # seconds in which waiting requests have their turn

Name = tuple[str, str]  # address and language


@dataclass(frozen=True)
class Message:
    """What is sent: made after the change `generation`; the same `version` has the same bytes."""

    generation: int
    version: str
    data: bytes


class Listener:
    """One stream that waits, and the login under which it was opened, if any."""

    __slots__ = ("_turn", "ended", "login")

    def __init__(self, login: str | None):
        self.login = login
        self.ended = False
        self._turn = threading.Lock()  # the least that can be waited for: there are thousands of these
        self._turn.acquire()

    def wait(self, seconds: float) -> None:
        """Return when woken, at the latest after so many seconds."""
        self._turn.acquire(timeout=seconds)

    def wake(self) -> None:
        """End the waiting; one that does not wait now will not wait the next time."""
        if self._turn.locked():
            self._turn.release()

    def end(self) -> None:
        """Let the stream end by itself, now."""
        self.ended = True
        self.wake()


class Channel:
    """The latest message about one thing, and those who wait for the next; a slow one misses those between."""

    def __init__(self) -> None:
        self.latest: Message | None = None
        self.listeners: dict[Listener, None] = {}
        self._changing = threading.Lock()

    def put(self, message: Message) -> bool:
        """Make this the latest message; False if it says nothing new, or is older than the latest."""
        with self._changing:
            old = self.latest
            if old is not None and message.generation < old.generation:
                return False
            self.latest = message
            return old is None or old.version != message.version


class Channels:
    """The channels that somebody in this process listens to."""

    def __init__(self) -> None:
        self._channels: dict[Name, Channel] = {}

    def __iter__(self) -> Iterator[tuple[Name, Channel]]:
        return iter(list(self._channels.items()))

    @contextmanager
    def listen(self, name: Name, login: str | None) -> Iterator[tuple[Channel, Listener]]:
        """Join a channel; it exists as long as somebody listens."""
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
        """All who listen now."""
        for _, channel in self:
            yield from list(channel.listeners)


def send(channel: Channel, message: Message) -> None:
    """Give a message to all listeners of a channel, a few at a time."""
    if not channel.put(message):
        return
    waiting = iter(list(channel.listeners))
    while shard := list(islice(waiting, SHARD)):
        for listener in shard:
            listener.wake()
        time.sleep(BETWEEN_SHARDS)
