"""Work that takes long, outside of the event loop."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> T:
    """The result of some work, done in a real thread under gevent, so that others go on; elsewhere it just runs."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return work()
    import gevent

    result: T = gevent.get_hub().threadpool.apply(work)
    return result
