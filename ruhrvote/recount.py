"""The recount: verify that the tallies that every web process serves follow from the ledger."""

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
    """Recount each consultation that has opened; see `leaderboards.verification.recount_one`."""
    for key in [consultation.key for consultation in consultations()]:
        yield recount_one(key)


def serves_the_same(recounted: Recounted, board: Mapping[str, object] | None) -> bool:
    """Whether a process serves the tallies that follow from the ledger, up to the last entry that it has counted.

    board: its answer, with `seq` and `digest`, None without one. The process was asked after the recount, so it may
    have counted later entries, which are then counted here too.
    """
    if board is None:
        return False
    snapshot, reached = recounted.snapshot, board["seq"]
    if isinstance(reached, int) and reached > snapshot.seq:
        snapshot = fold(snapshot, until=reached)
    return board == {"seq": snapshot.seq, "digest": snapshot.digest()}


def served(data_dir: Path) -> dict[str, dict[str, dict[str, object]]]:
    """The status of each web process on this machine, by the name of its socket: `seq` and `digest` by consultation."""
    answers = {}
    for path in sorted(socket_folder(data_dir).glob("*.sock")):
        connection = _UnixConnection(path)
        try:
            connection.request("GET", "/")
            answers[path.stem] = json.loads(connection.getresponse().read())
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)  # its process has ended
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
