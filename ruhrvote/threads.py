"""Work that takes long, outside of the event loop: awaited, or begun by the first who asks and kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
PATIENCE = 0.3  # seconds that a page waits before it is shown without


def in_thread(work: Callable[[], T]) -> T:
    """The result of some work, done in a real thread under gevent, so that others go on; elsewhere it just runs."""
    if not _under_gevent():
        return work()
    import gevent

    result: T = gevent.get_hub().threadpool.apply(work)
    return result


def _under_gevent() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and monkey.is_module_patched("threading")


def _spawn(work: Callable[[], T]):  # type: ignore[no-untyped-def]
    import gevent

    return gevent.get_hub().threadpool.spawn(work)


class Computation(Generic[T]):
    """Something that takes long: in a real thread under gevent, so that nobody else waits; elsewhere it just runs.

    result() is what came out, or None after PATIENCE seconds without; told to be patient it waits.
    """

    def __init__(self, work: Callable[[], T]):
        if not _under_gevent():
            done = work()
            self._wait: Callable[[bool], T | None] = lambda patient: done
            return
        running = _spawn(work)

        def wait(patient: bool) -> T | None:
            running.wait(None if patient else PATIENCE)
            return running.get() if running.ready() else None

        self._wait = wait

    def result(self, *, patient: bool = False) -> T | None:
        """What came out, if it is there in time."""
        return self._wait(patient)


class Computations:
    """The computations of a process: of each consultation and name the one as of the entry that was asked for last."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], tuple[int, Computation[Any] | None]] = {}

    def get(
        self, consultation_id: int, what: str, seq: int, begin: Callable[[], Callable[[], T] | None]
    ) -> Computation[T] | None:
        """The computation of this name as of an entry, which the first question begins; None where there is no work."""
        slot = (consultation_id, what)
        if slot not in self._kept or self._kept[slot][0] != seq:
            work = begin()
            self._kept[slot] = (seq, Computation(work) if work else None)
        return self._kept[slot][1]

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
