"""Two hosts on one PostgreSQL: what one of them acknowledges, the other one shows, and what falls loses nothing."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import psycopg
import pytest

from bench.electorate import BOARD, KEY, Voter
from bench.voting import submit
from tests.hosts.conftest import Host, TwoHosts

WITHIN = 1.0  # seconds
TRIES = 5  # a busy machine makes one ballot late, and then another; if all are late, it is not the machine
PATIENCE = 60.0  # seconds
SEQ = re.compile(rb'data-seq="(\d+)"')
BURST = 120  # ballots
SIDE_BY_SIDE = 8
Result = TypeVar("Result")


def to_the_end(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns, run in a thread of its own: browser tests leave a loop running in this one."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


class Watcher:
    """Somebody who watches the overall board on one host."""

    def __init__(self, host: Host):
        self.socket = socket.create_connection((host.address, host.port), timeout=PATIENCE)
        self.socket.sendall(f"GET {BOARD}/stream HTTP/1.1\r\nHost: {host.address}\r\n\r\n".encode())
        self.data = b""
        while not self.seq:
            self.read()

    @property
    def seq(self) -> int:
        """Up to which entry of the ledger the newest board counts."""
        found = SEQ.findall(self.data)
        return int(found[-1]) if found else 0

    def read(self) -> None:
        self.data = self.data[-200:] + self.socket.recv(1 << 16)

    def sees(self, seq: int, seconds: float) -> float:
        """Return how long it took until the board counts this entry; fail if it does not in time."""
        begun = time.monotonic()
        while self.seq < seq:
            left = begun + seconds - time.monotonic()
            assert left > 0, f"after {seconds} seconds the board counts up to {self.seq}, not {seq}"
            self.socket.settimeout(left)
            try:
                self.read()
            except TimeoutError:
                continue
        return time.monotonic() - begun


@pytest.fixture
def ballots(two_hosts: TwoHosts) -> Iterator[psycopg.Connection]:
    """The database itself, to ask what it holds."""
    with psycopg.connect(two_hosts.server.url("hosts").replace("+psycopg", ""), autocommit=True) as connection:
        yield connection


def head(ballots: psycopg.Connection) -> int:
    (seq,) = ballots.execute("SELECT seq FROM chain_head").fetchone() or (0,)
    return int(seq)


def kept(ballots: psycopg.Connection) -> set[int]:
    """The organisations whose ballot is there and counts."""
    query = (
        "SELECT organisation_id FROM ballot JOIN ballot_version ON ballot_id = ballot.id AND version = current_version"
    )
    return {organisation for (organisation,) in ballots.execute(query)}


def test_a_ballot_given_on_one_host_is_on_the_boards_of_the_other_within_a_second(
    two_hosts: TwoHosts, ballots: psycopg.Connection
) -> None:
    one, other = two_hosts.hosts
    for number, (given, shown) in enumerate(((one, other), (other, one))):
        watcher = Watcher(shown)
        took: list[float] = []
        for voter in two_hosts.voters[TRIES * number : TRIES * (number + 1)]:
            _, status, *_ = to_the_end(submit(given.port, voter, host=given.address))
            assert status == 303
            took.append(watcher.sees(head(ballots), PATIENCE))
            if took[-1] <= WITHIN:
                break
        assert min(took) <= WITHIN
        watcher.socket.close()


async def burst(port: int, voters: list[Voter], falls: Host) -> tuple[set[int], set[int]]:
    """Let them submit through nginx, several at a time; in the middle one host falls.

    Returns whose ballots were acknowledged, and whose were not.
    """
    acknowledged: set[int] = set()
    waiting = list(voters)
    halfway = asyncio.Event()

    async def one_after_the_other() -> None:
        while waiting:
            voter = waiting.pop()
            if len(waiting) == len(voters) // 2:
                halfway.set()
            try:
                _, status, *_ = await asyncio.wait_for(submit(port, voter), PATIENCE)
            except (OSError, IndexError):  # nobody answered, or the answer broke off
                continue
            if status == 303:
                acknowledged.add(voter.organisation_id)

    async def fall() -> None:
        await halfway.wait()
        await asyncio.to_thread(falls.fall)

    await asyncio.gather(fall(), *(one_after_the_other() for _ in range(SIDE_BY_SIDE)))
    return acknowledged, {voter.organisation_id for voter in voters} - acknowledged


@pytest.mark.parametrize("which", [0, 1])
def test_a_host_that_falls_in_a_burst_loses_nothing_that_was_acknowledged(
    two_hosts: TwoHosts, ballots: psycopg.Connection, which: int
) -> None:
    falls, stays = two_hosts.hosts[which], two_hosts.hosts[1 - which]
    watcher = Watcher(stays)
    voters = two_hosts.voters[10 + which * BURST : 10 + (which + 1) * BURST]

    acknowledged, unanswered = to_the_end(burst(two_hosts.nginx, voters, falls))

    assert len(acknowledged) > BURST * 3 // 4, "the other host goes on"
    assert acknowledged <= kept(ballots)
    # Whoever was not answered asks again, and is told the same as if the first time had been heard.
    for voter in (voter for voter in voters if voter.organisation_id in unanswered):
        _, status, *_ = to_the_end(submit(two_hosts.nginx, voter))
        assert status == 303
    assert {voter.organisation_id for voter in voters} <= kept(ballots)
    once = ballots.execute("SELECT count(*), count(DISTINCT ballot_id) FROM ballot_version").fetchone()
    assert once is not None
    assert once[0] == once[1], "no ballot is counted twice"
    watcher.sees(head(ballots), PATIENCE)
    watcher.socket.close()

    falls.start()
    for host in (stays, falls):
        recounted = host.recount()
        assert recounted.returncode == 0, recounted.stdout + recounted.stderr
        assert recounted.stdout.count(f", {KEY}: the same") == 2, recounted.stdout
