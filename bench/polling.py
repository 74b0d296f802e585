"""Watchers that poll the board every three seconds with its ETag: for comparison with streams.

    python -m bench.polling PORT NUMBER FILE

polls until its input ends, then writes the same records as bench/watchers.c to FILE: when each watcher had which board.
"""

from __future__ import annotations

import asyncio
import random
import re
import sys
import time
from pathlib import Path

import numpy as np

from bench.delays import RECORD
from bench.electorate import BOARD

ASK_EVERY = 3.0  # seconds
SEQ = re.compile(rb'data-seq="(\d+)"')
HEADER = re.compile(rb"(?im)^(etag|content-length): *(.*?)\r$")


async def watch(
    port: int, number: int, begins: float, told: asyncio.Event, records: list[tuple[int, int, int]]
) -> None:
    """Poll repeatedly on one connection, starting after `begins` seconds."""
    await asyncio.sleep(begins)
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    tag = ""
    while not told.is_set():
        asked = time.monotonic()
        request = f"GET {BOARD} HTTP/1.1\r\nHost: 127.0.0.1\r\nHX-Request: true\r\nAccept-Language: de\r\n"
        writer.write(f"{request}If-None-Match: {tag}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        headers = {name.lower(): value for name, value in HEADER.findall(head)}
        tag = headers[b"etag"].decode()
        if b" 200 " in head[:16]:
            body = await reader.readexactly(int(headers[b"content-length"]))
            found = SEQ.search(body)
            assert found is not None
            records.append((time.monotonic_ns(), number, int(found.group(1))))
        await asyncio.sleep(max(0.0, asked + ASK_EVERY - time.monotonic()))
    writer.close()


async def watch_all(port: int, number: int) -> list[tuple[int, int, int]]:
    """Run so many watchers, spread over the three seconds; prints "ready" once all have started."""
    chance, records, told = random.Random(2), list[tuple[int, int, int]](), asyncio.Event()
    tasks = [asyncio.create_task(watch(port, i, chance.uniform(0, ASK_EVERY), told, records)) for i in range(number)]
    await asyncio.sleep(ASK_EVERY + 1)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    told.set()
    await asyncio.gather(*tasks)
    return records


def main() -> None:
    """Run with the command line's arguments."""
    records = asyncio.run(watch_all(int(sys.argv[1]), int(sys.argv[2])))
    Path(sys.argv[3]).write_bytes(np.array(records, dtype=RECORD).tobytes())


if __name__ == "__main__":
    main()
