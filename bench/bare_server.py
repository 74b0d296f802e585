"""A minimal server that sends a board to thousands: asyncio without HTTP framework, rendering or database queries.

    python -m bench.bare_server PORT FILE DATABASE

sends the bytes of FILE to every client that connects, and again whenever the SQLite database has changed, which it
polls as often as RuhrVote does. One process: a lower bound to compare with.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

from ruhrvote.live.signal import LOOK_EVERY

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


class Stream(asyncio.Protocol):
    """One connection."""

    open: set[asyncio.Transport] = set()  # noqa: RUF012  all connections of this process
    event = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        Stream.open.add(self.transport)
        self.transport.write(HEAD + Stream.event)

    def connection_lost(self, exc: Exception | None) -> None:
        Stream.open.discard(self.transport)


async def serve(port: int, database: str) -> None:
    """Serve until told to end."""
    loop = asyncio.get_running_loop()
    await loop.create_server(Stream, "127.0.0.1", port, backlog=4096)
    connection = sqlite3.connect(database)
    known = None
    while True:
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version != known:
            known = version
            for transport in list(Stream.open):
                transport.write(Stream.event)
        await asyncio.sleep(LOOK_EVERY)


def main() -> None:
    """Run with the command line's arguments."""
    Stream.event = Path(sys.argv[2]).read_bytes()
    asyncio.run(serve(int(sys.argv[1]), sys.argv[3]))


if __name__ == "__main__":
    main()
