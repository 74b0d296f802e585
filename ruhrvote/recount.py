"""The recount: prove that what every web process serves is what the ledger says."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

from ruhrvote.consultations.queries import consultations
from ruhrvote.leaderboards.scoreboard import fold
from ruhrvote.leaderboards.verification import Recounted, recount_one
from ruhrvote.server import socket_folder


def recount_all() -> Iterator[Recounted]:
    """Verify chain, ideas, rules, ballots and releases of each consultation, and count it from the first entry."""
    for key in [consultation.key for consultation in consultations()]:
        yield recount_one(key)


def serves_the_same(recounted: Recounted, board: Mapping[str, object] | None) -> bool:
    """Whether what a process serves is what the ledger gives up to the entry that the process has reached.

    It was asked after the recount, so it may know entries that came in since; these are counted here too.
    """
    if board is None:
        return False
    snapshot, reached = recounted.snapshot, board["seq"]
    if isinstance(reached, int) and reached > snapshot.seq:
        snapshot = fold(snapshot, until=reached)
    return board == {"seq": snapshot.seq, "digest": snapshot.digest()}


def served(data_dir: Path) -> dict[str, dict[str, dict[str, object]]]:
    """What each web process on this machine serves, asked of the process itself; by the name of its socket."""
    answers = {}
    for path in sorted(socket_folder(data_dir).glob("*.sock")):
        connection = _UnixConnection(path)
        try:
            connection.request("GET", "/")
            answers[path.stem] = json.loads(connection.getresponse().read())
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)  # its process is gone
        finally:
            connection.close()
    return answers


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path):
        super().__init__("localhost", timeout=60)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))
