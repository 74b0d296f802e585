"""Running long work in threads outside of gevent's event loop: awaited, or in the background and cached."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
PATIENCE = 0.3  # seconds that a page waits for a result before it is shown without


def in_thread(work: Callable[[], T]) -> T:
    """Run `work` and return its result: under gevent in a real thread, so that other requests go on; else directly."""
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
    """Long work whose result is awaited later: under gevent it runs in a real thread, else directly."""

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
        """The result, or None if it is not ready within PATIENCE seconds; patient: wait until it is ready."""
        return self._wait(patient)


class Computations:
    """The computations of a process: of each consultation and name the one as of the entry that was asked for last."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, str], tuple[int, Computation[Any] | None]] = {}

    def get(
        self, consultation_id: int, what: str, seq: int, begin: Callable[[], Callable[[], T] | None]
    ) -> Computation[T] | None:
        """The cached computation with this name, as of the ledger entry `seq`; the first call starts it.

        begin: returns the work to do, or None if there is none; then this returns None too.
        """
        slot = (consultation_id, what)
        if slot not in self._kept or self._kept[slot][0] != seq:
            work = begin()
            self._kept[slot] = (seq, Computation(work) if work else None)
        return self._kept[slot][1]

    def clear(self) -> None:
        """Forget all of them."""
        self._kept.clear()
