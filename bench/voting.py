"""Ballots submitted over HTTP at a given rate, each by another voter: the load of bin/bench live and soak.

    python -m bench.voting FOLDER PORT FIRST NUMBER PER_SECOND

prints as JSON, for each ballot, the organisation, the HTTP status, and when it was sent and answered (ns).
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

from bench.electorate import KEY, Voter, read_voters


async def submit(port: int, voter: Voter, version: int = 0, host: str = "127.0.0.1") -> tuple[int, int, int, int]:
    """Submit a voter's draft on top of a version; return organisation, HTTP status, and when sent and answered (ns)."""
    fields = {
        "csrf_token": voter.csrf_token,
        "ranking": voter.ranking,
        "expected_version": str(version),
        "idempotency_key": f"{voter.organisation_id:028x}{version:04x}",
        "entitled": "y",
    }
    body = urlencode(fields)
    request = (  # Host is the loopback whatever the target: without https, logins work only there
        f"POST /consultations/{KEY}/ballot/submit HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {voter.cookie}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    sent = time.monotonic_ns()
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(request.encode())
    answer = await reader.readline()
    answered = time.monotonic_ns()
    writer.close()
    return voter.organisation_id, int(answer.split()[1]), sent, answered


async def vote(port: int, voters: list[Voter], per_second: float) -> list[tuple[int, int, int, int]]:
    """Let voters submit at random times, so many a second on average, whether or not the server keeps up."""
    chance, due, begun, tasks = random.Random(1), 0.0, time.monotonic(), []
    for voter in voters:
        due += chance.expovariate(per_second)
        await asyncio.sleep(max(0.0, begun + due - time.monotonic()))
        tasks.append(asyncio.create_task(submit(port, voter)))
    return await asyncio.gather(*tasks)


def main() -> None:
    """Run with the command line's arguments and print the times."""
    folder, (port, first, number) = Path(sys.argv[1]), map(int, sys.argv[2:5])
    voters = read_voters(folder)[first : first + number]
    print(json.dumps(asyncio.run(vote(port, voters, float(sys.argv[5])))))


if __name__ == "__main__":
    main()
