"""The recount: prove that what every web process serves is what the ledger says."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.ballots.receipts import commitment
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import consultations
from ruhrvote.db import db
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.leaderboards.scoreboard import Snapshot, recount
from ruhrvote.ledger.chain import first_fault
from ruhrvote.ledger.models import EntryKind
from ruhrvote.ledger.queries import entries
from ruhrvote.server import socket_folder


@dataclass(frozen=True)
class Recounted:
    """What the recount of one consultation found; no faults means that all is proven."""

    key: str
    snapshot: Snapshot
    faults: tuple[str, ...]


def recount_all() -> Iterator[Recounted]:
    """Verify the chain and every ballot's commitment of each consultation, and count it from the first entry."""
    for consultation in consultations():
        faults = [fault for fault in (first_fault(entries(consultation.id)), _ballot_fault(consultation)) if fault]
        snapshot = recount(consultation.id, len(ideas_of(consultation.id)))
        yield Recounted(consultation.key, snapshot, tuple(faults))


def _ballot_fault(consultation: Consultation) -> str | None:
    """What is wrong with the first submission that is not what its ledger entry commits to."""
    submissions = {
        submission.seq: submission
        for submission in db.session.scalars(
            select(BallotVersion).where(BallotVersion.consultation_id == consultation.id)
        )
    }
    for entry in entries(consultation.id):
        if entry.kind not in (EntryKind.CAST, EntryKind.REPLACED, EntryKind.WITHDRAWN):
            continue
        submission = submissions.pop(entry.seq, None)
        if submission is None:
            return f"the submission of entry {entry.seq} is missing"
        committed = commitment(
            consultation_id=consultation.id,
            receipt_id=submission.receipt_id,
            version=submission.version,
            cell=submission.cell,
            salt=submission.salt,
            ranking=submission.ranking,
        )
        if committed != json.loads(entry.payload)["commitment"]:
            return f"the submission of entry {entry.seq} was changed after it was received"
    if submissions:
        return f"{len(submissions)} submissions are in no ledger entry"
    return None


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
