"""The recount: prove that what every web process serves is what the ledger says."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from ruhrvote.ballots.models import BallotVersion
from ruhrvote.ballots.receipts import commitment
from ruhrvote.consultations.actions import fingerprint
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import consultations, get_consultation
from ruhrvote.db import db, one_moment
from ruhrvote.ideas.queries import ideas_of, titles_of
from ruhrvote.leaderboards.scoreboard import Snapshot, fold, recount
from ruhrvote.ledger.chain import first_fault
from ruhrvote.ledger.models import EntryKind
from ruhrvote.ledger.queries import entries, entry_at, head_of
from ruhrvote.server import socket_folder


@dataclass(frozen=True)
class Recounted:
    """What the recount of one consultation found; no faults means that all is proven."""

    key: str
    snapshot: Snapshot
    faults: tuple[str, ...]


def recount_all() -> Iterator[Recounted]:
    """Verify chain, ideas, rules and every ballot's commitment of each consultation, and count it from the start."""
    for key in [consultation.key for consultation in consultations()]:
        with one_moment():  # ballots come in meanwhile
            consultation = get_consultation(key)
            checks = (_chain_fault, _opening_fault, _ballot_fault)
            faults = tuple(fault for check in checks if (fault := check(consultation)))
            snapshot = recount(consultation.id, len(ideas_of(consultation.id)))
        yield Recounted(key, snapshot, faults)


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


def _chain_fault(consultation: Consultation) -> str | None:
    """What is wrong with the chain itself or with its end."""
    fault = first_fault(entries(consultation.id))
    if fault:
        return fault
    seq, last_hash = head_of(consultation.id)
    last = entry_at(consultation.id, seq)
    if last is None:
        return f"the chain has lost its end: entry {seq} is missing"
    if last.hash != last_hash or entry_at(consultation.id, seq + 1) is not None:
        return "the chain's head does not name its last entry"
    return None


def _opening_fault(consultation: Consultation) -> str | None:
    """What of the ideas and the rules is not as the first entry fixed it."""
    opening = entry_at(consultation.id, 1)
    fixed = json.loads(opening.payload) if opening else {}
    if fixed.get("ideas") != fingerprint(titles_of(consultation.id)):
        return "the ideas or their order were changed after the opening"
    if fixed.get("rules") != consultation.rules:
        return "the rules were changed after the opening"
    return None


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
        written = json.loads(entry.payload)
        # The ballot is no part of the commitment: a receipt must not say which ballots belong together.
        if (committed, submission.ballot_id) != (written.get("commitment"), written.get("ballot")):
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
